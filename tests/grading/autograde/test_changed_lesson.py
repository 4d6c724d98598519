"""The lesson of the course changes after it was graded: everybody has the right score out of the new total."""

import copy
import shutil

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.course.sample import fill_in, generate
from grading.course.update import plan_update
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT, cell_of

TEST, ANSWER = "test-sgd-step", "q1-answer"


def add(nb, cell):
    extra = copy.deepcopy(cell)
    extra.id = extra.metadata.nbgrader.grade_id = f"{TEST}-extra"
    extra.metadata.nbgrader.points = 3
    nb.cells.insert(nb.cells.index(cell) + 1, extra)


def remove(nb, cell):
    nb.cells.remove(cell)


def rename(nb, cell):
    cell.metadata.nbgrader.grade_id = "test-sgd-plain-step"


def points(nb, cell):
    cell.metadata.nbgrader.points = 9


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course in which two have handed in and were graded, and a person has given one of them two points."""
    root = tmp_path_factory.mktemp("lesson") / "course"
    root.mkdir()
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", root)
    shutil.copytree(DEFAULT_COURSE / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)
    course = Course(root)
    released = generate(course)
    for student, nb in (("perfect", fill_in(released, course.lesson)), ("untouched", released)):
        course.notebook("submitted", student).parent.mkdir(parents=True)
        nbformat.write(nb, course.notebook("submitted", student))
    autograde_class(course)
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(ANSWER, ASSIGNMENT, ASSIGNMENT, "perfect")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    return course


def test_a_grade_by_hand_stays_settled_where_its_cell_has_another_name(graded, tmp_path):
    course = Course(shutil.copytree(graded.root, tmp_path / "course"))
    nb = nbformat.read(course.lesson_path, as_version=4)
    cell_of(nb, ANSWER).metadata.nbgrader.grade_id = "q1-explanation"
    nbformat.write(nb, course.lesson_path)
    with plan_update(course, {ANSWER: "q1-explanation"}) as update:  # all answers look alike, so it has to be said
        update.carry_out()
    for _ in range(2):
        assert [outcome.problem for outcome in autograde_class(course, force=True)] == ["", ""]
        with course.gradebook() as gradebook:
            given = gradebook.find_grade("q1-explanation", ASSIGNMENT, ASSIGNMENT, "perfect")
            assert (given.manual_score, given.needs_manual_grade) == (2, False)


@pytest.mark.parametrize(
    ("change", "score", "total"), [(add, 95, 103), (remove, 87, 95), (rename, 92, 100), (points, 96, 104)]
)
def test_the_scores_follow(graded, tmp_path, change, score, total):
    course = Course(shutil.copytree(graded.root, tmp_path / "course"))
    nb = nbformat.read(course.lesson_path, as_version=4)
    change(nb, cell_of(nb, TEST))
    nbformat.write(nb, course.lesson_path)
    with pytest.raises(CourseError, match="Run `python -m grading update-assignment 07_optimizers`"):
        autograde_class(course, force=True)
    with plan_update(course) as update:
        update.carry_out()
    assert [outcome.problem for outcome in autograde_class(course)] == ["", ""]
    with course.gradebook() as gradebook:
        found = gradebook.find_assignment(ASSIGNMENT).submissions
        assert {each.student_id: (each.score, each.max_score) for each in found} == {
            "perfect": (score, total),
            "untouched": (0, total),
        }
        given = gradebook.find_grade(ANSWER, ASSIGNMENT, ASSIGNMENT, "perfect")
        assert (given.manual_score, given.needs_manual_grade) == (2, False)  # it is settled, as it was
    assert f"<strong>{score}</strong> of {total} points" in course.page("perfect").read_text()
    assert course.page("untouched").exists()
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
    assert [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in released.cells] == names
