"""The way of a parameter, beside that of a right optimizer."""

from dataclasses import dataclass

import numpy as np

from .differences import Diagnosis

VISIBLE = 0.02  # of the height of a picture: what is nearer than that looks like one curve


@dataclass(frozen=True)
class Parting:
    """One entry of a parameter on its way, beside the right way.

    Attributes
    ----------
    yours, right : ndarray, shape (number of points,)
        A point for each call of new, step or zero_grad; not a number where there is none.
    point : int
        The point at which the two part.
    steps : ndarray of int, shape (number of points,)
        How often step() had been called by then.
    """

    yours: np.ndarray
    right: np.ndarray
    point: int
    steps: np.ndarray


def parting(found: Diagnosis) -> Parting | None:
    """The entry that leaves the right way most; None if no picture of values would show a difference."""
    if found.is_right or found.unwritten or found.raised or found.yours is None:
        return None
    calls = [
        i
        for i, call in enumerate(found.case.calls)
        if call.do in ("new", "step", "zero_grad") and call.on == "a" and np.isfinite(found.right[i]).any()
    ]
    yours, right = found.yours[calls], found.right[calls]
    if len(calls) < 3 or not yours.size:
        return None
    with np.errstate(all="ignore"):
        off = np.abs(yours - right)
        height = np.nanmax(right, axis=0) - np.nanmin(right, axis=0) + np.nanmax(np.where(np.isfinite(off), off, 0), 0)
        share = np.nanmax(np.where(np.isfinite(off), off, 0.0), axis=0) / np.where(height > 0, height, np.inf)
    worst = int(np.argmax(share))
    if not share[worst] > VISIBLE:
        return None
    point = next((i for i, call in enumerate(calls) if call >= found.call), len(calls) - 1)
    steps = np.array([found.case.steps(call) for call in calls])
    return Parting(yours[:, worst], right[:, worst], point, steps)
