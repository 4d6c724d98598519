"""Judge in the process that runs the code, as an instructor's own kernel or stock nbgrader does."""

from pathlib import Path
from typing import Any

from .check import judge_here
from .exam import Exam, examined_assignments, load_exam


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
    verdict = judge_here(exam.checks[check].examination(exam.assignment, student_here(exam.assignment)), subject)
    if verdict.message:
        raise CheckFailed(verdict.message)


def exam_with(check: str) -> Exam:
    """Return the exam that has a check: that of the assignment that runs here, or else the first one.

    Raises
    ------
    ValueError
        If no exam has it.
    """
    assignments = sorted(examined_assignments(), key=lambda name: name != Path.cwd().name)
    exams = [load_exam(name) for name in assignments]
    found = next((exam for exam in exams if check in exam.checks), None)
    if found is None:
        names = ", ".join(name for exam in exams for name in exam.checks)
        raise ValueError(f"there is no check called {check!r}; there are: {names}")
    return found


def student_here(assignment: str) -> str:
    """Return whose notebook runs here: nbgrader runs it in ``autograded/STUDENT/ASSIGNMENT``."""
    here = Path.cwd()
    return here.parent.name if here.name == assignment else "nobody"
