"""What each grade was made from, kept in the gradebook beside the grade: with the one goes the other.

The tables are our own. nbgrader's are left as they are, and it does not look at these.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from sys import intern

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from sqlalchemy import Column, Connection, Float, MetaData, String, Table, Text, delete, inspect, select

from .answers import Answer

RECORDS = Table(
    "grading_record",
    MetaData(),
    Column("submission", String(32), primary_key=True),  # the id of nbgrader's SubmittedAssignment
    Column("digest", String, nullable=False),
    Column("changed", Float),
    Column("version", String, nullable=False),
    Column("exam", String, nullable=False),
    Column("answers", Text, nullable=False),
)
EARLIER = Table(
    "earlier_answer",
    MetaData(),
    Column("grade", String(32), primary_key=True),  # the id of nbgrader's Grade, or Comment where there are no points
    Column("digest", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("comment", Text),
)


@dataclass(frozen=True)
class GradingRecord:
    """What a submission's grades were made from.

    Attributes
    ----------
    digest : str
        That of the submission.
    changed : float or None
        When anything of it was last written or put there, as it was read; None if that is not known.
    version, exam : str
        Digests of the assignment, and of what judges it; no version if that is not known.
    answers : dict of str to (dict of str to Answer)
        What was graded, by notebook and cell. The notebooks that had no grade are not in it.
    """

    digest: str
    changed: float | None
    version: str
    exam: str
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)

    @property
    def judged_by(self) -> str:
        """A digest of the version and the exam, as the autograded notebooks have it."""
        return hashlib.sha256(f"{self.version}\n{self.exam}".encode()).hexdigest()


@dataclass(frozen=True)
class EarlierAnswer:
    """An answer that a person has graded, and in whose place another one has come since.

    Attributes
    ----------
    digest, text : str
        As an Answer has them.
    score : float
        The points that it was given.
    comment : str or None
        What was said of it.
    """

    digest: str
    text: str
    score: float
    comment: str | None


def create_tables(connection: Connection) -> None:
    """Make sure that a gradebook has the tables of this module."""
    for table in (RECORDS, EARLIER):
        table.create(connection, checkfirst=True)


def write_record(connection: Connection, submission: str, record: GradingRecord | None) -> None:
    """Keep what the grades of a submission were made from; None if that is not known."""
    write_records(connection, {submission: record})


def write_records(connection: Connection, records: Mapping[str, GradingRecord | None]) -> None:
    """Keep what the grades of several submissions were made from, by their ids; None where that is not known."""
    for part in batches(list(records)):
        connection.execute(delete(RECORDS).where(RECORDS.c.submission.in_(part)))
    rows = [row_of(submission, record) for submission, record in records.items() if record]
    if rows:
        connection.execute(RECORDS.insert(), rows)


def row_of(submission: str, record: GradingRecord) -> dict:
    answers = {notebook: {name: vars(answer) for name, answer in of.items()} for notebook, of in record.answers.items()}
    return vars(record) | {"submission": submission, "answers": json.dumps(answers, sort_keys=True)}


def read_record(connection: Connection, submission: str | None) -> GradingRecord | None:
    """Return what the grades of a submission were made from; None if that is not known."""
    if submission is None or not inspect(connection).has_table(RECORDS.name):
        return None
    row = connection.execute(select(RECORDS).where(RECORDS.c.submission == submission)).first()
    return as_record(row._mapping) if row else None


def read_records(connection: Connection, submissions: Iterable[str]) -> dict[str, GradingRecord | None]:
    """Return what the grades of several submissions were made from, by their ids, where the tables are there."""
    return {
        row.submission: as_record(row._mapping)
        for part in batches(list(submissions))
        for row in connection.execute(select(RECORDS).where(RECORDS.c.submission.in_(part)))
    }


def records_of(gradebook: Gradebook, assignment: str) -> dict[str, GradingRecord | None]:
    """Return the students whose submission a gradebook knows, each with what the grades were made from, if known.

    Of what was graded, the records say only in which notebooks it was: of a large class, the rest is most.
    """
    session = gradebook.db
    submissions = session.query(SubmittedAssignment.student_id, SubmittedAssignment.id).join(
        Assignment, Assignment.id == SubmittedAssignment.assignment_id
    )
    ids = dict(map(tuple, submissions.filter(Assignment.name == assignment)))
    with gradebook.engine.connect() as connection:
        known = {}
        if inspect(connection).has_table(RECORDS.name):
            for row in connection.execution_options(yield_per=100).execute(select(RECORDS)):
                record = as_record(row._mapping)
                answers = dict.fromkeys(record.answers, {}) if record else {}
                known[row.submission] = record and replace(
                    record, version=intern(record.version), exam=intern(record.exam), answers=answers
                )
    return {student: known.get(submission) for student, submission in ids.items()}


def as_record(row) -> GradingRecord | None:
    """Make a record of a row; None if nobody of ours has written it."""
    try:
        answers = {
            notebook: {cell: Answer(**answer) for cell, answer in cells.items()}
            for notebook, cells in json.loads(row["answers"]).items()
        }
    except (ValueError, TypeError, AttributeError):
        return None
    return GradingRecord(row["digest"], row["changed"], row["version"], row["exam"], answers)


def write_earlier(connection: Connection, grade: str, earlier: EarlierAnswer | None) -> None:
    """Keep the answer that a grade was given for; None if it is for the one that is there."""
    connection.execute(delete(EARLIER).where(EARLIER.c.grade == grade))
    if earlier:
        connection.execute(EARLIER.insert().values(grade=grade, **asdict(earlier)))


def earlier_answers(connection: Connection, grades: list[str]) -> dict[str, EarlierAnswer]:
    """Return the earlier answers that grades were given for, by the ids of the grades."""
    if not grades or not inspect(connection).has_table(EARLIER.name):
        return {}
    return {
        row.grade: EarlierAnswer(row.digest, row.text, row.score, row.comment)
        for part in batches(grades)
        for row in connection.execute(select(EARLIER).where(EARLIER.c.grade.in_(part)))
    }


def batches(values: list[str], size: int = 500) -> Iterator[list[str]]:
    """Yield parts of a list that one query can take."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
