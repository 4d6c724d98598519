"""What a grader sees beside an answer that is graded by hand: the model answer and how to mark it.

They stand in the lesson, between the solution markers of the answer's cell. A submission has the student's words there,
so the formgrader's page takes them from the lesson whenever it is shown (``templates/formgrade/``). No file of a
student's ever holds them.
"""

import re
from functools import cache

import nbformat
from nbgrader.utils import is_grade, is_solution

from .home import LESSON

SOLUTION = re.compile(r"^### BEGIN SOLUTION\n(.*?)^### END SOLUTION", re.MULTILINE | re.DOTALL)


def marking_scheme(cell: nbformat.NotebookNode) -> str:
    """The model answer and the marking scheme for a submitted cell, in Markdown; empty if no person grades it."""
    if not (is_grade(cell) and is_solution(cell)):
        return ""
    return schemes(LESSON.stat().st_mtime_ns).get(cell.metadata.nbgrader.grade_id, "")


@cache
def schemes(changed: int) -> dict[str, str]:
    """Every scheme in the lesson, by the id of its cell; read anew when the lesson has changed."""
    return {
        cell.metadata.nbgrader.grade_id: "\n".join(SOLUTION.findall(cell.source))
        for cell in nbformat.read(LESSON, as_version=4).cells
        if is_grade(cell) and is_solution(cell)
    }
