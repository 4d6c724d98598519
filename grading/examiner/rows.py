"""All parameters of a case as one row of numbers, one after the other.

Numpy then does in one go what it would do for each: these arrays are so small that what costs is the call.
"""

import math
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from diagnosis.case import Case


class Rows:
    """Rows for the parameters of a case, or for as many arrays of their shapes.

    Attributes
    ----------
    shapes : list of tuple of int
    parts : list of slice
        Where each parameter is in a row.
    """

    def __init__(self, case: Case) -> None:
        self.shapes = [param.shape for param in case.params]
        self.sizes = [param.size for param in case.params]
        self.parts = [slice(*ends) for ends in pairwise(accumulate(self.sizes, initial=0))]
        self.known: dict[int, tuple] = {}  # most of what a trace shows is the very list that was there before

    def zeros(self) -> np.ndarray:
        return np.zeros(sum(self.sizes))

    def of(self, values: Any) -> np.ndarray | None:
        """The row of a list of arrays, with zeros for None; None if they are not arrays of the parameters' shapes."""
        return self.look_up(values)[0]

    def look_up(self, values: Any) -> tuple[np.ndarray | None, bool]:
        """The row of what is shown, and whether all of it is finite numbers."""
        if (known := self.known.get(id(values))) is None:
            row, whole = self.joined(values)
            # a sum that is no finite number has terms that are none, or very large ones; `finite` finds out which
            sound = whole and math.isfinite(np.add.reduce(row))
            known = self.known[id(values)] = row, sound, values  # as long as the list is kept, its id is its own
        return known[:2]

    def joined(self, values: Any) -> tuple[np.ndarray | None, bool]:
        """The row of a list of arrays, and whether it has one for each parameter, and no None."""
        if not isinstance(values, list) or len(values) != len(self.shapes):
            return None, False
        whole = [getattr(value, "shape", None) for value in values] == self.shapes  # as a rule it is
        if not whole:
            values = [np.zeros(shape) if v is None else v for v, shape in zip(values, self.shapes, strict=True)]
            if not all(map(fits, values, self.shapes)):
                return None, False
        return np.concatenate(values, axis=None, dtype=np.float64), whole

    def each(self, values: list) -> np.ndarray:
        """A row out of one value for each parameter."""
        return np.repeat(values, self.sizes)

    def finite(self, values: Any, instead: np.ndarray) -> np.ndarray:
        """The row of what is shown; where that is no finite numbers of the right shape, that of `instead`."""
        row, sound = self.look_up(values)
        if sound:
            return row
        row = instead.copy()
        values = values if isinstance(values, list) else []
        for value, shape, part in zip(values, self.shapes, self.parts, strict=False):
            if fits(value, shape) and np.isfinite(value).all():
                row[part] = value.ravel()
        return row


def fits(value: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.shape == shape
