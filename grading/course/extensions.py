"""Later due dates for single students, kept in the gradebook also before they hand in.

nbgrader has a place for an extension in a submission only, and only as a time after the due date.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader.api import Gradebook, SubmittedAssignment
from sqlalchemy import Column, Connection, DateTime, Float, MetaData, String, Table, delete, inspect, select

EXTENSIONS = Table(
    "extension",
    MetaData(),
    Column("assignment", String, primary_key=True),
    Column("student", String, primary_key=True),
    Column("seconds", Float),
    Column("until", DateTime),
)


@dataclass(frozen=True)
class Extension:
    """A later due date: so long after that of the class, or a time in UTC that stays when that one moves."""

    longer: timedelta | None = None
    until: datetime | None = None

    def after(self, due: datetime) -> timedelta:
        """Return how long after the due date of the class this one is."""
        return self.longer if self.longer is not None else max(timedelta(0), self.until - due)


def extensions_of(connection: Connection, assignment: str) -> dict[str, Extension]:
    """Return the extensions that were given for an assignment, by student."""
    if not inspect(connection).has_table(EXTENSIONS.name):
        return {}
    rows = connection.execute(select(EXTENSIONS).where(EXTENSIONS.c.assignment == assignment))
    return {
        row.student: Extension(None if row.seconds is None else timedelta(seconds=row.seconds), row.until)
        for row in rows
    }


def write_extension(connection: Connection, assignment: str, student: str, extension: Extension | None) -> None:
    """Keep an extension in the place of an older one; None takes it back."""
    EXTENSIONS.create(connection, checkfirst=True)
    where = (EXTENSIONS.c.assignment == assignment) & (EXTENSIONS.c.student == student)
    connection.execute(delete(EXTENSIONS).where(where))
    if extension:
        seconds = None if extension.longer is None else extension.longer.total_seconds()
        values = {"assignment": assignment, "student": student, "seconds": seconds, "until": extension.until}
        connection.execute(EXTENSIONS.insert().values(**values))


def wanted_extension(submission: SubmittedAssignment, given: dict[str, Extension]) -> timedelta | None:
    """Return the extension that a submission is to have: that which was given, or the one that nbgrader has.

    Without a due date there is none: nbgrader cannot add to nothing, and fails.
    """
    due, extension = submission.assignment.duedate, given.get(submission.student_id)
    if due is None:
        return None
    return extension.after(due) if extension else submission.extension


def all_extensions(gradebook: Gradebook, connection: Connection, assignment: str) -> dict[str, Extension]:
    """Return the extensions of an assignment by student, those too that nbgrader alone knows of."""
    given = extensions_of(connection, assignment)
    for submission in gradebook.find_assignment(assignment).submissions:
        if submission.extension:
            given.setdefault(submission.student_id, Extension(submission.extension))
    return dict(sorted(given.items()))
