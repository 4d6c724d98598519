"""Checks of answers that are numbers, with the slips that lead to other numbers."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

from tracing.data import Odd, decode

from ..sandbox.untrusted import Malformed, expect
from .examination import Check, Examination, Judgement
from .explanation import CallExplained, CaseExplained, Compared
from .verdict import FAR, Deviation, Verdict


@dataclass(frozen=True)
class NumericAnswer(Check):
    """A number that a question asks for.

    Attributes
    ----------
    name : str
        Such as ``"q1.adam_state"``; the variable that holds the answer has the same name with underscores.
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

    @property
    def subject(self) -> str:
        return self.name.replace(".", "_")

    label = subject

    @property
    def about(self) -> str:
        return f"a number ({self.unit})"

    @property
    def hints(self) -> tuple[str, ...]:
        return tuple(hint for _, hint in self.slips)

    def examination(self, assignment: str, student: str, key: str = "") -> "AnswerExamination":
        return AnswerExamination(self)

    def verdict(self, given: float | Odd) -> Verdict:
        """Judge a number, or what stands where one should be."""
        if isinstance(given, Odd) or not isfinite(given):
            what = given.what if isinstance(given, Odd) else f"{given}"
            message = f"the answer should be a number ({self.unit}), not {what}"
            return Verdict(self.name, Deviation(FAR, message=message))
        if self.near(given, self.value):
            return Verdict(self.name, Deviation(0.0))
        hint = next((hint for value, hint in self.slips if self.near(given, value)), "")
        return Verdict(self.name, Deviation(FAR, message=f"that is not the number ({self.unit})"), hint=hint)

    def near(self, given: float, value: float) -> bool:
        return abs(given - value) <= self.tolerance * abs(value)


class AnswerExamination(Examination):
    """A question for a number. Everybody gets the same one."""

    tracer = "tracing.answers"
    data = [{}]

    def __init__(self, check: NumericAnswer) -> None:
        self.check = check

    def read(self, number: int, data: Any) -> float | Odd:
        return received_answer(data)

    def judgement(self) -> "AnswerJudgement":
        return AnswerJudgement(self.check)

    def explain(self, number: int, trace: float | Odd) -> CaseExplained:
        check, is_right = self.check, self.check.verdict(trace).passed
        given = trace.what if isinstance(trace, Odd) else trace
        compared = Compared(check.subject, given, check.value, 0.0 if is_right else FAR)
        rule = f"{check.subject} is {check.value:g} ({check.unit}); {check.tolerance:.3g} of it, more or less, is right"
        return CaseExplained((), (CallExplained(check.about, (), (compared,)),), None if is_right else 0, (rule,))


class AnswerJudgement(Judgement):
    """The verdict on a number."""

    def __init__(self, check: NumericAnswer) -> None:
        self.check, self.pending, self.verdict = check, True, Verdict(check.name, Deviation(0.0))

    def take(self, trace: float | Odd) -> None:
        self.verdict, self.pending = self.check.verdict(trace), False


def received_answer(data: Any) -> float | Odd:
    """Read the answer to a question for a number, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If it is neither a number nor said to be something else.
    """
    try:
        answer = decode(data["answer"])
    except (KeyError, RecursionError, TypeError, ValueError, OverflowError) as error:
        raise Malformed("an answer that cannot be read") from error
    expect(type(answer) in (float, Odd), "an answer that cannot be read")
    return answer
