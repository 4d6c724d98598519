"""Mistakes of an instructor, in the exam or in the notebook: each is one line, before anybody is graded."""

import pytest

from grading.course.lesson import Lesson
from grading.examiner import reference, rehearsal
from grading.examiner.exam import load_exam
from grading.examiner.exam_file import require_sound
from grading.examiner.session import CellSession
from grading.util.errors import CourseError
from tests.grading.examiner.test_solutions import exam_of, test_cell

test_cell.__test__ = False
START = "from grading.examiner import answer, call, check, new, slip\nimport numpy as np\n"
DOUBLE = "def f(x):\n    return 2 * x"
CLASS = "class f:\n    def __init__(self, n=0):\n        self.n = n"
ANSWER = (DOUBLE, "nb_a = 100", test_cell("examine('nb.a', nb_a)", "test-a"))
SECOND = "@check('nb.g', about='g')\ndef more(rng):\n    yield call(1)\n"


def check(body="yield call(1)", options="", more=""):
    return f"{START}@check('nb.f', about='f'{options})\ndef cases(rng):\n    {body}\n{more}"


def slip(source, hint="?"):
    return check(more=f"@slip('nb.f', hint={hint!r})\n{source}")


def answer(arguments):
    return check(more=f"answer('nb.a', {arguments})")


def released():
    """A test cell whose hidden tests are not hidden."""
    cell = test_cell("examine('nb.g', f)", "test-g")
    cell.source = "examine('nb.g', f)"
    return cell


