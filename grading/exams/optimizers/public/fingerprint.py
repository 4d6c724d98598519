"""What is wrong with a class on the public cases, in few numbers, so that two classes can be compared."""

from dataclasses import dataclass

import numpy as np

from .behavior import weights
from .deviation import FirstDeviation
from .trace import Trace

NOWHERE = -1  # the call of a case in which nothing is wrong
NEAR, ROUNDING = 0.03, 4.0  # two runs of one mistake are this near, relatively or in units of the tolerance
# What exceptions of one type are about, by what is in their messages.
TOLD_BY = (
    "NoneType", "truth value", "memoryview", "0-dim", "not iterable", "not callable", "bitwise_xor", "not aligned",
    "matmul", "list index", "'numpy.ndarray' object has no attribute",
)  # fmt: skip


@dataclass(frozen=True)
class Symptom:
    """What is wrong in one case.

    Attributes
    ----------
    call : int
        The index of the call after which something is wrong first; `NOWHERE` if nothing is.
    what : frozenset of str
        The fields that are wrong then, each with what was seen if more than numbers is wrong.
    sizes : tuple of float
        How far off the numbers are then, and after the last call: sums with weights, in units of the tolerance.
    """

    call: int = NOWHERE
    what: frozenset[str] = frozenset()
    sizes: tuple[float, float] = (0.0, 0.0)


def symptom(found: FirstDeviation | None, trace: Trace) -> Symptom:
    """What is wrong in a case, as it was found."""
    if found is None:
        return Symptom()
    raised = trace.moments[found.call].raised if found.call < len(trace.moments) else None
    if raised and any(entry.field == "raised" for entry in found.there):
        # what else is wrong then depends on how far the call has come
        told = {words for words in TOLD_BY if words in raised.message}
        return Symptom(found.call, frozenset({f"raised: {raised.types[0]}", *told}))
    what = set()
    for entry, is_wrong, has_wrong_fact in zip(found.seen, found.is_wrong, found.has_wrong_fact, strict=True):
        if is_wrong and entry.call == found.call:
            # a count that is wrong is wrong, whatever it is
            what.add(f"{entry.field}: {entry.fact}" if has_wrong_fact and entry.field != "step_count" else entry.field)
    last = max(entry.call for entry in found.seen)
    return Symptom(found.call, frozenset(what), (size_after(found, found.call), size_after(found, last)))


def size_after(found: FirstDeviation, call: int) -> float:
    """How far off the numbers are after a call, as a sum in which no two count alike; nan if one is not finite."""
    of_call = np.array([entry.call == call for entry in found.seen])[found.owner]
    with np.errstate(all="ignore"):
        off = ((found.numbers - found.right) / found.tolerance)[of_call]
        return float(weights(off.size) @ off / np.sqrt(max(off.size, 1))) if np.isfinite(off).all() else np.nan


def compress(sizes: np.ndarray) -> np.ndarray:
    """Sizes in half precision, small and large ones alike."""
    with np.errstate(over="ignore"):
        return np.arcsinh(sizes).astype(np.float16)


def are_near(compressed: np.ndarray, sizes: tuple[float, float]) -> np.ndarray:
    """Where sizes that were compressed are those of the same mistake; those that are not finite are all one."""
    theirs, own = np.sinh(compressed.astype(np.float64)), np.sinh(compress(np.array(sizes)).astype(np.float64))
    with np.errstate(invalid="ignore"):
        near = np.abs(theirs - own) <= ROUNDING + NEAR * np.maximum(np.abs(theirs), np.abs(own))
    return near | (np.isnan(theirs) & np.isnan(own))
