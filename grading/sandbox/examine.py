"""What ``from grading.examiner import examine`` finds in a child: it makes traces, and is told no verdict."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

# What the cell that runs now is to be asked, by the names of the checks: the tracer and the cases. It comes with the
# cell: to wait for a message costs more than to run a case.
questions: dict[str, dict] = {}
# What was examined, by the names of the checks.
subjects: dict[str, Any] = {}


class CheckFailed(AssertionError):
    """What was asked cannot be answered. It says nothing about what was answered."""


def tell(message: dict) -> None:
    """Send a message to the side that judges, which does not reply; a child puts its own way of telling here."""
    raise RuntimeError("this process is connected to nobody who judges")


def shown() -> int:
    """Return how many outputs the cell has so far; a child puts its own way of counting here."""
    return 0


def examine(check: str, subject: Any) -> None:
    """Have `subject` judged. Nothing comes back: not before all cells have run is anything judged.

    Parameters
    ----------
    check : str
        The name of a check or of a numeric answer.
    subject : type or number

    Raises
    ------
    CheckFailed
        If nobody asks that here; or if a case did not end in time, so that the rest of the cell would not either.
    """
    __tracebackhide__ = True
    if check not in questions:
        raise CheckFailed(f"{check}: nobody asks that here")
    question, made = questions[check], 0
    subjects[check] = subject
    for trace in traces(question["tracer"], question["cases"], subject):
        tell({"examine": check, "trace": trace})
        made += 1
    tell({"examine": check, "shown": shown()})
    if made < len(question["cases"]):
        raise CheckFailed(f"{check}: a case did not end")


def run_again(check: str, tracer: str, case: dict) -> dict:
    """Run one more case on what was examined by a check."""
    return next(traces(tracer, [case], subjects[check]))


def traces(tracer: str, cases: list[dict], subject: Any) -> Iterator[dict]:
    """Run some cases by the function ``traces`` of a module."""
    return import_module(tracer).traces(cases, subject)
