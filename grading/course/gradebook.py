"""Write graded submissions into the gradebook, by nbgrader's own interface, and read their scores."""

import contextlib
import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from nbgrader import api
from sqlalchemy import Index
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.schema import CreateIndex

from . import hand_grades, late
from .assignment import require_generated
from .course import Course
from .former_cells import former_cells
from .grading_record import GradingRecord, create_tables, read_records, write_records
from .lock import course_lock
from .scores import GradebookCell, SubmissionScores, gradebook_cells
from .submission import GradedNotebook, GradingResult

# nbgrader asks for the points of every submission, and without these SQLite looks through all grades of the class for
# each: to write the grades of a thousand students down as CSV took 12 s.
INDEXES = [
    Index(f"ix_{column.table.name}_{column.name}", column)
    for column in (
        api.Grade.__table__.c.notebook_id,
        api.Comment.__table__.c.notebook_id,
        api.SubmittedNotebook.__table__.c.assignment_id,
        api.SubmittedAssignment.__table__.c.student_id,
    )
]


class BatchSession(Session):
    """A session that commits only when told to: nbgrader commits after each of its calls, which is slow."""

    def commit(self) -> None:
        pass

    def commit_all(self) -> None:
        super().commit()


class GradebookWriter:
    """The gradebook of a course, held open. Only one process may hold it, the coordinator: it locks the course.

    Parameters
    ----------
    course : Course

    Raises
    ------
    CourseError
        If the assignment has not been generated, or if another process writes in the course.
    """

    def __init__(self, course: Course) -> None:
        with contextlib.ExitStack() as held:
            held.enter_context(course_lock(course.root))
            self.open(course, held)
            self.held = held.pop_all()  # until it is closed

    def open(self, course: Course, held: contextlib.ExitStack) -> None:
        self.course, self.gradebook = course, held.enter_context(course.gradebook())
        self.policy = late.late_policy(course.config())
        require_generated(self.gradebook, course)
        self.assignment, self.cells = course.assignment, gradebook_cells(self.gradebook, course.assignment)
        entries = self.gradebook.find_assignment(self.assignment).notebooks
        self.names = {entry.id: entry.name for entry in entries}  # of its notebooks
        self.former = {entry.id: former_cells(self.gradebook, entry.id) for entry in entries}
        # In a session on a connection that is in a transaction already, a commit is part of that one.
        self.connection = held.enter_context(self.gradebook.engine.connect())
        self.gradebook.db = scoped_session(sessionmaker(bind=self.connection, class_=BatchSession, autoflush=False))

    def __enter__(self) -> "GradebookWriter":
        return self

    def __exit__(self, *error) -> None:
        with self.held:
            self.gradebook.db.remove()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give the session in which all is written, or nothing."""
        session = self.gradebook.db()
        session.close()
        self.connection.rollback()  # of what was read before
        try:
            with self.connection.begin():
                self.connection.exec_driver_sql("BEGIN IMMEDIATE")  # between reading and writing, nobody else writes
                create_tables(self.connection)
                yield session
                session.commit_all()
        finally:
            session.close()  # and forget it all: a class may be large

    def write(self, batch: Iterable[tuple[GradingResult, datetime.datetime | None]]) -> None:
        """Enter scores as nbgrader's autograde does, all or none: what a person has given stays.

        A notebook that is missing or cannot be graded gets zero points where no person has given any, unless its older
        grade is to stay.

        Parameters
        ----------
        batch : iterable of (GradingResult, datetime or None)
            The time is that at which it was handed in, in UTC, if that is known.
        """
        batch = list(batch)
        with self.transaction() as session:
            for index in INDEXES:
                self.connection.execute(CreateIndex(index, if_not_exists=True))
            for graded, _ in batch:
                self.gradebook.update_or_create_student(graded.student)
            session.flush()  # who has a submission is looked up there
            entries = [(self.entry(graded.student, timestamp), graded) for graded, timestamp in batch]
            before = read_records(self.connection, [entry.id for entry, _ in entries if entry.id])
            records = [(entry, self.enter(graded, entry, before.get(entry.id))) for entry, graded in entries]
            session.flush()  # a new entry has no id yet
            write_records(self.connection, {entry.id: record for entry, record in records})
            self.enter_penalties(session, {graded.student for graded, _ in batch})

    def entry(self, student: str, timestamp: datetime.datetime | None) -> api.SubmittedAssignment:
        """Find or make a student's entry, and note the time of the submission."""
        given = {"timestamp": timestamp} if timestamp else {}
        return self.gradebook.update_or_create_submission(self.assignment, student, **given)

    def enter(
        self, graded: GradingResult, submission: api.SubmittedAssignment, before: GradingRecord | None
    ) -> GradingRecord | None:
        """Enter the scores of one submission, and return the record of what they were made from."""
        answers = {}
        for notebook in submission.notebooks:
            about = notebook.notebook_id or notebook.notebook.id  # a new one has none yet, and an old one asks for it
            name = self.names[about]
            if name in graded.kept:
                answers |= {name: before.answers[name]} if before and name in before.answers else {}
                continue
            found = graded.notebooks.get(name)
            if found:
                answers[name] = found.answers
            there = self.course.notebook("autograded", graded.student, name)
            former = self.former[about]
            settled = hand_grades.HandGrades(self.connection, notebook, before, name, there, former)
            grades = [(self.cells[grade.cell_id], grade) for grade in notebook.grades]
            for cell, grade in grades:
                enter_grade(grade, cell, found)
            settled.enter({cell.name: grade for cell, grade in grades}, found and found.answers)
            for comment in notebook.comments:
                cell = self.cells[comment.cell_id]
                unanswered = cell.name in found.unanswered if found else graded.problem and not cell.is_task
                comment.auto_comment = "No response." if unanswered else None
        record = graded.record and replace(graded.record, answers=answers)
        return None if graded.problem else record

    def renew_penalties(self, students: Collection[str] | None = None) -> list[str]:
        """Bring penalties and extensions up to date, and return whose penalty has changed; None for everybody."""
        found = late.renewed_penalties(self.gradebook, self.connection, self.assignment, self.policy, students)
        if not found:
            return []
        with self.transaction() as session:
            return self.enter_penalties(session, students)

    def enter_penalties(self, session: Session, students: Collection[str] | None) -> list[str]:
        session.flush()
        found = late.renewed_penalties(self.gradebook, self.connection, self.assignment, self.policy, students)
        changed = late.enter(found)
        late.outdate_pages(self.course.root, self.assignment, changed)  # first: a run that is stopped makes them again
        return changed

    def scores(self, student: str, name: str) -> SubmissionScores:
        """Return what the gradebook says of a submitted notebook."""
        notebook = self.gradebook.find_submission_notebook(name, self.assignment, student)
        return SubmissionScores.of(notebook, self.cells, hand_grades.commented_earlier(self.connection, notebook))


def renew_penalties(course: Course) -> list[str]:
    """Bring the penalties for being late up to date, and return whose have changed; nobody writes if none has.

    Raises
    ------
    CourseError
        If another process writes in the course, or as `Course.gradebook` does.
    """
    with course.gradebook() as gradebook:
        policy, connection = late.late_policy(course.config()), gradebook.db.connection()
        if not late.renewed_penalties(gradebook, connection, course.assignment, policy):
            return []
    with GradebookWriter(course) as records:
        return records.renew_penalties()


def enter_grade(grade: api.Grade, cell: GradebookCell, graded: GradedNotebook | None) -> None:
    """Enter the score of one cell; `graded` is None where its notebook is missing or cannot be graded."""
    if graded is None:
        grade.auto_score, grade.needs_manual_grade = 0, False
    elif cell.is_task:  # no program says anything of it, now or before
        grade.auto_score = None
        grade.needs_manual_grade = grade.manual_score is None or grade.needs_manual_grade
    else:
        grade.auto_score = graded.scores[cell.name]
        # again, if a person has graded it before; unless it is still the same answer
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
