"""Judge in the process that runs the code, as an instructor's own kernel or stock nbgrader does."""

import os
from pathlib import Path
from typing import Any

from ..course.paths import has_config
from ..sandbox.limits import Limits
from .exam import Exam, exam_file, examined_assignments, import_exam, load_exam
from .examination import judge_here
from .secret import case_key, read_secret

CASE_KEY = "GRADING_CASE_KEY"  # by this variable a kernel that grades is told what its cases are drawn from


class CheckFailed(AssertionError):
    """A check that did not pass. Its message is written for the student."""


def examine(check: str, subject: Any) -> None:
    """Judge what a student has written, and raise if the check does not pass. The one line of a hidden test.

    Parameters
    ----------
    check : str
        The name of a check of the assignment's exam.
    subject : type, function or number
        The class or function under test, or the answer.

    Raises
    ------
    CheckFailed
        With the check's name, where the behavior left the right one, by how much, and a hint where one fits.
    ValueError
        If there is no such check.
    """
    exam = exam_with(check)
    student, key = student_here(exam.assignment), key_here(exam.assignment)
    verdict = judge_here(exam.checks[check].examination(exam.assignment, student, key), subject)
    if verdict.message:
        raise CheckFailed(verdict.message)


def exam_with(check: str) -> Exam:
    """Return the exam that has a check: that of the assignment that runs here, or else the first one.

    Raises
    ------
    ValueError
        If no exam has it.
    """
    packaged = sorted(examined_assignments(), key=lambda name: name != Path.cwd().name)
    exams = [*filter(None, [exam_of_this_folder()]), *(import_exam(name) for name in packaged)]
    found = next((exam for exam in exams if check in exam.checks), None)
    if found is None:
        names = ", ".join(name for exam in exams for name in exam.checks)
        raise ValueError(f"there is no check called {check!r}; there are: {names}")
    return found


def exam_of_this_folder() -> Exam | None:
    """Load the exam of one file of the assignment whose folder this is, in a course; None if there is none."""
    here = Path.cwd()
    root = next(filter(has_config, here.parents), None)
    if root is None or not exam_file(here.name, root / "exams"):
        return None
    from nbgrader.coursedir import CourseDirectory  # here, because it takes half a second, and as a rule nobody asks

    from .course_exam import exam_source

    return load_exam(exam_source(here.name, root / "exams", root / "source" / here.name, CourseDirectory().ignore))


def student_here(assignment: str) -> str:
    """Return whose notebook runs here: nbgrader runs it in ``autograded/STUDENT/ASSIGNMENT``."""
    here = Path.cwd()
    return here.parent.name if here.name == assignment else "nobody"


def key_here(assignment: str) -> str:
    """Return what the cases of the notebook that runs here are drawn from; empty where that is no submission's.

    Who grades in a kernel tells it. In ``autograded/STUDENT/ASSIGNMENT`` it is that of what stands in ``submitted/``.
    """
    if CASE_KEY in os.environ:
        return os.environ[CASE_KEY]
    here = Path.cwd()
    if here.name != assignment or here.parent.parent.name != "autograded":
        return ""
    root, student = here.parents[2], here.parent.name
    if not (secret := read_secret(root)):
        return ""
    from nbgrader.coursedir import CourseDirectory  # here, because it takes half a second, and as a rule nobody asks

    from ..course.handed_in import SubmittedReader
    from ..course.lesson import lessons_in, notebooks_in

    lessons = lessons_in(root / "source" / assignment, assignment)
    if not (names := lessons or notebooks_in(root / "submitted" / student / assignment)):
        return ""
    reader = SubmittedReader(root / "submitted", assignment, Limits(), CourseDirectory().ignore, lessons)
    return case_key(secret, reader.read(student, *names).submission.digest)
