"""Where a trace first deviates from those of right optimizers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .behavior import Entry, entries
from .case import Case
from .trace import Trace


@dataclass(frozen=True)
class FirstDeviation:
    """What is wrong after the first call at which a trace is like that of no right optimizer.

    Attributes
    ----------
    call : int
        Its index.
    seen : list of Entry
        All that is looked at in the trace.
    owner : ndarray of int
        Of each number, the index of its entry.
    numbers, right, tolerance : ndarray
        The numbers of the entries, those of the right optimizer that explains the most of the trace, and how far off
        is still right.
    is_wrong, has_wrong_fact : ndarray of bool
        Of each entry, whether it is wrong, and whether more than its numbers is.
    """

    call: int
    seen: list[Entry]
    owner: np.ndarray
    numbers: np.ndarray
    right: np.ndarray
    tolerance: np.ndarray
    is_wrong: np.ndarray
    has_wrong_fact: np.ndarray

    @property
    def there(self) -> list[Entry]:
        """The entries that are wrong after the call."""
        return [e for e, is_wrong in zip(self.seen, self.is_wrong, strict=True) if is_wrong and e.call == self.call]

    def grouped(self, numbers: np.ndarray) -> Iterator[tuple[Entry, np.ndarray]]:
        """Each entry with its part of the numbers."""
        parts = np.split(numbers, np.searchsorted(self.owner, np.arange(1, len(self.seen))))
        return zip(self.seen, parts, strict=True)


def first_deviation(
    case: Case, trace: Trace, one: dict, right: np.ndarray, tolerance: np.ndarray
) -> FirstDeviation | None:
    """Find where a trace first deviates from those of right optimizers; None if it does not.

    Parameters
    ----------
    case : Case
    trace : Trace
    one : dict
        What is recorded of the case: for each entry, which of the lists of ``kinds`` holds the facts that are right.
    right, tolerance : ndarray, shape (number of right behaviors, number of numbers)
        The second as powers of two.
    """
    seen = list(entries(case, trace))
    wrong_facts = np.array([e.fact not in one["kinds"][k] for e, k in zip(seen, one["facts"], strict=True)])
    owner = np.repeat(np.arange(len(seen)), [len(e.numbers) for e in seen])
    numbers = np.array([number for e in seen for number in e.numbers])
    allowed = 2.0 ** tolerance.astype(np.float64)
    with np.errstate(all="ignore"):
        off = ~(np.abs(numbers - right) <= allowed)  # nan is off too
    wrong = np.array([wrong_facts | (np.bincount(owner, weights=row, minlength=len(seen)) > 0) for row in off])
    calls = np.array([e.call for e in seen])
    first = [int(calls[row].min(initial=len(case.calls))) for row in wrong]
    nearest = int(np.argmax(first))  # the right behavior that explains the most
    if first[nearest] == len(case.calls):
        return None
    return FirstDeviation(
        first[nearest], seen, owner, numbers, right[nearest].astype(np.float64), allowed[nearest], wrong[nearest],
        wrong_facts,
    )  # fmt: skip
