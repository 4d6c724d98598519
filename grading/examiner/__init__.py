"""The examiner: asks a class to do things, and says whether it did what it must, and if not, which mistake it makes.

``case`` and ``trace`` are in the package ``diagnosis``, which students get too. Here is what they do not get: the
``oracle``, the ``checks`` with their cases, the ``mutants``, and the ``verdict``.
"""

from pathlib import Path
from typing import Any

from diagnosis.trace import answer

from .answers import ANSWERS, judge_answer
from .checks import CHECKS
from .judge import Examination, Judgement, examination, judge_class

__all__ = ["ANSWERS", "CHECKS", "CheckFailed", "Examination", "Judgement", "examination", "examine", "judge_answer"]

ASSIGNMENT = "07_optimizers"


class CheckFailed(AssertionError):
    """A check that did not pass. Its message is written for the student."""


def examine(check: str, subject: Any) -> None:
    """The one line of a hidden test: judge `subject`, and raise if the check does not pass.

    Parameters
    ----------
    check : str
        The name of a check, such as ``"adam.bias_correction"``, or of a numeric answer, such as ``"q1.adam_state"``.
    subject : type or number
        The class under test, or the answer.

    Raises
    ------
    CheckFailed
        With the check's name, where the behavior left the right one, by how much, and a hint where one fits.
    ValueError
        If there is no such check.
    """
    if check in ANSWERS:
        message = judge_answer(check, answer(subject))
    elif check in CHECKS:
        message = judge_class(check, subject, ASSIGNMENT, student_here()).message
    else:
        raise ValueError(f"there is no check called {check!r}; there are: {', '.join([*CHECKS, *ANSWERS])}")
    if message:
        raise CheckFailed(message)


def student_here() -> str:
    """Whose notebook runs here: nbgrader runs it in ``autograded/STUDENT/ASSIGNMENT``."""
    here = Path.cwd()
    return here.parent.name if here.name == ASSIGNMENT else "nobody"
