"""What ``from grading.examiner import examine`` finds in a child: it makes traces, and judges nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from diagnosis.case import Case
from diagnosis.data import encode
from diagnosis.trace import answer, make_trace

# What the cell that runs now is to be asked, by the names of the checks. It comes with the cell: to wait for a message
# costs more than to run a case.
cases: dict[str, list[dict]] = {}


class CheckFailed(AssertionError):
    """A check that did not pass. Its message is written for the student."""


def ask(message: dict) -> dict:
    """Send a message to the side that judges, and return its reply; a child puts its own way of asking here."""
    raise RuntimeError("this process is connected to nobody who judges")


def tell(message: dict) -> None:
    """Send a message that gets no reply; a child puts its own way of telling here."""
    raise RuntimeError("this process is connected to nobody who judges")


def examine(check: str, subject: Any) -> None:
    """Have `subject` judged, and raise if the check does not pass.

    Parameters
    ----------
    check : str
        The name of a check or of a numeric answer.
    subject : type or number

    Raises
    ------
    CheckFailed
        With the message of the verdict.
    """
    __tracebackhide__ = True
    for trace in traces(cases.get(check, ()), subject):
        tell({"examine": check, "trace": trace})  # it is judged while the next one is made
    reply = ask({"examine": check} if check in cases else {"examine": check, "answer": encode(answer(subject))})
    while "case" in reply:
        reply = ask({"trace": next(traces([reply["case"]], subject))})
    if reply["verdict"]:
        raise CheckFailed(reply["verdict"])


def traces(wanted: Iterable[dict], subject: Any) -> Iterator[dict]:
    """What a subject does with some cases; after one that did not end, no more of them."""
    from tinytorch.core.tensor import Tensor

    for data in wanted:
        trace = make_trace(Case.from_data(data), subject, Tensor)
        yield trace.as_data()
        if any(moment.raised and moment.raised.timed_out for moment in trace.moments):
            return
