"""How far a trace is from what it must be."""

from dataclasses import dataclass

FAR = 1e12  # the deviation of what cannot be measured: nan, a wrong shape, an exception


@dataclass(frozen=True)
class Deviation:
    """How far a trace is from what it must be.

    Attributes
    ----------
    size : float
        In units of the tolerance: at most 1 is right. The largest of all calls if all is right; if not, the largest of
        the first call that is wrong.
    call : int
        The index of the call after which it was seen.
    field : str
        What was seen: `reported_as` of an observation, or the name of a numeric field (see ``observations``).
    message : str
        What is wrong, in words for a student, and without the right value; empty if nothing is.
    """

    size: float
    call: int = 0
    field: str = ""
    message: str = ""

    @property
    def is_right(self) -> bool:
        return self.size <= 1
