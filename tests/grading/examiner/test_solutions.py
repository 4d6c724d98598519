"""The instructor's notebook, run to compare with: it may do what notebooks do, and the grader is as it was before."""

import os
import sys
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_notebook

from grading.course.exam_source import ExamSource
from grading.course.lesson import Lesson
from grading.examiner.exam import load_exam
from grading.examiner.exam_file import require_sound
from grading.util.errors import CourseError

EXAM = """
from grading.examiner import call, check
@check("nb.f", about="f")
def cases(rng):
    yield call(3)
"""
TEST = {"grade": True, "solution": False, "locked": True, "task": False, "points": 1, "schema_version": 3}


def cell(text, *tags):
    return new_code_cell(text, metadata={"tags": list(tags)})


def test_cell(text="examine('nb.f', f)", name="test-f"):
    text = f"### BEGIN HIDDEN TESTS\n{text}\n### END HIDDEN TESTS"
    return new_code_cell(text, metadata={"nbgrader": TEST | {"grade_id": name}})


test_cell.__test__ = False  # for pytest, which goes by names


def exam_of(*cells, files=None, text=EXAM):
    given = [cell(each) if isinstance(each, str) else each for each in cells]
    lesson = Lesson("nb", "nb", writes(new_notebook(cells=[*given, test_cell()])))
    return ExamSource("nb", "", "exams/nb.py", text, (lesson,), files or {})


def verdict(source, subject):
    exam = load_exam(source)
    require_sound(source, exam)
    return exam.judge("nb.f", subject, "ada").message


FILES = {
    "data/numbers.txt": b"1\n2\n",
    "helpers_of_nb.py": b"def add(x):\n    import more_of_nb\n    return x + more_of_nb.N\n",
    "more_of_nb.py": b"N = 3",
}
NOTEBOOKS = {
    "reads a file when it is called": ("def f(x):\n    return x + sum(map(int, open('data/numbers.txt')))", 6),
    "imports what lies beside it": ("from helpers_of_nb import add as f", 6),
    "writes a file that it reads later": (
        "open('new.txt', 'w').write('4')\ndef f(x):\n    return int(open('new.txt').read())",
        4,
    ),
    "knows where it was": (
        "from pathlib import Path\nN = Path('data/numbers.txt').resolve()\ndef f(x):\n    return len(N.read_text())",
        4,
    ),
    "a line that begins with a percent sign": ("def f(x):\n    return (x\n        % 2)", 1),
    "a text in which lines do": ("TEXT = '''a\n% b\n! c'''\ndef f(x):\n    return len(TEXT)", 9),
    "a cell that is timed": ("%%time\ndef f(x):\n    return 2 * x", 6),
    "a line that is timed": ("%time f = abs", 3),
    "a file that is written by a magic": ("%%writefile new.txt\n12345\n", 6),
    "magics": ("%matplotlib inline\n!ls\nfiles = !ls\n%timeit 1\n?len\nf = abs", 3),
    "a cell of another language": ("%%html\n<b>bold</b>", 3),
    "deep recursion": (
        "import sys\nsys.setrecursionlimit(9000)\ndef f(x, n=5000):\n    return x if not n else f(x, n - 1)",
        3,
    ),
    "a figure": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\ndef f(x):\n    return len(plt.get_fignums())",
        0,
    ),
}  # fmt: skip
REST = {
    "a file that is written by a magic": "def f(x):\n    return len(open('new.txt').read())",
    "a cell of another language": "f = abs",
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_may_do_what_notebooks_do(name):
    source, right = NOTEBOOKS[name]
    given = exam_of(source, REST.get(name, "1"), files=FILES)
    assert verdict(given, lambda x: right) == "" and verdict(given, lambda x: right + 1)


def test_a_cell_that_is_to_raise_may():
    assert verdict(exam_of(cell("f = abs\n1 / 0", "raises-exception")), abs) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("exit()", "the cell number 1 raised SystemExit"),
        ("f = input('?')", "nobody is there to answer"),
        ("while True:\n    pass", "did not end within 0.5 seconds"),
    ],
)
def test_what_does_not_run_is_one_line(source, said, monkeypatch):
    monkeypatch.setattr("grading.examiner.solutions.SECONDS", 0.5)
    with pytest.raises(CourseError, match=said):
        verdict(exam_of(source), abs)


def test_the_process_is_as_it_was_before(capfd):
    """A solution that leaves a recursion limit of a million would let a forged trace crash the grader."""
    loud = """
import sys, os, warnings, numpy as np, helpers_of_nb
sys.setrecursionlimit(10**6); sys.path.append('/nowhere'); warnings.simplefilter('error'); np.seterr(all='raise')
def f(x):
    os.chdir('data'); print('printed'); print('printed', file=sys.stderr); sys.setrecursionlimit(10**6)
    return x
"""
    mpl.use("svg")

    def state():
        filters = [*warnings.filters]
        return os.getcwd(), sys.path[:], sys.getrecursionlimit(), filters, np.geterr(), mpl.get_backend(), [*os.environ]

    before = state()
    source = exam_of(loud, files=FILES)
    load_exam(source).checks["nb.f"].examination("nb", "ada").right  # noqa: B018 - it is worked out here
    assert state() == before and "helpers_of_nb" not in sys.modules
    assert capfd.readouterr() == ("", "")


def test_its_folder_goes_with_it():
    exam = load_exam(exam_of("import os\nHERE = os.getcwd()\ndef f(x):\n    return HERE"))
    here = exam.checks["nb.f"].solution()(0)
    assert os.path.isdir(here)
    load_exam(exam_of("f = abs"))
    del exam
    import gc

    gc.collect()
    assert not os.path.exists(here)
