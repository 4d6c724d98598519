"""Grade a class: every submission in ``submitted/``, each on its own, so that one cannot stop the rest."""

import io
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from traitlets.log import get_logger

from .course import ASSIGNMENT, LESSON, Course
from .submission import NotGradable, read_submission


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission: ``problem`` is empty if it is graded."""

    student: str
    problem: str = ""


def autograde_class(course: Course, force: bool = False, progress: Callable = iter) -> list[Outcome]:
    """Grade whoever is new or has changed, and write their feedback.

    Parameters
    ----------
    course : Course
    force : bool
        Grade everybody again.
    progress : callable
        Wraps the list of students and yields from it, to show how far the grading is.

    Raises
    ------
    CourseError
        If the assignment has not been generated.
    """
    course.gradebook().close()
    outcomes = []
    for student in progress(course.students()):
        try:
            read_submission(course.notebook("submitted", student))
            if force or not is_graded(course, student):
                autograde_student(course, student)
            if force or not is_current(
                course.folder("feedback", student) / f"{ASSIGNMENT}.html", course.notebook("autograded", student)
            ):
                write_feedback(course, student)
        except NotGradable as error:
            record_ungraded(course, student)
            outcomes.append(Outcome(student, f"not graded: {error.reason}"))
        else:
            outcomes.append(Outcome(student))
    return outcomes


def is_current(target, *sources) -> bool:
    """Whether a file exists and is no older than what it was made from, as make sees it."""
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def is_graded(course: Course, student: str) -> bool:
    return is_current(course.notebook("autograded", student), course.notebook("submitted", student), LESSON)


def autograde_student(course: Course, student: str) -> None:
    """Run nbgrader's autograde on one submission.

    What it writes appears in ``autograded/`` whole or not at all.

    Raises
    ------
    NotGradable
        If nbgrader could not finish, with its reason.
    """
    partial, done = course.folder(".partial", student), course.folder("autograded", student)
    shutil.rmtree(partial, ignore_errors=True)
    with nbgrader_log() as log:
        try:
            course.run(Autograde, force=True, student_id=student, autograded_directory=".partial")
        except NbGraderException as error:
            raise NotGradable(course.notebook("submitted", student), last_error(log)) from error
    shutil.rmtree(done, ignore_errors=True)
    done.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, done)
    partial.parent.rmdir()


def write_feedback(course: Course, student: str) -> None:
    """Make the page that tells one student how it went.

    Raises
    ------
    NotGradable
        If nbgrader could not make it, with its reason.
    """
    with nbgrader_log() as log:
        try:
            course.run(GenerateFeedback, force=True, student_id=student)
        except NbGraderException as error:
            raise NotGradable(course.notebook("autograded", student), f"no feedback: {last_error(log)}") from error


def record_ungraded(course: Course, student: str) -> None:
    """Enter a submission that cannot be graded with a score of zero, and take back what an earlier one left."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(ASSIGNMENT, student)
        for grade in gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades:
            grade.auto_score = 0
            grade.needs_manual_grade = False
        gradebook.db.commit()
    for step in ("autograded", "feedback"):
        shutil.rmtree(course.folder(step, student), ignore_errors=True)


@contextmanager
def nbgrader_log() -> Iterator[io.StringIO]:
    """Collect what nbgrader says instead of printing it."""
    logger, text = get_logger(), io.StringIO()
    handler, printed, propagated = logging.StreamHandler(text), logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield text
    finally:
        logger.handlers, logger.propagate = printed, propagated


def last_error(log: io.StringIO) -> str:
    """The line of nbgrader's log that names the error: the last one of the traceback it printed."""
    lines = [line for line in log.getvalue().splitlines() if line.strip()]
    ends = [line for before, line in zip(lines, lines[1:], strict=False) if before.startswith(" ") and line[0] != " "]
    return (ends or lines or ["nbgrader gave no reason"])[-1]
