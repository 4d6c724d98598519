"""Show a grader the model answer, and how to mark it, beside an answer that is graded by hand.

They stand in the lesson, between the solution markers of the answer's cell. A submission has the student's words there,
so the formgrader's page takes them from the lesson whenever it is shown (``templates/formgrade/``). No file of a
student's ever holds them.
"""

from jinja2 import pass_context
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from ..course.lesson import Lesson, is_students_own


@pass_context
def marking_scheme(context, cell: NotebookNode) -> str:
    """Return the model answer and the marking scheme of a cell, in Markdown; empty if no person grades it."""
    if not (is_grade(cell) and is_solution(cell)):
        return ""
    return lesson_of(context).marking_schemes.get(cell.metadata.nbgrader.grade_id, "")


@pass_context
def is_own(context, cell: NotebookNode) -> bool:
    """Whether a cell that a grader reads is one that only this student has."""
    return is_students_own(cell, lesson_of(context))


def lesson_of(context) -> Lesson:
    """The lesson of the assignment that a page of the formgrader shows; `FormgraderExporter` has put it there."""
    return context["resources"]["lesson"]
