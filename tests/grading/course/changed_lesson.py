"""A course of one's own whose lesson changes when there is work in, and what stands in its gradebook."""

import datetime
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from own_course import NAME, hand_in, make_course, role

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.sample import generate_assignment
from grading.course.update import plan_update

DUE = datetime.datetime(2026, 3, 1, 12)


@pytest.fixture(scope="session")
def graded_once(once):
    """A course in which two have handed in and were graded; one of them by a person, too. It is not to be changed."""
    return Course(once("changed-lesson", make_graded) / "course")


def make_graded(folder):
    course = make_course(folder / "course")
    generate_assignment(course)
    hand_in(course, "ada")
    hand_in(course, "bob", "4")
    assert [outcome.problem for outcome in autograde_class(course)] == ["", ""]
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
        gradebook.grant_extension(NAME, "bob", days=3)
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        given.manual_score, given.extra_credit, given.needs_manual_grade = 1.5, 0.25, False
        gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = "Why even?"
        gradebook.db.commit()


@pytest.fixture
def course(graded_once, tmp_path):
    return Course(shutil.copytree(graded_once.root, tmp_path / "course"))


def edit(course, change, notebook=NAME):
    """Change the cells of a lesson: `change` is given them by their names, and all of them as a list."""
    path = course.source_folder / f"{notebook}.ipynb"
    nb = nbformat.read(path, as_version=4)
    named = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if "nbgrader" in cell.metadata}
    change(named, nb.cells)
    nbformat.write(nb, path)


def put_after(name, cell):
    """A change that puts a cell after another one."""
    return lambda named, cells: cells.insert(cells.index(named[name]) + 1, cell)


def remove(name):
    return lambda named, cells: cells.remove(named[name])


def rename(old, new):
    return lambda named, cells: named[old].metadata.nbgrader.update(grade_id=new)


def set_points(name, points):
    return lambda named, cells: named[name].metadata.nbgrader.update(points=points)


def test_cell(name="test-zero", source="assert double(0) == 0", points=1):
    return new_code_cell(source, id=name, metadata=role(name, grade=True, locked=True, points=points))


test_cell.__test__ = False  # for pytest, which goes by names


def answer_cell(name, points=2):
    text = "### BEGIN SOLUTION\nAnother model answer.\n### END SOLUTION"
    return new_markdown_cell(text, id=name, metadata=role(name, grade=True, solution=True, points=points))


def update(course, renamed=None):
    """Update the assignment, and return what was said and where the former state is."""
    with plan_update(course, renamed) as planned:
        said = list(planned.lines())
        return said, planned.carry_out()


def grades(course):
    """All that stands in the gradebook of each student's cells."""
    with course.gradebook() as gradebook:
        return {
            (submission.student.id, entry.cell.name): (
                (entry.auto_score, entry.manual_score, entry.extra_credit, bool(entry.needs_manual_grade))
                if hasattr(entry, "auto_score")
                else (entry.auto_comment, entry.manual_comment)
            )
            for submission in gradebook.assignment_submissions(course.assignment)
            for notebook in submission.notebooks
            for entry in [*notebook.comments, *notebook.grades]
        }


def totals(course):
    """The score and the maximum of each student."""
    with course.gradebook() as gradebook:
        found = gradebook.assignment_submissions(course.assignment)
        return {submission.student.id: (submission.score, submission.max_score) for submission in found}


def times(course):
    """The due date, and the extension and the time of each submission."""
    with course.gradebook() as gradebook:
        entry = gradebook.find_assignment(course.assignment)
        return entry.duedate, {each.student_id: (each.extension, each.timestamp) for each in entry.submissions}
