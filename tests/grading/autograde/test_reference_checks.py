"""The example assignment, graded: a submission can neither read nor fool a reference check."""

import html
import os
import re
import shutil

import nbformat
import pytest

from grading.course.course import Course
from grading.course.new_course import new_course
from grading.course.paths import DEFAULT_COURSE
from tests import forked

EXAMPLE = DEFAULT_COURSE / "examples"
READS = """
import gc, glob, os, sys
found = [name for name in sys.modules if name.startswith(("grading.exam", "exam of")) and name != "grading.examiner"]
for attempt in (lambda: __import__("grading.exams.ps1"), lambda: __import__("grading.examiner.reference"),
                lambda: os.listdir({course!r}), lambda: open({exam!r}).read(), lambda: open({example!r}).read()):
    try:
        found.append(attempt())
    except (ImportError, OSError):
        pass
found += [text for text in gc.get_objects() if isinstance(text, str) and "one_" + "sum" in text and "slip" in text]
print("found", found)
def softmax(x):
    return x
"""
FAKES = """
import grading.examiner as examiner
examiner.examine = lambda *asked: None
class Fake(np.ndarray):
    shape = (2, 2)
    __eq__ = __ne__ = __lt__ = lambda self, other: True
np.testing.assert_allclose = lambda *compared, **how: None
np.allclose = np.array_equal = lambda *compared, **how: True
def softmax(x):
    return np.array([[0.5, 0.5], [0.25, 0.75]])
"""
REPLAYS = """
asked = []
def softmax(x):
    asked.append(x)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True) if len(asked) < 2 else np.full(x.shape, 1 / x.shape[1])
"""
BREAKS_OFF = """
import tracing.calls as calls
every = calls.traces
def beginnings(cases, subject):
    for trace in every(cases, subject):
        del trace["steps"][1:]
        yield trace
calls.traces = beginnings
class RunningMean:
    pass
"""
SOFTMAX = "def softmax(x):\n    powers = np.exp(x)\n    return powers / powers.sum({})"
WORK = {
    "right": ({}, 22, ""),
    "empty": ({"softmax": "def softmax(x):\n    raise NotImplementedError"}, 14, "Not written yet: softmax("),
    "no-shift": ({"softmax": SOFTMAX.format("axis=1, keepdims=True")}, 14, "What is np.exp(1000)?"),
    "no-rows": ({"softmax": SOFTMAX.format("")}, 14, "What does each row add up to?"),
    "crash": ({"gradient": "def numerical_gradient(f, x):\n    return f(x, x)"}, 16, "raised an exception: TypeError"),
    "mean": ({"running-mean": "class RunningMean:\n    n = 0"}, 16, "no attribute 'add'"),
    "number": ({"jacobian": "ps1_jacobian = 10"}, 20, "Each of the 10 results depends on each of the 10 numbers."),
    "endless": ({"softmax": "def softmax(x):\n    while True:\n        pass"}, 14, "did not end within 5 seconds."),
    "reads": ({"softmax": READS}, 14, "found []"),
    "fakes": ({"softmax": FAKES}, 0, "the examiner was not asked"),
    "breaks-off": ({"running-mean": BREAKS_OFF}, 14, "what no notebook sends: a trace that breaks off"),
    "replays": ({"softmax": REPLAYS}, 14, "of what it returns is off by"),
}  # fmt: skip


