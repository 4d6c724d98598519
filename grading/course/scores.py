"""The scores and comments of a submitted notebook, as data that can travel to another machine."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from nbgrader.api import Grade, Gradebook, GradeCell, SolutionCell, SubmittedNotebook, TaskCell

from .late import seconds_late
from .role_cells import role_cells
from .voided import Voided, voided_cells

ON_EARLIER = "On an earlier version of this answer: "


@dataclass(frozen=True)
class GradebookCell:
    """A cell with a role in grading, as the gradebook knows it.

    Attributes
    ----------
    notebook, name : str
        Names of cells are unique in their notebook only.
    max_score : float
        Zero if it is only a solution.
    is_task : bool
        Whether it is a task of nbgrader's: its points are given by a person, wherever the work for it stands.
    voided : Voided or None
        Whether and how the question is voided.
    """

    notebook: str
    name: str
    max_score: float
    is_task: bool
    voided: Voided | None = None

    @cached_property
    def key(self) -> tuple[str, str]:
        """The notebook and the name; the same object for every submission."""
        return self.notebook, self.name


def gradebook_cells(gradebook: Gradebook, assignment: str) -> dict[str, GradebookCell]:
    """Return the cells of an assignment by their ids in the gradebook.

    Asked grade by grade, each would be a query of its own.
    """
    voided = voided_cells(gradebook)
    return {
        cell.id: GradebookCell(
            entry.name,
            cell.name,
            getattr(cell, "max_score", None) or 0.0,
            cell.type == "TaskCell",
            voided.get(cell.id),
        )
        for entry in gradebook.find_assignment(assignment).notebooks
        for cells in [role_cells(gradebook, entry)]
        for kind in (SolutionCell, GradeCell, TaskCell)
        for cell in cells
        if isinstance(cell, kind)
    }


@dataclass(frozen=True)
class CellScore:
    """The points of a cell, whether a person is to look at it, whether and how it is voided, and extra points.

    The extra points are in the score: extra credit, and what a person has given above the maximum.
    """

    score: float
    max_score: float
    needs_manual_grade: bool
    voided: Voided | None = None
    extra: float = 0.0


@dataclass(frozen=True)
class CellComment:
    """The comment on a cell: all of it, the part that a person wrote, and whether that is on an earlier answer."""

    comment: str | None
    manual_comment: str | None
    on_earlier: bool = False

    def __str__(self) -> str:
        return f"{ON_EARLIER}{self.comment}" if self.on_earlier else self.comment or ""


@dataclass(frozen=True)
class SubmissionScores:
    """What the gradebook says of a submitted notebook.

    Attributes
    ----------
    grades : dict of str to CellScore
        By the names of the graded cells.
    comments : dict of str to CellComment
        By the names of the solution cells.
    score, max_score, late_penalty : float
        In all; the penalty is not yet taken off.
    student_name : str
        First and last name, as far as the gradebook has them.
    handed_in, due : datetime or None
        In UTC, if they are known; the due date is that of the student.
    has_extension : bool
        Whether the due date is the student's own.
    seconds_late : float
    """

    grades: dict[str, CellScore]
    comments: dict[str, CellComment]
    score: float
    max_score: float
    late_penalty: float
    student_name: str = ""
    handed_in: datetime | None = None
    due: datetime | None = None
    has_extension: bool = False
    seconds_late: float = 0.0

    @classmethod
    def of(
        cls, submitted: SubmittedNotebook, cells: dict[str, GradebookCell], earlier: Collection[str] = ()
    ) -> "SubmissionScores":
        """Read the scores of a submitted notebook.

        Parameters
        ----------
        submitted : SubmittedNotebook
        cells : dict of str to GradebookCell
            What `gradebook_cells` gives.
        earlier : collection of str
            The names of the cells whose comment is on an earlier answer.
        """
        known = [(cells[grade.cell_id], grade) for grade in submitted.grades]
        submission, due = submitted.assignment, submitted.assignment.assignment.duedate
        extension = submission.extension or timedelta(0)
        names = (submission.student.first_name, submission.student.last_name)
        return cls(
            {
                cell.name: CellScore(
                    grade.score, cell.max_score, grade.needs_manual_grade, cell.voided, extra_points(grade, cell)
                )
                for cell, grade in known
            },
            {
                (name := cells[c.cell_id].name): CellComment(
                    c.comment, c.manual_comment, bool(c.manual_comment) and name in earlier
                )
                for c in submitted.comments
            },
            submitted.score,
            submitted.max_score,
            submitted.late_submission_penalty or 0.0,
            " ".join(name.strip() for name in names if name and name.strip()),
            submission.timestamp,
            due and due + extension,
            bool(due and extension),
            seconds_late(submission, extension),
        )


def extra_points(grade: Grade, cell: GradebookCell) -> float:
    """Return the points of a grade that were given on top of those of the cell."""
    given = grade.manual_score if grade.manual_score is not None else grade.auto_score
    if cell.voided or given is None:
        return 0.0
    return (grade.extra_credit or 0.0) + max(0.0, given - cell.max_score)
