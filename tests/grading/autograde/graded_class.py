"""A small class that has handed in and is graded, and what another run of grading does."""

import shutil

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.sample import generate_assignment
from tests.grading.course.own_course import hand_in, make_course

STUDENTS = {"ada": "2 * x", "bob": "3 * x", "cyd": "2 * x"}


@pytest.fixture(scope="session")
def class_of_three(once):
    """The folder of a course with three students, graded. It is not to be changed."""

    def make(folder):
        course = make_course(folder / "algebra")
        generate_assignment(course)
        for student, returns in STUDENTS.items():
            hand_in(course, student, returns)
        autograde_class(course)

    return once("class-of-three", make) / "algebra"


@pytest.fixture
def course(class_of_three, tmp_path):
    """The same, to be changed. Its pages are the last that was written, as they were before it was copied."""
    root = shutil.copytree(class_of_three, tmp_path / "algebra")
    for page in (root / "feedback").rglob("*.html"):
        page.touch()
    return Course(root)


def grade_again(course, **options):
    """Run grading: whom it has graded, for whom it has made pages, and what it has said."""
    done, lines = {"grading": [], "feedback": []}, []

    def watched(what, results, total):
        for item, result in results:
            done[what].append(item.student)
            yield item, result

    outcomes = autograde_class(course, progress=watched, tell=lines.append, **options)
    return done["grading"], done["feedback"], lines, {outcome.student: outcome for outcome in outcomes}


def edit(course, student, cell, source, step="submitted"):
    """Write another text into a cell of what a student has handed in."""
    path = course.notebook(step, student)
    nb = nbformat.read(path, as_version=4)
    for each in nb.cells:
        if each.metadata.get("nbgrader", {}).get("grade_id") == cell:
            each.source = source
    nbformat.write(nb, path)


def grade_by_hand(course, student, points, comment=None, cell="why"):
    """Give points and a comment as the formgrader does."""
    name, assignment = course.notebook_name, course.assignment
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, name, assignment, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            gradebook.find_comment(cell, name, assignment, student).manual_comment = comment
        gradebook.db.commit()


def grade_of(course, student, cell="why"):
    """The points that a person has given, and whether one is to look at them again."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, course.notebook_name, course.assignment, student)
        return grade.manual_score, bool(grade.needs_manual_grade)
