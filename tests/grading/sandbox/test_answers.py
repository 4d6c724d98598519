"""Questions that ask for a number: any answer is judged outside, and what is no number is called by its name."""

import pytest
from cells import as_test, notebook, run

from grading.examiner import CheckFailed, examine
from grading.exams.optimizers.answers import ANSWERS

NAME = "q1.adam_state"
RIGHT = ANSWERS[NAME].value
NOT = f"{NAME}: the answer should be a number (GiB), not "
WRONG = f"{NAME}: that is not the number (GiB)"
MADE = """
import decimal, fractions, numbers
import numpy as np

class Lying(float):
    def __float__(self): return 7.45
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    __hash__ = None

class Raising(float):
    def __float__(self): raise SystemExit("passed")

class Deceiving:
    __class__ = float
    def __float__(self): return 7.45

class Registered:
    def __float__(self): return "74.5"
numbers.Real.register(Registered)

class Meta(type):
    __name__ = property(lambda cls: "x" * 10**7)
    def __instancecheck__(cls, other): raise KeyboardInterrupt
class Named(metaclass=Meta):
    pass
"""
# An answer, as the student writes it, and what is said of it; nothing where it is right.
ODD = {
    "None": f"{NOT}a NoneType",
    "True": f"{NOT}a bool",
    "np.True_": f"{NOT}a bool",
    "'74.5'": f"{NOT}a str",
    "'7' * 10**8": f"{NOT}a str",
    "b'74.5'": f"{NOT}a bytes",
    f"[{RIGHT}]": f"{NOT}a list",
    f"complex({RIGHT})": f"{NOT}a complex",
    f"np.complex128({RIGHT})": f"{NOT}a complex128",
    f"np.array({RIGHT})": f"{NOT}a ndarray",
    f"decimal.Decimal({RIGHT})": f"{NOT}a Decimal",
    "float('nan')": f"{NOT}nan",
    "float('inf')": f"{NOT}inf",
    "-np.inf": f"{NOT}-inf",
    "np.float32('inf')": f"{NOT}inf",
    "10**400": f"{NOT}a int that is no number a float can hold",
    "-10**1_000_000": f"{NOT}a int that is no number a float can hold",
    "fractions.Fraction(10**400, 3)": f"{NOT}a Fraction that is no number a float can hold",
    "Raising()": f"{NOT}a Raising that is no number a float can hold",
    "Deceiving()": WRONG,  # float() of it is a number like any other
    "Registered()": f"{NOT}a Registered that is no number a float can hold",
    "Named": f"{NOT}a Meta",
    "Named()": f"{NOT}a Named",
    "float": f"{NOT}a type",
    "Lying(1)": WRONG,
    "1e308": WRONG,
    "-0.0": WRONG,
    "74": WRONG,
    f"np.float64({RIGHT})": "",
    f"np.float32({RIGHT})": "",
    f"np.longdouble({RIGHT})": "",
    f"fractions.Fraction({RIGHT})": "",
    f"{RIGHT}": "",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What is said of each answer: all in one notebook, so that none of them may end it."""
    nb = notebook(MADE, "from grading.examiner import examine", *(f"examine({NAME!r}, {odd})" for odd in ODD))
    for cell in nb.cells[2:]:
        as_test(cell)
    nb = run(nb, tmp_path_factory.mktemp("answers"))
    assert [cell.outputs for cell in nb.cells[:2]] == [[], []]
    return dict(zip(ODD, nb.cells[2:], strict=True))


@pytest.mark.parametrize("odd", ODD)
def test_it_is_judged_without_harm_and_told_what_it_is(judged, odd):
    cell = judged[odd]
    (verdict,) = cell.metadata["verdicts"]
    told = [output.evalue for output in cell.outputs]
    assert told == ([verdict["message"]] if verdict["message"] else [])
    assert verdict["message"].partition("\nHint:")[0] == ODD[odd]
    assert all(output.ename == "CheckFailed" for output in cell.outputs)


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd != "'7' * 10**8"])
def test_a_plain_kernel_says_the_same(odd):
    names: dict = {}
    exec(MADE, names)
    told = ""
    try:
        examine(NAME, eval(odd, names))
    except CheckFailed as error:
        told = str(error)
    assert told.partition("\nHint:")[0] == ODD[odd]
