"""What stands in the gradebook about a submission, as data that can travel to whoever makes its page."""

from dataclasses import dataclass

from nbgrader.api import Gradebook, SubmittedNotebook

from .home import ASSIGNMENT


@dataclass(frozen=True)
class KnownCell:
    """A cell with a role in grading, as the gradebook knows it; without points if it is only a solution."""

    name: str
    max_score: float


def known_cells(gradebook: Gradebook) -> dict[str, KnownCell]:
    """The assignment's cells by their ids in the gradebook. Asked grade by grade, each would be a query of its own."""
    entry = gradebook.find_notebook(ASSIGNMENT, ASSIGNMENT)
    cells = [*entry.solution_cells, *entry.grade_cells, *entry.task_cells]
    return {cell.id: KnownCell(cell.name, getattr(cell, "max_score", None) or 0.0) for cell in cells}


@dataclass(frozen=True)
class Mark:
    """The points of a cell, and whether a person is to look at it."""

    score: float
    max_score: float
    needs_manual_grade: bool


@dataclass(frozen=True)
class Remark:
    """What is said about a cell: all of it, and what of that a person has written."""

    comment: str | None
    manual_comment: str | None


@dataclass(frozen=True)
class Marks:
    """All of it.

    Attributes
    ----------
    grades : dict of str to Mark
        By the names of the graded cells.
    comments : dict of str to Remark
        By the names of the solution cells.
    score, max_score, late_penalty : float
        In all; the penalty is not yet taken off.
    """

    grades: dict[str, Mark]
    comments: dict[str, Remark]
    score: float
    max_score: float
    late_penalty: float

    @classmethod
    def of(cls, submitted: SubmittedNotebook, cells: dict[str, KnownCell]) -> "Marks":
        """What the gradebook says of a submitted notebook; `cells` are those that `known_cells` gives."""
        known = [(cells[grade.cell_id], grade) for grade in submitted.grades]
        return cls(
            {cell.name: Mark(grade.score, cell.max_score, grade.needs_manual_grade) for cell, grade in known},
            {cells[c.cell_id].name: Remark(c.comment, c.manual_comment) for c in submitted.comments},
            submitted.score,
            submitted.max_score,
            submitted.late_submission_penalty or 0.0,
        )
