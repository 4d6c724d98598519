"""Go through a large class in the gradebook, a part at a time: what was seen is forgotten."""

from collections.abc import Collection, Iterable, Iterator

from nbgrader.api import Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer

PART = 100  # submissions that are in memory at once


def submissions_of(
    gradebook: Gradebook, assignment: str, grades: bool = False, students: Collection[str] | None = None
) -> Iterator[SubmittedAssignment]:
    """Yield the submissions of an assignment with their notebooks, in the order of the students' ids.

    One that nobody keeps is forgotten when the next part comes. To ask the assignment for all of its submissions keeps
    them all, and asks the gradebook for the notebooks of each.

    Parameters
    ----------
    gradebook : Gradebook
    assignment : str
    grades : bool
        Whether to load the students, the grades and the sums as well, for a part at once and not for each submission.
    students : collection of str or None
        Only these; None for all.
    """
    entry = gradebook.find_assignment(assignment)  # as long as it is held, nobody asks for it again
    found = gradebook.db.query(SubmittedAssignment).filter(SubmittedAssignment.assignment_id == entry.id)
    if students is not None:
        found = found.filter(SubmittedAssignment.student_id.in_(students))
    notebooks = selectinload(SubmittedAssignment.notebooks)
    if grades:
        sums = undefer(SubmittedAssignment.score), undefer(SubmittedAssignment.late_submission_penalty)
        found = found.options(*sums, selectinload(SubmittedAssignment.student))
        notebooks = notebooks.options(selectinload(SubmittedNotebook.grades))
    yield from found.order_by(SubmittedAssignment.student_id).options(notebooks).yield_per(PART)


def with_submissions(
    gradebook: Gradebook, assignment: str, students: Iterable[str]
) -> Iterator[tuple[str, SubmittedAssignment | None]]:
    """Yield students in the order of their ids, each with the submission and its grades, or None if there is none."""
    found = submissions_of(gradebook, assignment, grades=True)
    submission = next(found, None)
    for student in sorted(students):
        while submission is not None and submission.student_id < student:
            submission = next(found, None)
        yield student, submission if submission is not None and submission.student_id == student else None


def graded_students(gradebook: Gradebook, assignment: str) -> list[str]:
    """Return who has a submission in the gradebook, in its order."""
    entry = gradebook.find_assignment(assignment)
    found = select(SubmittedAssignment.student_id).where(SubmittedAssignment.assignment_id == entry.id)
    return list(gradebook.db.scalars(found))
