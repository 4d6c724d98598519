"""What stands in the gradebook about a submission, as data that can travel to whoever makes its page."""

from dataclasses import dataclass

from nbgrader.api import SubmittedNotebook


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
    def of(cls, submitted: SubmittedNotebook, names: dict[str, str] | None = None) -> "Marks":
        """What the gradebook says of a submitted notebook; `names` of cells by their ids, if they are known already."""

        def name(entry):
            return names[entry.cell_id] if names else entry.name

        return cls(
            {name(g): Mark(g.score, g.max_score, g.needs_manual_grade) for g in submitted.grades},
            {name(c): Remark(c.comment, c.manual_comment) for c in submitted.comments},
            submitted.score,
            submitted.max_score,
            submitted.late_submission_penalty or 0.0,
        )
