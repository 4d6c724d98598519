"""All parameters of a case as one row of numbers, one after the other.

Numpy then does in one go what it would do for each: these arrays are so small that what costs is the call.
"""

from collections.abc import Iterable
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
            if self.is_whole(values):
                self.learn([values])
                return self.look_up(values)
            row = None
            if isinstance(values, list) and len(values) == len(self.shapes):
                filled = [np.zeros(shape) if v is None else v for v, shape in zip(values, self.shapes, strict=True)]
                if all(map(fits, filled, self.shapes)):
                    row = self.joined(filled)
            known = self.known[id(values)] = row, False, values
        return known[:2]

    def learn(self, shown: Iterable[Any]) -> None:
        """Make the rows of many lists of arrays in one go."""
        lists = [values for values in {id(values): values for values in shown}.values() if self.is_whole(values)]
        if not lists:
            return
        rows = self.joined([array for values in lists for array in values]).reshape(len(lists), -1)
        # a sum that is no finite number has terms that are none, or very large ones; `finite` finds out which
        sound = np.isfinite(np.add.reduce(rows, axis=1)).tolist()
        for values, row, is_sound in zip(lists, rows, sound, strict=True):
            self.known[id(values)] = row, is_sound, values  # as long as the list is kept, its id is its own

    def is_whole(self, values: Any) -> bool:
        """Whether this is a list with an array of the right shape for each parameter. As a rule it is."""
        return isinstance(values, list) and [getattr(value, "shape", None) for value in values] == self.shapes

    def joined(self, arrays: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(arrays, axis=None, dtype=np.float64)

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