MISTAKES = {
    "students get the line": (
        check(more=SECOND),
        [DOUBLE, released()],
        "the cell test-g asks examine('nb.g', ...) outside of ### BEGIN HIDDEN TESTS",
    ),
    "it is no test cell": (
        check(),
        [DOUBLE, "### BEGIN HIDDEN TESTS\nexamine('nb.f', f)\n### END HIDDEN TESTS"],
        "the cell number 2 asks examine('nb.f', ...) and is no test cell",
    ),
    "the file exits": (f"{START}exit()", [DOUBLE], "line 3: SystemExit"),
    "drawing exits": (check("exit(); yield call(1)"), [DOUBLE], "to draw its cases raised SystemExit"),
    "drawing does not end": (check("while True: pass\n    yield call(1)"), [DOUBLE], "did not end within 0.5 seconds"),
    "a case is returned": (check("return call(1)"), [DOUBLE], "'Case' object is not iterable"),
    "without a generator": (check().replace("(rng)", "()"), [DOUBLE], "takes 0 positional arguments"),
    "without brackets": (f"{START}@check\ndef cases(rng):\n    pass", [DOUBLE], "line 3: TypeError: check() missing"),
    "a negative tolerance": (check(options=", relative=-1e-3"), [DOUBLE], "relative should be a number that is not"),
    "a tolerance in words": (check(options=", absolute='1e-3'"), [DOUBLE], "absolute should be a number"),
    "no tolerance": (check(options=", absolute=float('nan')"), [DOUBLE], "absolute should be a number"),
    "a label that is none": (check(options=", label=3"), [DOUBLE], "label should be a text, not 3"),
    "an exception made": (check("yield call(1).raises(ValueError('x'))"), [DOUBLE], "raises() takes a type of excep"),
    "now and then 0": (check("yield call(int(rng.integers(0, 3)))"), ["def f(x):\n    return 1 / x"], "raised ZeroDiv"),
    "now and then no case": (check("if rng.random() < 0.4: yield call(1)"), [DOUBLE], "it yields no case"),
    "random numbers of its own": (check("yield call(np.random.rand())"), [DOUBLE], "it draws other cases each time"),
    "a class that is called": (check(), [CLASS], "gives a f, with which nothing can be compared; of a class, make an"),
    "a range": (check(), ["f = range"], "gives a range, with which nothing can be compared; of a class"),
    "nothing to call": (check(), ["f = 3"], "your f is a int, and no function or class"),
    "values without end": (check(), ["def f(x):\n    while True:\n        yield x"], "gives something of more"),
    "much in three calls": (
        check("yield call(1).again(2).again(3)"),
        ["def f(x):\n    return [0] * 90_000"],
        "what your solution does is too much",
    ),
    "much in many cases": (
        check("for _ in range(3): yield call(1)"),
        ["import numpy as np\ndef f(x):\n    return np.ones(500_000)"],
        "what your solution returns takes 15 MiB in all cases, and may take 8 MiB",
    ),
    "too many values for a cell": (
        check("for _ in range(3): yield call([[]] * 9_000)"),
        ["f = len"],
        "the cases of the cell test-f are too many values to be sent with it",
    ),
    "asked for twice": (
        check(),
        [DOUBLE, "def g(x):\n    return x", test_cell("examine('nb.f', g)", "test-g")],
        "'nb.f' is asked for twice: test-g of nb.ipynb and test-f of nb.ipynb",
    ),
    "nothing handed over": (
        check(more=SECOND),
        [DOUBLE, test_cell("examine('nb.g')", "test-g")],
        "the cell test-g of nb.ipynb asks examine('nb.g') and hands nothing over",
    ),
    "made in a test": (
        check(more=SECOND),
        [DOUBLE, test_cell("h = f\nexamine('nb.g', h)", "test-g")],
        "what the cell test-g hands to examine is in no cell before it, tests aside (NameError",
    ),
    "an answer in words": (answer("'100', 'numbers'"), ANSWER, "line 6: ValueError: the answer 'nb.a' should be a num"),
    "another answer": (answer("99, 'numbers'"), ANSWER, "answer nb.a: it says 99, and your notebook hands over 100"),
    "slips that are no pairs": (answer("100, 'numbers', slips=[10, 'x']"), ANSWER, "a slip of 'nb.a' should be ("),
    "a slip that is right": (answer("100, 'numbers', slips=[(100.1, '?')]"), ANSWER, "is the right number, 100.1"),
    "an answer's tolerance": (answer("100, 'numbers', tolerance=-1"), ANSWER, "the tolerance of 'nb.a' should be"),
    "an empty hint": (slip("def w(x): pass", " "), [DOUBLE], "a slip of 'nb.f' has no hint"),
    "a slip that is a number": (check(more="slip('nb.f', hint='?')(3)"), [DOUBLE], "a slip is a function or a class"),
    "two slips of a name": (
        slip("def w(x):\n    return x\n@slip('nb.f', hint='?')\ndef w(x):\n    return 3 * x"),
        [DOUBLE],
        "has two slips called 'nb.f.w'",
    ),
    "a slip that raises": (slip("def w():\n    return 3"), [DOUBLE], "slip nb.f.w: it raises TypeError in every case"),
    "a NUL": ("\0", [DOUBLE], "line ?: SyntaxError"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(name, monkeypatch):
    monkeypatch.setattr(reference, "DRAWING_SECONDS", 0.5)
    monkeypatch.setattr(rehearsal, "MOST_MEMORY", 2**22)
    text, cells, said = MISTAKES[name]
    source = exam_of(*cells, text=text)
    with pytest.raises(CourseError) as raised:
        require_sound(source, load_exam(source))
    line = str(raised.value)
    assert said in line and "\n" not in line and ("exams/nb.py" in line or "nb.ipynb" in line), line


def test_a_draw_that_trips_the_solution_costs_no_points():
    """What was rehearsed fits; where one student's numbers do not, a person is to look into it."""
    exam = load_exam(exam_of("def f(x):\n    return 1 / x", text=check("yield call(0)")))
    session = CellSession(["nb.f"], exam, "ada", "key")
    session.receive({"examine": "nb.f", "trace": {"steps": [{"returned": 1}]}})
    session.receive({"examine": "nb.f", "shown": 0})
    with pytest.raises(CourseError, match="check nb.f: case 1, f.0. of your solution raised ZeroDivisionError"):
        session.verdicts()


def test_an_exam_of_two_notebooks_says_which_cells():
    source = exam_of(DOUBLE)
    (lesson,) = source.lessons
    both = (lesson, Lesson("nb", "other", lesson.text))
    twice = type(source)("nb", "", "exams/nb.py", source.text, both)
    with pytest.raises(CourseError, match="test-f of nb.ipynb and test-f of other.ipynb"):
        require_sound(twice, load_exam(twice))
