"""Find how far a trace deviates from what it must be, and where first."""

from diagnosis.case import Case
from diagnosis.trace import Moment, Trace

from grading.examiner import FAR, Deviation

from .after_call import AfterCall
from .comparison import NumberComparison
from .numeric_fields import numeric_fields_of
from .observations import observations_after
from .oracle import right_behaviors
from .rows import Rows
from .update_rules import Behavior


def deviation(case: Case, trace: Trace, fields: frozenset[str], enough: float = 0.02) -> Deviation:
    """How far a trace is from what the oracle expects.

    Where two behaviors are right, it is measured from the nearer one, or from the first that is as near as `enough`,
    which rounding in float32 explains.

    Parameters
    ----------
    case : Case
    trace : Trace
        Of this case.
    fields : frozenset of str
        What is looked at: names in the tables of ``observations``. Exceptions always are.
    enough : float
        In units of the tolerance.
    """
    return nearest_deviation(case, trace, fields, enough)[0]


def nearest_deviation(
    case: Case, trace: Trace, fields: frozenset[str], enough: float = 0.02
) -> tuple[Deviation, Behavior]:
    """The same, and the right behavior from which it is measured."""
    mismatch, rows, found = find_mismatch(case, trace, fields), Rows(case), []
    moments = trace.moments[: mismatch.call + 1] if mismatch else trace.moments
    if numeric_fields_of(fields):
        rows.flatten_all(values for m in moments for values in (m.params, m.held, *m.buffers.values()))
    for behavior in right_behaviors(case):
        found.append((first_deviation(mismatch, NumberComparison(case, moments, fields, behavior, rows)), behavior))
        if found[-1][0].size <= enough:
            return found[-1]
    # if all are wrong, the behavior that explains the most of the trace; then the nearest
    return min(found, key=lambda f: (0, f[0].size) if f[0].is_right else (len(case.calls) - f[0].call, f[0].size))


def find_mismatch(case: Case, trace: Trace, fields: frozenset[str]) -> Deviation | None:
    """The first observation that is wrong, numbers apart; None if none is."""
    latest: dict[str, Moment] = {}
    for index, (call, moment) in enumerate(zip(case.calls, trace.moments, strict=False)):
        seen = AfterCall(case, trace, index, call, moment, latest)
        for observation in observations_after(call.do, fields):
            if message := observation.find_mismatch(seen):
                return Deviation(FAR, index, observation.reported_as, message)
        latest[call.on] = moment
    return None


def first_deviation(mismatch: Deviation | None, numbers: NumberComparison) -> Deviation:
    """The largest deviation of the first wrong call.

    If no call is wrong, the largest of all calls.
    """
    wrong = numbers.find_wrong()
    if mismatch and (not wrong or mismatch.call == wrong[0].call):
        wrong.insert(0, mismatch)
    return max(wrong, key=lambda d: d.size) if wrong else numbers.find_largest()
