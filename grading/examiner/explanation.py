"""What happened in a case, call by call, beside what is right: for instructors, who may see right values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)  # arrays do not compare to one truth
class Compared:
    """One value after a call, beside the right one.

    Attributes
    ----------
    what : str
        What it is, such as ``"what it returns"``.
    given, right : Any
        The submission's value, and the right one. Arrays, numbers, None, or anything whose ``repr`` is ours.
    size : float
        How far off it is, in tolerances: at most 1 is right. Not a number where that cannot be measured.
    of : str
        What it belongs to, if a call has several of them, such as ``"parameter 1"``.
    counts : bool
        Whether the check looks at it.
    """

    what: str
    given: Any
    right: Any
    size: float = 0.0
    of: str = ""
    counts: bool = True

    @property
    def is_right(self) -> bool:
        return self.size <= 1


@dataclass(frozen=True)
class CallExplained:
    """One call of a case.

    Attributes
    ----------
    title : str
        The call as source, or in words.
    inputs : tuple of (str, Any)
        What was given to it, where the title does not say it.
    compared : tuple of Compared
        What was seen after it.
    said : str
        The exception that it raised, in the submission's words; empty if it raised none.
    """

    title: str
    inputs: tuple[tuple[str, Any], ...] = ()
    compared: tuple[Compared, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class CaseExplained:
    """A case and what came of it.

    Attributes
    ----------
    inputs : tuple of (str, Any)
        What it starts from.
    calls : tuple of CallExplained
    wrong : int or None
        Which call is the first that went wrong; None if none did.
    rule : tuple of str
        The rule that was broken there, a line each.
    right_is : str
        What stands in the column of right values, in a sentence.
    """

    inputs: tuple[tuple[str, Any], ...] = ()
    calls: tuple[CallExplained, ...] = ()
    wrong: int | None = None
    rule: tuple[str, ...] = ()
    right_is: str = ""
