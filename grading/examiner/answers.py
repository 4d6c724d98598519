"""Numeric answers: what they must be, in which unit, and the slips that lead to other numbers."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

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
    slips : dict of str to float
        A wrong number by the hint for whoever arrives at it.
    tolerance : float
        Relative: how far off is still right.
    """

    name: str
    value: float
    unit: str
    slips: dict[str, float]
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
            {
                UNIT: 2 * COPY / GB,
                ONE_BUFFER: COPY / GiB,
                TOTAL: 3 * COPY / GiB,
                TOTAL + " ": 4 * COPY / GiB,
                BYTES: 2 * PARAMETERS / GiB,
            },
        ),
        Answer(
            "q1.adam_training",
            4 * COPY / GiB,
            "GiB",
            {
                UNIT: 4 * COPY / GB,
                NO_GRADIENTS: 3 * COPY / GiB,
                BYTES: 4 * PARAMETERS / GiB,
            },
        ),
        Answer(
            "q1.momentum_training",
            3 * COPY / GiB,
            "GiB",
            {
                UNIT: 3 * COPY / GB,
                NO_GRADIENTS: 2 * COPY / GiB,
                "Your number counts two copies for the state. How many does momentum keep?": 4 * COPY / GiB,
                BYTES: 3 * PARAMETERS / GiB,
            },
        ),
        Answer(
            "q2.speedup",
            200_000 / (100_000 * 1.2),
            "times",
            {
                "Your number compares the steps. What does each of them cost?": 2.0,
                "Your number is the slower one's advantage. Which run ends first?": 0.6,
                "Your number multiplies by the cost of a step. Does a dearer step speed Adam up?": 2.4,
            },
        ),
        Answer(
            "q3.first_step_uncorrected",
            0.1 / 0.001**0.5,
            "times",
            {
                "Your number leaves v out. What does Adam divide m by?": 0.1,
                "Your number leaves the root out. Is it v that Adam divides by?": 100.0,
                "Your number leaves m out. How large is m after the first step?": 1 / 0.001**0.5,
                "Your number is the inverse: corrected over uncorrected. Which of the two is asked for?": 0.001**0.5
                / 0.1,
            },
        ),
    )
}


def judge_answer(name: str, given: Any) -> str:
    """What is wrong with an answer, and a hint if it comes from a typical slip; empty if it is right."""
    answer = ANSWERS[name]
    if isinstance(given, bool) or not isinstance(given, Real):
        return f"{name}: the answer should be a number ({answer.unit}), not {type(given).__name__}"

    def near(value: float) -> bool:
        return abs(float(given) - value) <= answer.tolerance * abs(value)

    if near(answer.value):
        return ""
    hint = next((hint for hint, value in answer.slips.items() if near(value)), "")
    return f"{name}: that is not the number ({answer.unit})" + (f"\nHint: {hint.strip()}" if hint else "")
