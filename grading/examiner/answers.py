"""Numeric answers: what they must be, in which unit, and the slips that lead to other numbers."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

from diagnosis.data import Odd

GiB = 2**30
GB = 10**9
PARAMETERS = 10 * 10**9  # question 1: a model of ten billion float32 parameters
COPY = PARAMETERS * 4  # bytes of one copy of them


@dataclass(frozen=True)
class Answer:
    """A number that a question asks for.

    Attributes
    ----------
    name : str
    value : float
    unit : str
    slips : tuple of (float, str)
        A wrong number, and the hint for whoever arrives at it.
    tolerance : float
        Relative: how far off is still right.
    """

    name: str
    value: float
    unit: str
    slips: tuple[tuple[float, str], ...]
    tolerance: float = 0.005


UNIT = "Your number would be right in GB, of 10^9 bytes. How many bytes has a GiB?"
TOTAL = "Your number counts more than the state. Which of parameters, gradients and state does the question ask for?"
ONE_BUFFER = "Your number is that of one buffer. How many does the optimizer keep for each parameter?"
NO_GRADIENTS = "Something that every training step holds is missing. What does backward() leave behind?"
BYTES = "Your number counts parameters, not bytes. How many bytes has a float32?"

ANSWERS = {
    answer.name: answer
    for answer in (
        Answer(
            "q1.adam_state",
            2 * COPY / GiB,
            "GiB",
            (
                (2 * COPY / GB, UNIT),
                (COPY / GiB, ONE_BUFFER),
                (3 * COPY / GiB, TOTAL),
                (4 * COPY / GiB, TOTAL),
                (2 * PARAMETERS / GiB, BYTES),
            ),
        ),
        Answer(
            "q1.adam_training",
            4 * COPY / GiB,
            "GiB",
            (
                (4 * COPY / GB, UNIT),
                (3 * COPY / GiB, NO_GRADIENTS),
                (4 * PARAMETERS / GiB, BYTES),
            ),
        ),
        Answer(
            "q1.momentum_training",
            3 * COPY / GiB,
            "GiB",
            (
                (3 * COPY / GB, UNIT),
                (2 * COPY / GiB, NO_GRADIENTS),
                (4 * COPY / GiB, "Your number counts two copies for the state. How many does momentum keep?"),
                (3 * PARAMETERS / GiB, BYTES),
            ),
        ),
        Answer(
            "q2.speedup",
            200_000 / (100_000 * 1.2),
            "times",
            (
                (2.0, "Your number compares the steps. What does each of them cost?"),
                (0.6, "Your number is the slower one's advantage. Which run ends first?"),
                (2.4, "Your number multiplies by the cost of a step. Does a dearer step speed Adam up?"),
            ),
        ),
        Answer(
            "q3.first_step_uncorrected",
            0.1 / 0.001**0.5,
            "times",
            (
                (0.1, "Your number leaves v out. What does Adam divide m by?"),
                (100.0, "Your number leaves the root out. Is it v that Adam divides by?"),
                (1 / 0.001**0.5, "Your number leaves m out. How large is m after the first step?"),
                (0.001**0.5 / 0.1, "Your number is the inverse. Which of the two steps is asked for, over which?"),
            ),
        ),
    )
}


def judge_answer(name: str, given: Any) -> str:
    """What is wrong with an answer, and a hint if it comes from a typical slip; empty if it is right."""
    answer = ANSWERS[name]
    if isinstance(given, bool) or not isinstance(given, Real):
        what = given.what if isinstance(given, Odd) else f"a {type(given).__name__}"
        return f"{name}: the answer should be a number ({answer.unit}), not {what}"

    def near(value: float) -> bool:
        return abs(float(given) - value) <= answer.tolerance * abs(value)

    if near(answer.value):
        return ""
    hint = next((hint for value, hint in answer.slips if near(value)), "")
    return f"{name}: that is not the number ({answer.unit})" + (f"\nHint: {hint}" if hint else "")
