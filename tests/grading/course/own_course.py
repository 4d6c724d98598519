"""A course folder of somebody's own, with a small assignment of plain asserts, and commands that are run on it."""

import os

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course.course import Course
from grading.course.new_course import new_course
from grading.course.paths import DEFAULT_COURSE
from tests import forked

NAME = "ps1"
DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
TEST = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
ANSWER = "### BEGIN SOLUTION\nThe model answer: because two and two is four.\n### END SOLUTION"


def role(name, **more):
    given = {"grade_id": name, "grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**given, **more}}


def lesson():
    return new_notebook(
        cells=[
            new_markdown_cell("# Doubling\n\n## Part 1. Twice", id="title"),
            new_code_cell(DOUBLE, id="double", metadata=role("double", solution=True)),
            new_code_cell(TEST, id="test", metadata=role("test-double", grade=True, locked=True, points=3)),
            new_markdown_cell(ANSWER, id="why", metadata=role("why", grade=True, solution=True, points=2)),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


def make_course(root, name=NAME):
    """Make a course as `new-course` does, with an assignment in its ``source/``."""
    new_course(root)
    add_assignment(root, name)
    return Course(root)


def add_assignment(root, name=NAME):
    (root / "source" / name).mkdir()
    nbformat.write(lesson(), root / "source" / name / f"{name}.ipynb")


def submission(course, returns="2 * x"):
    """The release version, filled in."""
    nb = nbformat.read(course.notebook("release", "."), as_version=4)
    nb.cells[1].source = f"def double(x):\n    return {returns}"
    return nb


def hand_in(course, student, returns="2 * x"):
    path = course.notebook("submitted", student)
    path.parent.mkdir(parents=True)
    nbformat.write(submission(course, returns), path)


def set_option(course, line):
    """Put a line at the end of a course's settings."""
    with open(course.config_file, "a") as file:
        file.write(f"{line}\n")


def run(module, *arguments, cwd):
    """Run ``python -m MODULE`` in a folder, with this repository's packages."""
    return forked.run(module, *arguments, cwd=cwd, env=os.environ | {"PYTHONPATH": str(DEFAULT_COURSE.parent)})


def scores(course):
    with course.gradebook() as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(course.assignment)}
