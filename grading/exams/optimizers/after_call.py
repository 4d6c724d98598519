"""What there is to look at after one call of a case."""

from typing import NamedTuple

from diagnosis.case import Call, Case
from diagnosis.trace import Moment, Trace


class AfterCall(NamedTuple):
    """What there is to look at after one call of a case.

    Attributes
    ----------
    case : Case
    trace : Trace
    index : int
        Of the call.
    call : Call
    moment : Moment
        What the trace shows after the call.
    latest : dict of str to Moment
        What it showed last before the call, by the name of the optimizer.
    """

    case: Case
    trace: Trace
    index: int
    call: Call
    moment: Moment
    latest: dict[str, Moment]

    @property
    def before(self) -> Moment | None:
        """What the trace showed of this optimizer before; None at first."""
        return self.latest.get(self.call.on)

    @property
    def where(self) -> str:
        """Where in the case the call is, in words for a student."""
        return self.case.describe(self.index)

    @property
    def has_momentum(self) -> bool:
        """Whether this optimizer was constructed with momentum."""
        return self.case.has_momentum(self.index)
