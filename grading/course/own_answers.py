"""Find answers that a student has written into a cell of their own, beside the answer cell that is as it was released.

nbgrader gives such an answer no points, by program, and nobody would ever look. It is for a person to say.
"""

import re
from itertools import takewhile

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_grade, is_solution

from .cells import match_cells
from .lesson import Lesson, grade_id, is_students_own

OTHER_ROLE = "of_another_version"  # in the metadata of a cell that has a role in another version of the lesson
# Strangers write what is searched, so each takes a time that is linear.
COMMENT = re.compile(r"^[ \t]*#(?!\|).*\w", re.MULTILINE)
TEXT = re.compile(r"""^[ \t]*(?:\"{3}|'{3})""", re.MULTILINE)  # that stands there as code
WORD = re.compile(r"\w")


def is_unanswered(cell: NotebookNode) -> bool:
    """Whether a solution, of a cell with its role, is as it was released."""
    return cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)


def answered_elsewhere(nb: NotebookNode, lesson: Lesson) -> frozenset[str]:
    """The ids of the answers for a person to grade that are empty and have text of the student's own beside them.

    That is text between the lesson's cell before the answer and the lesson's cell after it.

    Parameters
    ----------
    nb : NotebookNode
        Its cells have been put back, see ``RestoreCells``.
    lesson : Lesson
    """
    empty = {at for at, cell in enumerate(nb.cells) if is_grade(cell) and is_solution(cell) and is_unanswered(cell)}
    if not empty:
        return frozenset()
    places = match_cells(nb, lesson)
    numbers, known = {at: number for number, at in places.items()}, set(places.values())
    found = set()
    for at in empty:
        answer, before = nb.cells[at], numbers.get(at, 0) - 1
        below = own_cells_below(nb, lesson, known, at)
        # where the answer cell was deleted, the instructor's copy may stand further down
        above = own_cells_below(nb, lesson, known, places[before]) if before in places else []
        if any(can_answer(cell, answer) for cell in below) or any(cell.cell_type != "code" for cell in above):
            found.add(grade_id(answer))
    return frozenset(found)


def own_cells_below(nb: NotebookNode, lesson: Lesson, known: set[int], at: int) -> list[NotebookNode]:
    """The student's own cells below a cell, up to the lesson's next one; without those that say nothing."""
    cells = [nb.cells[place] for place in takewhile(lambda place: place not in known, range(at + 1, len(nb.cells)))]
    own = [cell for cell in cells if is_students_own(cell, lesson) and OTHER_ROLE not in cell.metadata]
    return [cell for cell in own if WORD.search(cell.source)]


def can_answer(cell: NotebookNode, answer: NotebookNode) -> bool:
    """Whether a cell can hold the answer: text, code with a comment, or where code is asked for, any code."""
    return cell.cell_type != "code" or answer.cell_type == "code" or has_comment(cell.source)


def has_comment(source: str) -> bool:
    """Whether some code has a line that is a comment, or a text that begins a line, and says something there."""
    if COMMENT.search(source):
        return True
    text = TEXT.search(source)
    return text is not None and WORD.search(source, text.end()) is not None
