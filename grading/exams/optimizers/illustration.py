"""What the picture in the feedback shows: a class beside a right one, on the public cases."""

from collections.abc import Callable

import numpy as np
from diagnosis import first_difference, parting
from diagnosis.case import Case
from diagnosis.trace import Trace

from grading.examiner import Verdict

from .checks import CHECKS
from .received import received_trace


class DoesNotEnd(Exception):
    """A class takes too long on a case; it is asked no more."""


def illustrate(verdict: Verdict, subject: str, run: Callable[[dict], dict | None]) -> dict | None:
    """Return what `grading.feedback_page.picture` draws; None if no parameter of the public cases shows the mistake.

    Parameters
    ----------
    verdict : Verdict
    subject : str
        The name of the class.
    run : callable
        Has the child run a case, as data, and returns the trace, as data.
    """
    if verdict.check not in CHECKS:
        return None  # of a number there is nothing to draw
    return illustration(subject, lambda case: received_trace(run(case.as_data()), case))


@np.errstate(all="ignore")  # a trace may hold anything
def illustration(subject: str, run: Callable[[Case], Trace]) -> dict | None:
    """Return the values of a parameter, call by call, beside those of a right class.

    Returns
    -------
    dict or None
        ``where`` the two separate, in words; ``yours`` and ``right``, a value for each call, None for what is not
        finite; ``point``, the index at which they separate; ``xlabel``, ``ylabel``; ``about``, the picture in words.
    """

    def in_time(case: Case) -> Trace:
        trace = run(case)
        if any(moment.raised and moment.raised.timed_out for moment in trace.moments):
            raise DoesNotEnd
        return trace

    try:
        found = first_difference(subject, in_time)
    except DoesNotEnd:
        return None
    drawn = parting(found)
    if drawn is None:
        return None
    yours, right = (
        [float(value) if np.isfinite(value) else None for value in values] for values in (drawn.yours, drawn.right)
    )
    return {
        "where": found.where,
        "yours": yours,
        "right": right,
        "point": drawn.point,
        "xlabel": "calls so far",
        "ylabel": "one parameter",
        "about": f"The value of one parameter, yours and that of a right {subject}, call by call.",
    }
