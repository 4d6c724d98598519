"""All parameters of a case as one row of numbers, one after the other.

Numpy then does in one go what it would do for each: these arrays are so small that what costs is the call.
"""

from collections.abc import Iterable
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
from diagnosis.case import Case

SHAPE = attrgetter("shape")


class Rows:
    """Makes rows of arrays that have the shapes of a case's parameters.

    Attributes
    ----------
    shapes : list of tuple of int
    parts : list of slice
        Where each parameter is in a row.
    nothing : ndarray of float64
        A row of nan, for where there are no numbers.
    """

    def __init__(self, case: Case) -> None:
        self.shapes = [param.shape for param in case.params]
        self.sizes = [param.size for param in case.params]
        self.parts = [slice(*ends) for ends in pairwise(accumulate(self.sizes, initial=0))]
        self.begins = [part.start for part in self.parts]
        self.nothing = np.full(sum(self.sizes), np.nan)
        self.known: dict[int, tuple] = {}  # most of what a trace shows is the very list that was there before

    def zeros(self) -> np.ndarray:
        return np.zeros(sum(self.sizes))

    def flatten(self, values: Any) -> np.ndarray | None:
        """The row of a list of arrays; None if their shapes are wrong.

        Zeros stand for a None in the list.
        """
        return self.look_up(values)[0]

    def flatten_finite(self, values: Any, otherwise: np.ndarray) -> np.ndarray:
        """The row of a list of arrays, with `otherwise` where they are unusable.

        Those are not usable that are not finite or not of the right shape.
        """
        row, all_finite, _ = self.look_up(values)
        if all_finite:
            return row
        row = otherwise.copy()
        values = values if isinstance(values, list) else []
        for value, shape, part in zip(values, self.shapes, self.parts, strict=False):
            if has_shape(value, shape) and np.isfinite(value).all():
                row[part] = value.ravel()
        return row

    def flatten_stretched(self, values: Any, otherwise: np.ndarray) -> np.ndarray:
        """The same, where a single number stands for all of a parameter: arithmetic stretches it."""
        row, all_finite, _ = self.look_up(values)
        if all_finite:  # as a rule
            return row
        if isinstance(values, list) and not self.is_complete(values):
            values = [
                np.broadcast_to(value, shape) if has_shape(value, ()) and np.isfinite(value) else value
                for value, shape in zip(values, self.shapes, strict=False)
            ]
        return self.flatten_finite(values, otherwise)

    def flatten_all(self, many: Iterable[Any]) -> None:
        """Make the rows of many lists of arrays in one go."""
        lists = [values for values in {id(values): values for values in many}.values() if self.is_complete(values)]
        if not lists:
            return
        rows = self.concatenate([array for values in lists for array in values]).reshape(len(lists), -1)
        # a sum that is no finite number has terms that are none, or very large ones; `flatten_finite` finds out which
        with np.errstate(invalid="ignore", over="ignore"):
            finite = np.isfinite(np.add.reduce(rows, axis=1)).tolist()
        for values, row, is_finite in zip(lists, rows, finite, strict=True):
            self.known[id(values)] = row, is_finite, values  # as long as the list is kept, its id is its own

    def look_up(self, values: Any) -> tuple[np.ndarray | None, bool, Any]:
        """The row of a list of arrays, whether it is finite, and the list.

        A row with zeros for what is missing counts as not finite: `flatten_finite` looks at its arrays one by one.
        """
        if (known := self.known.get(id(values))) is not None:
            return known
        if self.is_complete(values):
            self.flatten_all([values])
        else:
            self.known[id(values)] = self.fill(values), False, values
        return self.known[id(values)]

    def fill(self, values: Any) -> np.ndarray | None:
        """The row of a list that lacks arrays, with zeros for them.

        None if what is there is no list of arrays of the right shapes.
        """
        if not isinstance(values, list) or len(values) != len(self.shapes):
            return None
        filled = [np.zeros(shape) if v is None else v for v, shape in zip(values, self.shapes, strict=True)]
        return self.concatenate(filled) if all(map(has_shape, filled, self.shapes)) else None

    def is_complete(self, values: Any) -> bool:
        """Whether a list has an array of the right shape for each parameter."""
        try:
            return isinstance(values, list) and list(map(SHAPE, values)) == self.shapes
        except AttributeError:  # what has no shape is no array
            return False

    def concatenate(self, arrays: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(arrays, axis=None, dtype=np.float64)


def has_shape(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether this is an array of a shape."""
    return isinstance(value, np.ndarray) and value.shape == shape
