"""Grade a class: every submission in ``submitted/``, each on its own, so that one cannot stop the rest."""

import errno
import io
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from diagnosis.trace import TookTooLong, at_most
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from traitlets.log import get_logger

from .course import ASSIGNMENT, HOME, LESSON, Course, CourseError
from .preprocessors import ConfinedExecute
from .sandbox import host
from .sandbox.machine import CannotConfine
from .submission import NotGradable, read_submission

PAGE_SECONDS = 60.0  # for the page of one submission, which takes one or two
# What is not the submission's fault, as the line of nbgrader's log begins that names it: the disk, not who handed in.
DISK_FAULTS = ("sqlalchemy.exc.OperationalError", "sqlite3.OperationalError") + tuple(
    f"OSError: [Errno {code}]" for code in (errno.EDQUOT, errno.EFBIG, errno.ENOSPC, errno.EROFS)
)


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
        If the assignment has not been generated, if submissions cannot be confined here, or if the results cannot be
        written. Whoever was graded before that is graded.
    """
    for path in (course.root, course.root / "gradebook.db"):
        if path.exists() and not os.access(path, os.W_OK):
            raise CourseError(f"you may not write to {path}, so there is no place for the grades")
    course.gradebook().close()
    check_confinement(course)
    return [grade_student(course, student, force) for student in progress(course.students())]


def check_confinement(course: Course) -> None:
    """Refuse to grade where a submission could do what it likes.

    Raises
    ------
    CourseError
        If this machine cannot confine submissions, and nobody has said to run them all the same.
    """
    if ConfinedExecute(config=course.config()).run_strangers_code_unconfined:
        return
    try:
        host.zygote()
    except CannotConfine as error:
        raise CourseError(
            f"grading refused, because submissions cannot be confined here: {error}. If you trust everybody in the "
            "class with your files, set c.ConfinedExecute.run_strangers_code_unconfined = True in "
            f"{HOME / 'nbgrader_config.py'}"
        ) from None


def grade_student(course: Course, student: str, force: bool = False) -> Outcome:
    """Grade one student and write the feedback, where either is missing or out of date."""
    submitted, graded = course.notebook("submitted", student), course.notebook("autograded", student)
    try:
        read_submission(submitted)
        if force or not is_current(graded, submitted, LESSON):
            autograde_student(course, student)
    except NotGradable as error:
        record_ungraded(course, student)
        return Outcome(student, f"not graded: {error.reason}")
    try:
        if force or not is_current(course.folder("feedback", student) / f"{ASSIGNMENT}.html", graded):
            run_whole(course, GenerateFeedback, "feedback", student)
    except NotGradable as error:
        return Outcome(student, f"graded, but without feedback: {error.reason}")
    return Outcome(student)


def is_current(target, *sources) -> bool:
    """Whether a file exists and is no older than what it was made from, as make sees it."""
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def autograde_student(course: Course, student: str) -> None:
    """Run nbgrader's autograde on one submission.

    Raises
    ------
    NotGradable
        If nbgrader could not finish, with its reason.
    """
    run_whole(course, Autograde, "autograded", student)


def run_whole(course: Course, converter: type, step: str, student: str) -> None:
    """Run one of nbgrader's converters on one submission. Its folder appears whole or not at all.

    Raises
    ------
    NotGradable
        If nbgrader could not finish, with its reason.
    """
    partial, done = course.folder(".partial", student), course.folder(step, student)
    shutil.rmtree(partial.parent, ignore_errors=True)
    with nbgrader_log() as log:
        try:
            # the cells of a submission have limits of their own
            with at_most(PAGE_SECONDS, "") if converter is GenerateFeedback else nullcontext():
                course.run(converter, force=True, student_id=student, **{f"{step}_directory": ".partial"})
        except TookTooLong:
            reason = f"its page takes more than {PAGE_SECONDS:g} s to make"
            raise NotGradable(course.notebook("submitted", student), reason) from None
        except NbGraderException as error:
            if last_error(log).startswith(f"{CannotConfine.__module__}.{CannotConfine.__name__}: "):
                raise CourseError(f"grading refused: {last_error(log)}") from error
            if last_error(log).startswith(DISK_FAULTS):
                shutil.rmtree(partial.parent, ignore_errors=True)
                raise CourseError(f"grading stopped at {student}, mend it and run again: {last_error(log)}") from error
            raise NotGradable(course.notebook("submitted", student), last_error(log)) from error
    shutil.rmtree(done, ignore_errors=True)
    done.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, done)
    shutil.rmtree(partial.parent)


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
