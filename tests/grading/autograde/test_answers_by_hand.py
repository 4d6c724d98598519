"""Answers that a person grades, as tools and students leave them: with pictures, or in a cell of their own."""

import json

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.converters import Autograde

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.sample import generate
from grading.nbgrader_plugins.isolated_exporter import FormgraderExporter
from tests.course07 import ASSIGNMENT, cell_of, fill_in

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WORK = "My derivation:\n\n![work.png](attachment:work.png)"
TEXT = "Momentum keeps one velocity for each parameter."


def picture(nb, released):
    answer = cell_of(nb, "q1-answer")
    odd = {"image/png": PNG, "text/html": "<script>owned()</script>", "application/pdf": PNG}
    answer.update(source=WORK, attachments={"work.png": odd, "notes.html": {"text/html": "<b>"}})


def lost_picture(nb, released):
    cell_of(nb, "q1-answer").source = WORK


def lost_picture_in_an_own_cell(nb, released):
    nb.cells.insert(nb.cells.index(cell_of(nb, "q1-answer")) + 1, new_markdown_cell(WORK, id="own"))


def empty(nb, released):
    cell_of(nb, "q1-answer").source = cell_of(released, "q1-answer").source


def own_cell(nb, released):
    empty(nb, released)
    nb.cells.insert(nb.cells.index(cell_of(nb, "q1-answer")) + 1, new_markdown_cell(TEXT, id="own"))


STUDENTS = {change.__name__: change for change in (picture, lost_picture, lost_picture_in_an_own_cell, empty, own_cell)}


@pytest.fixture(scope="module", params=["grading", "nbgrader"])
def course(request, tmp_path_factory):
    """A class, graded by us or by nbgrader's own command."""
    course = Course(tmp_path_factory.mktemp(request.param), ASSIGNMENT)
    generate(course)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for student, change in STUDENTS.items():
        nb = fill_in(released)
        change(nb, released)
        course.notebook("submitted", student).parent.mkdir(parents=True)
        nbformat.write(nb, course.notebook("submitted", student))
    if request.param == "nbgrader":
        course.run(Autograde)
    else:
        assert [outcome.problem for outcome in autograde_class(course)] == [""] * len(STUDENTS)
        for student in STUDENTS:
            assert (course.folder("feedback", student) / f"{ASSIGNMENT}.html").exists()
    return course


def graded(course, student):
    """The score, whether the first answer waits for a person, and what is remarked on it."""
    with course.gradebook() as gradebook:
        where = ASSIGNMENT, ASSIGNMENT, student
        grade, comment = gradebook.find_grade("q1-answer", *where), gradebook.find_comment("q1-answer", *where)
        submission = gradebook.find_submission(ASSIGNMENT, student)
        return submission.score, grade.needs_manual_grade, grade.auto_score, comment.comment


@pytest.mark.parametrize("student", STUDENTS)
def test_an_answer_waits_for_a_person_unless_there_is_none(course, student):
    expected = (90.0, False, 0.0, "No response.") if student == "empty" else (90.0, True, None, None)
    assert graded(course, student) == expected


def test_a_pasted_picture_is_kept_and_nothing_else_that_is_attached(course):
    nb = nbformat.read(course.notebook("autograded", "picture"), as_version=4)
    assert cell_of(nb, "q1-answer").attachments == {"work.png": {"image/png": PNG}}
    nbformat.validate(nb)


@pytest.mark.parametrize(
    ("student", "shown"),
    [
        ("picture", f"data:image/png;base64,{PNG[:12]}"),
        ("lost_picture", "[picture: work.png]"),
        ("lost_picture_in_an_own_cell", "[picture: work.png]"),
        ("own_cell", TEXT),
    ],
)
def test_pages_show_the_picture_or_its_name(course, student, shown):
    names = dict.fromkeys(("last_name", "first_name"), "") | {"student": student, "notebook_path": "p"}
    about = {"assignment_id": ASSIGNMENT, "notebook_id": ASSIGNMENT, "submission_id": "s", "index": 0, "total": 1}
    config = course.config()
    config.HTMLExporter.template_name = "formgrade"
    nb = nbformat.reads(json.dumps(json.loads(course.notebook("autograded", student).read_text())), as_version=4)
    formgrader, _ = FormgraderExporter(config=config).from_notebook_node(nb, resources=about | names | {"base_url": ""})
    pages = [formgrader, *(page.read_text() for page in course.folder("feedback", student).glob("*.html"))]
    for page in pages:
        assert shown in page and "owned()" not in page
