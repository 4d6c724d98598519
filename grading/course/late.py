"""Bring the penalties for being late up to date: with the due date, extensions, the policy, and points given since."""

import contextlib
import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection
from traitlets.config import Config

from ..util.errors import CourseError
from .extensions import Extension, extensions_of, wanted_extension
from .grading_record import GradingRecord, read_record
from .stream import submissions_of

# A submission, the extension that is right, and the penalties that are to change.
Renewal = tuple[SubmittedAssignment, timedelta | None, dict[SubmittedNotebook, float | None]]


def late_policy(config: Config) -> BasePlugin:
    """Return what nbgrader's settings say that being late costs.

    Raises
    ------
    CourseError
        If there is no such policy.
    """
    try:
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:  # of a class by the instructor
        raise CourseError(f"the late policy of the settings does not load: {type(error).__name__}: {error}") from None
    return step.plugin_inst


def renewed_penalties(
    gradebook: Gradebook,
    connection: Connection,
    assignment: str,
    policy: BasePlugin,
    students: Collection[str] | None = None,
) -> list[Renewal]:
    """Find whose extension or penalty is not what it should be, and write nothing.

    Parameters
    ----------
    gradebook : Gradebook
    connection : Connection
        To the same.
    assignment : str
    policy : BasePlugin
    students : collection of str or None
        Only these; None for all.

    Returns
    -------
    list of Renewal
    """
    given, found = extensions_of(connection, assignment), []
    for submission in submissions_of(gradebook, assignment, students=students):
        extension, changes = right_penalties(connection, submission, policy, given)
        if changes or extension != submission.extension:
            found.append((submission, extension, changes))
    return found


def right_penalties(
    connection: Connection, submission: SubmittedAssignment, policy: BasePlugin, given: dict[str, Extension]
) -> tuple[timedelta | None, dict[SubmittedNotebook, float | None]]:
    """Return the extension that a submission should have, and the penalties that are not what they should be."""
    extension, changes = wanted_extension(submission, given), {}
    late = seconds_late(submission, extension)
    if not late and not any(notebook.late_submission_penalty for notebook in submission.notebooks):
        return extension, changes
    record = read_record(connection, submission.id)
    for notebook in submission.notebooks:
        right = penalty(policy, submission.student_id, notebook, late) if was_graded(notebook, record) else None
        if right != notebook.late_submission_penalty:
            changes[notebook] = right
    return extension, changes


def seconds_late(submission: SubmittedAssignment, extension: timedelta | None) -> float:
    """Return by how much a submission is late; nbgrader does the same with the extension that it has."""
    due = submission.assignment.duedate
    if due is None or submission.timestamp is None:
        return 0.0
    return max(0.0, (submission.timestamp - due - (extension or timedelta(0))).total_seconds())


def was_graded(notebook: SubmittedNotebook, record: GradingRecord | None) -> bool:
    """Whether a notebook was there to be graded; nothing is taken off one that was not handed in."""
    return record is None or not record.answers or notebook.notebook.name in record.answers


def penalty(policy: BasePlugin, student: str, notebook: SubmittedNotebook, late: float) -> float | None:
    """Return what is to be taken off a notebook: no more than its score, as nbgrader has it; None if nothing is.

    Raises
    ------
    CourseError
        If the policy fails.
    """
    if not late:
        return None
    score = sum(map(score_of, notebook.grades))
    try:
        found = policy.late_submission_penalty(student, score, late)
        return None if found is None else max(0.0, min(float(found), score))
    except Exception as error:  # by the instructor
        name = type(policy).__name__
        raise CourseError(f"the late policy {name} failed at {student}: {type(error).__name__}: {error}") from None


def score_of(grade: Grade) -> float:
    """Return the points of a grade as nbgrader counts them, also before they are written."""
    given = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return 0.0 if given is None else given + (grade.extra_credit or 0.0)


def enter(found: list[Renewal]) -> list[str]:
    """Enter what `renewed_penalties` has found; return whose penalty is another one now."""
    changed = []
    for submission, extension, changes in found:
        submission.extension = extension
        if any((right or 0.0) != (notebook.late_submission_penalty or 0.0) for notebook, right in changes.items()):
            changed.append(submission.student_id)
        for notebook, right in changes.items():
            notebook.late_submission_penalty = right
    return changed


def renew(gradebook: Gradebook, assignment: str, config: Config, root: Path) -> None:
    """Bring the penalties of an assignment up to date, for nbgrader's own commands in the course's folder `root`."""
    found = renewed_penalties(gradebook, gradebook.db.connection(), assignment, late_policy(config))
    outdate_pages(root, assignment, enter(found))
    if found:
        gradebook.db.commit()


def due_text(due: datetime | None) -> str:
    """Write a due date in UTC as a person reads it; empty if there is none."""
    return f"{due:%Y-%m-%d %H:%M:%S} UTC" if due else ""


def outdate_pages(root: Path, assignment: str, students: Collection[str]) -> None:
    """Mark pages of feedback as older than what they are made from, so that the next run of grading makes them anew."""
    for student in students:
        for page in (root / "feedback" / student / assignment).glob("*.html"):
            if page.is_file() and not page.is_symlink():
                with contextlib.suppress(PermissionError):  # another instructor's: `feedback` makes it anew
                    os.utime(page, (0, 0))
