"""Write graded submissions into the gradebook, by nbgrader's own interface, and read their scores."""

import contextlib
import datetime
from collections.abc import Iterable

from nbformat.v4 import new_notebook
from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Index
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.schema import CreateIndex

from .course import Course
from .lock import course_lock
from .scores import SubmissionScores, gradebook_cells
from .submission import GradingResult

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
        self.late = AssignLatePenalties(config=course.config())
        self.assignment, self.notebook = course.assignment, course.lesson.notebook
        self.cells = gradebook_cells(self.gradebook, self.notebook, self.assignment)
        # In a session on a connection that is in a transaction already, a commit is part of that one.
        self.connection = held.enter_context(self.gradebook.engine.connect())
        self.gradebook.db = scoped_session(sessionmaker(bind=self.connection, class_=BatchSession, autoflush=False))

    def __enter__(self) -> "GradebookWriter":
        return self

    def __exit__(self, *error) -> None:
        with self.held:
            self.gradebook.db.remove()

    def write(self, batch: Iterable[tuple[GradingResult, datetime.datetime | None]]) -> None:
        """Enter scores as nbgrader's autograde does, all or none: what a person has given stays.

        A submission that cannot be graded gets zero points where no person has given any.

        Parameters
        ----------
        batch : iterable of (GradingResult, datetime or None)
            The time is that at which it was handed in, in UTC, if that is known.
        """
        session, batch = self.gradebook.db(), list(batch)
        session.close()
        try:
            with self.connection.begin():
                self.connection.exec_driver_sql("BEGIN IMMEDIATE")  # between reading and writing, nobody else writes
                for index in INDEXES:
                    self.connection.execute(CreateIndex(index, if_not_exists=True))
                for graded, _ in batch:
                    self.gradebook.update_or_create_student(graded.student)
                session.flush()  # who has a submission is looked up there
                late = [graded.student for graded, timestamp in batch if self.enter(graded, timestamp)]
                session.commit_all()
        finally:
            session.close()  # and forget it all: a class may be large
        for student in late:
            context = {"student": student, "assignment": self.assignment, "notebook": self.notebook}
            self.late.preprocess(new_notebook(), {"nbgrader": context | {"db_url": self.course.db_url}})

    def enter(self, graded: GradingResult, timestamp: datetime.datetime | None) -> bool:
        """Enter the scores of one submission; returns whether it was late."""
        given = {"timestamp": timestamp} if timestamp else {}
        submission = self.gradebook.update_or_create_submission(self.assignment, graded.student, **given)
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            grade.auto_score = 0 if graded.problem else graded.scores[self.cells[grade.cell_id].name]
            unclear = grade.manual_score is not None or grade.auto_score is None
            grade.needs_manual_grade = unclear and not graded.problem  # again, if a person has graded it before
        for comment in notebook.comments:
            unanswered = graded.problem or self.cells[comment.cell_id].name in graded.unanswered
            comment.auto_comment = "No response." if unanswered else None
        notebook.late_submission_penalty = None
        return submission.total_seconds_late > 0

    def scores(self, student: str) -> SubmissionScores:
        """Return what the gradebook says of a submission."""
        notebook = self.gradebook.find_submission_notebook(self.notebook, self.assignment, student)
        return SubmissionScores.of(notebook, self.cells)
