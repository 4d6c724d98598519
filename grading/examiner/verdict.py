"""What the examiner says of a check: passed or not, and if not, where, by how much and why."""

from dataclasses import dataclass

FAR = 1e12  # the size of a deviation that cannot be measured: nan, a wrong shape, an exception


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
        What was seen, such as ``"raised"``, ``"returned"`` or the name of an attribute.
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


@dataclass(frozen=True)
class Misconception:
    """A wrong belief, and the question that helps whoever holds it.

    Attributes
    ----------
    name : str
    belief : str
        The mistake, in a few words, for the instructor's report.
    hint : str
        A question that helps whoever holds it, and does not give the line away.
    """

    name: str
    belief: str
    hint: str


@dataclass(frozen=True)
class Mutant:
    """A wrong solution, written on purpose.

    Attributes
    ----------
    name : str
    subject : str
        The name of the class or function that it takes the place of.
    make : type or callable
    misconception : Misconception
        What somebody who writes such code believes.
    caught : bool
        Whether some check sees it for every student. The audit counts those that no check sees.
    """

    name: str
    subject: str
    make: type
    misconception: Misconception
    caught: bool = True


@dataclass(frozen=True)
class Variant:
    """A right solution, written in another way.

    Attributes
    ----------
    name : str
    subject : str
        The name of the class or function that it takes the place of.
    make : type or callable
    """

    name: str
    subject: str
    make: type


@dataclass(frozen=True)
class Verdict:
    """What the examiner says of one check.

    Attributes
    ----------
    check : str
    deviation : Deviation
    misconception : Misconception or None
        The one whose mutant left the same trace; None if the check passed or no mutant did.
    hint : str
        A question that helps; by default that of the misconception.
    """

    check: str
    deviation: Deviation
    misconception: Misconception | None = None
    hint: str = ""

    @property
    def passed(self) -> bool:
        return self.deviation.is_right

    @property
    def message(self) -> str:
        """For the student: what went wrong, and a question that helps. Empty if the check passed."""
        if self.passed:
            return ""
        hint = self.hint or (self.misconception.hint if self.misconception else "")
        return f"{self.check}: {self.deviation.message}" + (f"\nHint: {hint}" if hint else "")