def grading(course, *arguments):
    return forked.run(*arguments, cwd=course.root, env=os.environ | {"PYTHONPATH": str(DEFAULT_COURSE.parent)})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with the example, for which everybody has handed in."""
    root = tmp_path_factory.mktemp("reference") / "course"
    new_course(root)
    shutil.copytree(EXAMPLE / "source" / "ps1", root / "source" / "ps1")
    shutil.copy(EXAMPLE / "exams" / "ps1.py", root / "exams")
    made = Course(root)
    done = grading(made, "nbgrader", "generate_assignment", "ps1")
    assert done.returncode == 0, done.stderr
    paths = {"course": str(root), "exam": str(root / "exams" / "ps1.py"), "example": str(EXAMPLE / "exams" / "ps1.py")}
    for student, (cells, *_) in WORK.items():
        nb = nbformat.read(made.notebook("source", ".").parents[1] / "ps1" / "ps1.ipynb", as_version=4)
        released = nbformat.read(root / "release" / "ps1" / "ps1.ipynb", as_version=4)
        for cell, solved in zip(released.cells, nb.cells, strict=True):
            role = cell.metadata.get("nbgrader", {})
            if role.get("solution") and cell.cell_type == "code":
                source = cells.get(role["grade_id"], solved.source)
                cell.source = source.format(**paths) if source is READS else source
        path = made.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(released, path)
    return made


@pytest.fixture(scope="module")
def graded(course):
    done = grading(course, "grading", "autograde", "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return course


def score(course, student):
    with course.gradebook() as gradebook:
        return gradebook.find_submission("ps1", student).score


def page(course, student):
    text = re.sub(r"<(style|script).*?</\1>", "", course.page(student).read_text(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.mark.parametrize("student", WORK)
def test_each_gets_what_it_earned_and_reads_why(graded, student):
    _, points, said = WORK[student]
    assert score(graded, student) == points
    assert said in page(graded, student), page(graded, student)[:2000]


def test_the_report_names_the_slips(graded):
    done = grading(graded, "grading", "report", "--names", "--csv", "numbers.csv")
    assert done.returncode == 0, done.stderr
    report = (graded.root / "report.html").read_text()
    assert "the exponential of a large number overflows" in report and "no-shift" in report


def test_stock_nbgrader_comes_to_the_same_verdicts(graded, tmp_path):
    """Without the sandbox the same line judges in the submission's process, where it can be fooled."""
    copy = Course(shutil.copytree(graded.root, tmp_path / "stock"))
    with open(copy.config_file, "a") as file:
        file.write("c.ConfinedExecute.run_strangers_code_unconfined = True\n")
    for student in ("right", "no-shift", "number"):
        done = grading(copy, "nbgrader", "autograde", "ps1", "--student", student, "--force")
        assert done.returncode == 0, done.stderr
        assert score(copy, student) == WORK[student][1]
    assert "What is np.exp(1000)?" in copy.notebook("autograded", "no-shift").read_text()


def test_under_plain_asserts_the_fake_earns_what_it_should_not(graded, tmp_path):
    """The same submission, with the same values compared by an assert in its own process."""
    plain = Course(shutil.copytree(graded.root, tmp_path / "plain"))
    (plain.root / "exams" / "ps1.py").unlink()
    for folder in ("submitted", "autograded", "feedback"):
        shutil.rmtree(plain.root / folder, ignore_errors=True)
    (plain.root / "gradebook.db").unlink()
    path = plain.root / "source" / "ps1" / "ps1.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if "examine(" in cell.source:
            value = "np.testing.assert_allclose(softmax(np.ones((2, 3))), np.full((2, 3), 1 / 3))"
            cell.source = re.sub(
                r"from grading.*\n\nexamine\(.*\)", value if "softmax" in cell.source else "", cell.source
            )
    nbformat.write(nb, path)
    assert grading(plain, "nbgrader", "generate_assignment", "ps1", "--force").returncode == 0
    shutil.copytree(graded.root / "submitted" / "fakes", plain.root / "submitted" / "fakes")
    done = grading(plain, "grading", "autograde")
    assert done.returncode == 0, done.stdout + done.stderr
    assert score(plain, "fakes") == 22 and score(graded, "fakes") == 0


def test_a_broken_exam_stops_the_grading_before_anybody_is_graded(course, tmp_path):
    copy = Course(shutil.copytree(course.root, tmp_path / "broken"))
    with open(copy.root / "exams" / "ps1.py", "a") as file:
        file.write("\n1 / 0\n")
    before = {student: copy.notebook("autograded", student).exists() for student in WORK}
    done = grading(copy, "grading", "autograde", "--force")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "exams/ps1.py does not run: line" in done.stderr and "ZeroDivisionError" in done.stderr
    assert {student: copy.notebook("autograded", student).exists() for student in WORK} == before


def test_a_changed_exam_grades_everybody_again(graded, tmp_path):
    copy = Course(shutil.copytree(graded.root, tmp_path / "changed"))
    for student in WORK.keys() - {"right", "no-shift"}:
        shutil.rmtree(copy.root / "submitted" / student)
    assert grading(copy, "grading", "autograde").returncode == 0
    path = copy.root / "exams" / "ps1.py"
    path.write_text(path.read_text().replace("    yield call(np.full((2, 2), 1000.0))  # must not overflow\n", ""))
    done = grading(copy, "grading", "autograde")
    assert done.returncode == 0, done.stdout + done.stderr
    assert score(copy, "no-shift") == 22 and score(copy, "right") == 22


def test_in_the_instructors_kernel_it_judges_in_place(course, monkeypatch):
    from grading.examiner import CheckFailed, examine

    monkeypatch.chdir(course.root / "source" / "ps1")
    examine("ps1.jacobian", 100)
    with pytest.raises(CheckFailed, match="Each of the 10 results"):
        examine("ps1.jacobian", 10)
    with pytest.raises(CheckFailed, match="softmax"):
        examine("ps1.softmax", lambda x: x)
