"""When an assignment was first generated, kept in the gradebook: nobody can have handed in before."""

from datetime import datetime

from nbgrader.api import Gradebook
from sqlalchemy import Column, DateTime, MetaData, String, Table, inspect, select

# nbgrader keeps no such time, and what it writes when it generates again is as new as that.
FIRST_GENERATED = Table(
    "first_generated",
    MetaData(),
    Column("assignment", String, primary_key=True),
    Column("time", DateTime, nullable=False),
)


def note_generation(gradebook: Gradebook, assignment: str, time: datetime) -> None:
    """Keep the time at which an assignment is generated, in UTC, if it is the first."""
    FIRST_GENERATED.create(gradebook.engine, checkfirst=True)
    if first_generated(gradebook, assignment) is None:
        with gradebook.engine.begin() as connection:
            connection.execute(FIRST_GENERATED.insert().values(assignment=assignment, time=time))


def first_generated(gradebook: Gradebook, assignment: str) -> datetime | None:
    """Return when an assignment was first generated, in UTC; None if that is not known."""
    if not inspect(gradebook.engine).has_table(FIRST_GENERATED.name):
        return None
    with gradebook.engine.connect() as connection:
        return connection.scalar(select(FIRST_GENERATED.c.time).where(FIRST_GENERATED.c.assignment == assignment))
