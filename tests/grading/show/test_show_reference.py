"""`show` for an exam in one file, and for a cell that asks no examiner."""

import shutil

import nbformat
import numpy as np
import pytest
from nbgrader.converters import GenerateAssignment

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.new_course import new_course
from grading.course.paths import DEFAULT_COURSE
from grading.show import run_again

EXAMPLE = DEFAULT_COURSE / "examples"
SOFTMAX = "def softmax(x):\n    powers = np.exp(x)\n    return powers / powers.sum({})"
WORK = {
    "no-rows": {"softmax": SOFTMAX.format("")},
    "crash": {"gradient": "def numerical_gradient(f, x):\n    return f(x, x)"},
    "writes": {"softmax": "def softmax(x):\n    x[...] = 1\n    return x"},
    "no-add": {"running-mean": "class RunningMean:\n    n = 0"},
    "broken": {"softmax": "def softmax(x:\n    pass"},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("show") / "course"
    new_course(root)
    shutil.copytree(EXAMPLE / "source" / "ps1", root / "source" / "ps1")
    shutil.copy(EXAMPLE / "exams" / "ps1.py", root / "exams")
    lesson = root / "source" / "ps1" / "ps1.ipynb"
    nb = nbformat.read(lesson, as_version=4)
    plain = nbformat.v4.new_code_cell(
        "### BEGIN HIDDEN TESTS\nassert softmax(np.zeros((1, 2))).shape == (1, 2)\n### END HIDDEN TESTS"
    )
    plain.metadata["nbgrader"] = {"grade": True, "grade_id": "test-plain", "locked": True, "points": 1,
                                  "schema_version": 3, "solution": False, "task": False}  # fmt: skip
    nb.cells.append(plain)
    nbformat.write(nb, lesson)
    made = Course(root)
    made.run(GenerateAssignment)
    for student, cells in WORK.items():
        released = nbformat.read(root / "release" / "ps1" / "ps1.ipynb", as_version=4)
        for cell, solved in zip(released.cells, nb.cells, strict=True):
            role = cell.metadata.get("nbgrader", {})
            if role.get("solution") and cell.cell_type == "code":
                cell.source = cells.get(role["grade_id"], solved.source)
        path = made.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(released, path)
    autograde_class(made)
    return made


def wrong_call(course, student, check):
    (shown,) = run_again(course, student, check)
    (seen,) = shown.checks
    return seen, seen.case.calls[seen.case.wrong]


def test_a_result_beside_that_of_the_instructors_solution(course):
    seen, call = wrong_call(course, "no-rows", "ps1.softmax")
    (row,) = call.compared
    assert row.what == "what it returns" and not row.is_right
    np.testing.assert_allclose(row.right.sum(axis=1), 1)
    np.testing.assert_allclose(row.given.sum(), 1)
    assert call.title.startswith("softmax(") and seen.verdict.misconception


def test_an_argument_that_was_changed(course):
    _, call = wrong_call(course, "writes", "ps1.softmax")
    changed = [row for row in call.compared if row.what == "argument 1 after the call"]
    assert len(changed) == 1 and (changed[0].given == 1).all() and not (changed[0].right == 1).all()


def test_an_exception(course, grading):
    seen, call = wrong_call(course, "crash", "ps1.gradient")
    assert call.said.startswith("TypeError") and call.compared[0].given == "TypeError"
    status, out, err = grading("show", "crash", "ps1.gradient", "--course", course.root)
    assert (status, err) == (0, "") and "raised TypeError" in out and "what your own solution does" in out


def test_a_method_that_there_is_not(course):
    _, call = wrong_call(course, "no-add", "ps1.running_mean")
    assert "add" in call.title and "AttributeError" in call.said


def test_a_cell_that_asks_no_examiner_shows_itself(course, grading):
    status, out, _ = grading("show", "broken", "test-plain", "--course", course.root)
    assert status == 0 and "asks no examiner" in out and "assert softmax(np.zeros((1, 2)))" in out
    assert "The cell 'softmax' did not run" in out
    assert "It passed." in grading("show", "crash", "plain", "--course", course.root)[1]
