"""An exam in one file: what fits is loaded, and what does not is one line with file and name."""

import operator
import time
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from tracing import calls

from grading.course.exam_source import ExamSource
from grading.course.lesson import Lesson, read_lessons
from grading.course.paths import DEFAULT_COURSE
from grading.examiner import audit as auditing
from grading.examiner.cases import call, new
from grading.examiner.exam import load_exam
from grading.examiner.exam_file import require_sound
from grading.examiner.outcome import where_of
from grading.util.errors import CourseError

EXAMPLE = DEFAULT_COURSE / "examples"
TEXT = (EXAMPLE / "exams" / "ps1.py").read_text()
START = "from grading.examiner import answer, call, check, new, slip\nimport numpy as np\n"
GOOD = """
@check("ps1.softmax", about="softmax")
def cases(rng):
    yield call(rng.normal(size=(3, 4)))
@check("ps1.gradient", about="slopes")
def cases(rng):
    yield call(np.sum, rng.normal(size=3))
@check("ps1.running_mean", about="a mean")
def cases(rng):
    yield new()
answer("ps1.jacobian", 100, "numbers")
"""


def source(text):
    return ExamSource("ps1", "", "exams/ps1.py", text, read_lessons(EXAMPLE / "source" / "ps1", "ps1"))


def of(checks):
    return source(START + checks)


@pytest.fixture(scope="module")
def exam():
    return load_exam(source(TEXT))


def instead(check, body):
    """The good exam with another body for one of its checks."""
    head = f'@check("ps1.{check}"'
    before, after = GOOD.split(head)
    first, _, rest = after.partition("\n")
    tail = rest[rest.index("\n", rest.index("    yield")) :]
    return of(f"{before}{head}{first}\ndef cases(rng):\n    {body}{tail}")


BROKEN = {
    "it raises": (of("\n1 / 0"), "exams/ps1.py does not run: line 4: ZeroDivisionError"),
    "it is no Python": (of("\ndef"), "exams/ps1.py does not run: line 4: SyntaxError"),
    "it imports what is not there": (source("import nothing_such"), "line 1: ModuleNotFoundError"),
    "a name twice": (of(GOOD + 'answer("ps1.jacobian", 3, "")'), "two checks called 'ps1.jacobian'"),
    "a slip of nothing": (
        of(GOOD + '@slip("ps1.x", hint="?")\ndef f(): pass'),
        "a slip of 'ps1.x', and no such @check",
    ),
    "nobody asks": (of(GOOD + 'answer("ps1.more", 3, "")'), "a check 'ps1.more', and no test cell asks"),
    "no case": (instead("softmax", "return"), "check ps1.softmax: it yields no case"),
    "no end of cases": (instead("softmax", "while True: yield call(1)"), "more than 500 cases"),
    "no cases at all": (instead("softmax", "yield 3"), "it yields a int; write `yield call"),
    "drawing fails": (instead("softmax", "yield call(rng.nothing())"), "to draw its cases raised AttributeError"),
    "a lambda": (
        instead("gradient", "yield call(lambda x: x, 1.0)"),
        "case 1 cannot be sent to a submission: it holds a l",
    ),
    "a generator": (instead("softmax", "yield call(n for n in [1])"), "it holds a generator"),
    "a gigabyte": (instead("softmax", "yield call(np.zeros((2**13, 2**14)))"), "it holds something of more than 4 MiB"),
    "many megabytes": (
        instead("softmax", "for _ in range(9): yield call(np.ones((500, 500)))"),
        "and all together may take 8",
    ),
    "the solution raises": (instead("softmax", "yield call(np.ones(3))"), "raised AxisError"),
    "it does not raise": (
        instead("softmax", "yield call(np.ones((1, 3))).raises(ValueError)"),
        "raised nothing, and the case",
    ),
    "it raises another": (
        instead("running_mean", "yield new().call('mean').raises(KeyError)"),
        "and the case says .raises(KeyError)",
    ),
    "an object": (
        instead("running_mean", "yield new().get('add')"),
        "gives a method, with which nothing can be compared",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_one_line(name):
    exam, said = BROKEN[name]
    with pytest.raises(CourseError) as raised:
        require_sound(exam, load_exam(exam))
    assert said in str(raised.value) and "exams/ps1.py" in str(raised.value) and "\n" not in str(raised.value)


def test_what_fits_is_sound(exam):
    require_sound(source(TEXT), exam)
    require_sound(of(GOOD), load_exam(of(GOOD)))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("raise KeyError('no data')", "your solution does not run, so nothing can be compared with it: the cell"),
        ("import random\ndef softmax(x): return random.random()", "does not give the same twice"),
        ("def softmax(x):\n    while True: pass", "case 1, .* of your solution did not end within 0.5 seconds"),
    ],
)
def test_a_solution_that_cannot_be_compared_with_is_told(cell, said, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.5)
    nb = nbformat.read(EXAMPLE / "source" / "ps1" / "ps1.ipynb", as_version=4)
    nb.cells[3].source = cell
    exam = replace(of(GOOD), lessons=(Lesson("ps1", "ps1", nbformat.writes(nb)),))
    with pytest.raises(CourseError, match=said):
        require_sound(exam, load_exam(exam))


