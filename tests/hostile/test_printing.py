"""What a submission prints, warns of or logs is shown, and costs nothing; what it raises does."""

import re

import nbformat
import pytest
from attack import PERFECT, write_lesson
from graded import LimitedCourse
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.report import read_class
from tests.course07 import ASSIGNMENT, cell_of, fill_in

LOOP = "        for i, param in enumerate(self.params):"
HABITS = {
    "logs": "import logging; logging.warning('a step')",
    "numpy-warns": "np.array([1.0]) / np.array([0.0])",
    "prints": "import sys; print('a step', file=sys.stderr)",
    "warns": "import warnings; warnings.warn('a step')",
}
VISIBLE = "test-adam-bias-correction"  # a test cell whose own asserts run an optimizer, before it asks the examiner


@pytest.fixture(scope="module", params=["python -m grading autograde", "nbgrader autograde"])
def course(request, tmp_path_factory):
    course = LimitedCourse(tmp_path_factory.mktemp("printing"))
    write_lesson(course.root / "source")
    course.run(GenerateAssignment, force=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for student, line in {**HABITS, "raises": "raise ValueError('a step')"}.items():
        nb = fill_in(released)
        adam = cell_of(nb, "adam")
        assert LOOP in adam.source
        adam.source = adam.source.replace(LOOP, f"        {line}\n{LOOP}")
        adam.source += "\nimport sys; print('ready', file=sys.stderr)"
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    if request.param.startswith("python"):
        autograde_class(course)
    else:
        course.run(Autograde)
        course.run(GenerateFeedback)
    return course


@pytest.mark.parametrize("habit", HABITS)
def test_it_costs_nothing_and_is_shown(course, habit):
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, habit).score == PERFECT
    graded = nbformat.read(course.notebook("autograded", habit), as_version=4)
    for name in ("adam", VISIBLE):
        assert [o for o in cell_of(graded, name).outputs if o.get("name") == "stderr"], f"{name} shows nothing"
    assert not re.search("did not pass|stopped before its end", course.page(habit).read_text())


def test_what_it_raises_costs_and_no_cell_counts_as_broken(course):
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "raises").score < PERFECT
    page = course.page("raises").read_text()
    assert "ValueError" in page and "did not run" not in page


def test_the_report_finds_nothing_unexplained_with_them(course):
    found = read_class(course)
    assert {name for names in found.unexplained.values() for name in names} <= {"raises"}
    assert {found.scores[name] for name in HABITS} == {PERFECT}


class PlainCourse(Course):
    """A course of one lesson with plain asserts."""

    def settings(self):
        config = super().settings()
        config.CourseDirectory.source_directory = str(self.root / "source")
        return config


@pytest.mark.parametrize(("end", "score"), [("", 3.0), ("\nassert False", 0.0), ("\n2", 2.0)])
def test_a_plain_assert_is_no_different(tmp_path, end, score):
    role = {"grade_id": "test", "grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
    source = f"import warnings\nwarnings.warn('so'){end}"
    nb = new_notebook(cells=[new_code_cell(source, metadata={"nbgrader": role | {"points": 3}})])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    course = PlainCourse(tmp_path, "ps1")
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    nbformat.write(nb, tmp_path / "source" / "ps1" / "ps1.ipynb")
    course.run(GenerateAssignment)
    for student in ("ada", "ben"):
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        path.write_bytes(course.notebook("release", ".").read_bytes())
    course.run(Autograde, student_id="ada")
    autograde_class(course, force=True, feedback=False)
    with course.gradebook() as gradebook:
        assert {s.student.id: s.score for s in gradebook.assignment_submissions("ps1")} == {"ada": score, "ben": score}