def judged(exam, check, subject, student="ada"):
    return exam.judge(check, subject, student)


def softmax(x):
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


RIGHT = {
    "its own": softmax,
    "another way": lambda x: np.array([np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in x]),
    "with logarithms": lambda x: np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None]),
}
WRONG = {
    "no shift": (lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True), "What is np.exp(1000)?"),
    "one sum": (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), "What does each row add up to?"),
    "two slips": (lambda x: np.exp(x) / np.exp(x).sum(), "What does each row add up to?"),
    "a list": (lambda x: softmax(x).tolist(), "should be an array, not a list"),
    "float32": (lambda x: softmax(x).astype(np.float32), "the dtype of what it returns should be float64"),
    "the columns": (
        lambda x: softmax(x.T).T,
        "softmax(<an array of shape (3, 4)>): entry [0, 0] of what it returns is off",
    ),
    "it raises": (lambda x: 1 / 0, "raised ZeroDivisionError: division by zero"),
    "no function": (3, "raised TypeError: 'int' object is not callable"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_work_passes_for_every_student(exam, name):
    for student in range(20):
        assert judged(exam, "ps1.softmax", RIGHT[name], str(student)).message == ""


@pytest.mark.parametrize("name", WRONG)
def test_wrong_work_fails_and_is_told_why(exam, name):
    subject, said = WRONG[name]
    verdict = judged(exam, "ps1.softmax", subject)
    assert not verdict.passed and said in verdict.message
    assert verdict.message.count("Hint: ") == said.endswith("?")


def test_an_argument_that_is_changed_costs_the_check(exam):
    def in_place(x):
        x[...] = softmax(x)
        return x.copy()

    assert "has changed its argument 1, and should not" in judged(exam, "ps1.softmax", in_place).message


def test_an_argument_that_is_put_back_is_as_it_was(exam):
    """But for rounding, which nobody minds."""

    def moved_back(f, x, h=1e-5):
        slopes = np.zeros_like(x)
        for i in range(x.size):
            x[i] += h
            above = f(x)
            x[i] -= 2 * h
            slopes[i] = (above - f(x)) / (2 * h)
            x[i] += h
        return slopes

    for student in range(20):
        assert judged(exam, "ps1.gradient", moved_back, str(student)).message == ""


def test_a_function_is_named_as_a_student_would_write_it(exam):
    said = judged(exam, "ps1.gradient", lambda f, x: x).message
    assert "numerical_gradient(np.prod, <an array of shape (3,)>)" in said or "numerical_gradient(np.prod, [" in said


CALLED = {
    "f(max, np.sin, operator.add)": call(max, np.sin, operator.add),
    "f('a', b=[1.5])": call("a", b=np.array([1.5])),
    "f(<a text of 70 characters>)": call("x" * 70),
    "f(<a text of 23 characters>, 'raised')": call("he raised NotWritten(1)", "raised"),
    "f(<a list of 99>, <an array of shape (9, 9)>)": call([1] * 99, np.ones((9, 9))),
    "call 2, f(2)": call(1).again(2),
    "f(1)(2)": new(1).again(2),
    "f(1) ... .__call__(2)": new(1).call("more").again(2),
    "f(1) ... .n": new(1).call("more").get("n"),
}


@pytest.mark.parametrize("shown", CALLED)
def test_a_call_is_told_as_a_student_would_write_it(shown):
    """And with no word in it that a page takes for the grader's."""
    case = CALLED[shown]
    assert where_of("f", case, len(case.steps) - 1) == shown


def test_an_exception_must_be_of_the_type(exam):
    class Mean(load_mean()):
        def mean(self):
            return self.total / self.count

    said = judged(exam, "ps1.running_mean", Mean).message
    assert "RunningMean().mean() should raise ValueError, and raised ZeroDivisionError" in said


def load_mean():
    names = {}
    (cell,) = [cell for cell in source("").lessons[0].cells if "class RunningMean" in cell.source]
    exec(cell.source, names)
    return names["RunningMean"]


def test_what_does_not_end_is_stopped(exam, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.2)

    def endless(x):
        while True:
            time.sleep(0.01)

    assert "did not end within 0.2 seconds" in judged(exam, "ps1.softmax", endless).message


def test_two_students_are_asked_other_numbers_and_a_regrade_the_same(exam):
    check = exam.checks["ps1.softmax"]
    assert check.examination("ps1", "ada", "k").data == check.examination("ps1", "ada", "k").data
    assert check.examination("ps1", "ada", "k").data != check.examination("ps1", "emmy", "k").data
    assert check.examination("ps1", "ada", "k").data != check.examination("ps1", "ada", "other").data


def test_the_audit_says_which_slips_are_caught():
    found = auditing.audit(source(TEXT), source(TEXT).lessons, 2, 3)
    assert not list(found.faults()) and "mutants caught           5 of 5" in next(auditing.report(found))
    passes = (
        TEXT
        + '\n@slip("ps1.softmax", hint="?")\ndef none(x):\n'
        + "    return np.exp(x - np.logaddexp.reduce(x, axis=1)[:, None])\n"
    )
    found = auditing.audit(source(passes), source(passes).lessons, 1, 1)
    assert "mutant ps1.softmax.none passes every check for some student" in list(found.faults())
