"""Compare the numbers that a trace shows with those that the oracle expects."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from diagnosis.case import Case
from diagnosis.trace import Moment, Trace
from tracing.data import Odd

from grading.examiner import FAR, Deviation

from .mutants.conditions import before, is_empty, same
from .numeric_fields import NUMERIC_FIELDS, numeric_fields_of
from .oracle import Behavior, expectations
from .rows import Rows
from .update_rules import CHANGED, Expected

MISSING = Odd("missing")
BESIDE = ", although the steps are right: what your steps use is kept somewhere else"
ANOTHER_WAY = ", although the steps are right: they do not follow from it by the rule"


class NumberComparison:
    """The numbers of a trace beside those that the oracle expects.

    Parameters
    ----------
    case : Case
    moments : list of Moment
        What a trace shows after the calls, or after the first of them.
    fields : frozenset of str
        What the check looks at. With ``"kept"`` in it, of all numeric fields what is to stay as it was.
    behavior : Behavior
        The right one that they are compared with.
    rows : Rows
    """

    def __init__(
        self, case: Case, moments: list[Moment], fields: frozenset[str], behavior: Behavior, rows: Rows
    ) -> None:
        self.case, self.moments, self.fields = case, moments, fields
        self.behavior, self.rows = behavior, rows
        self.compared: list[list[tuple[Expected, int, float]]] = [[] for _ in moments]
        for expected in expectations(case, moments, numeric_fields_of(fields), behavior, rows):
            for row, (nearest, size) in enumerate(self.measure_nearest(expected)):
                self.compared[expected.calls[row]].append((nearest, row, size))

    def measure_nearest(self, expected: Expected) -> list[tuple[Expected, float]]:
        """How far off a field is after each call, and from which of the expected values that is the nearest."""
        sizes = self.measure(expected)
        if expected.alternative is None or all(size <= 1 for size in sizes):
            return [(expected, size) for size in sizes]
        other = expected.alternative()
        return [
            (other, also) if also <= 1 or also < size else (expected, size)
            for size, also in zip(sizes, self.measure(other), strict=True)
        ]

    def measure(self, expected: Expected, whole: bool = False) -> list[float]:
        """How far off a field is after each call; with `whole`, also where the check does not look at it.

        Returns
        -------
        list of float
            In units of the tolerance, one for each call; nan where the trace shows no numbers.
        """
        read, nothing = NUMERIC_FIELDS[expected.field].read, self.rows.nothing
        seen = [self.rows.flatten(read(self.moments[call])) for call in expected.calls]
        off = np.abs(np.array([nothing if row is None else row for row in seen]) - expected.value) / expected.tolerance
        if expected.field not in self.fields and not whole:
            off = np.where(expected.kept, off, 0.0)
        return off.max(axis=1).tolist()

    def find_wrong(self) -> list[Deviation]:
        """What is wrong after the first call with wrong numbers, by field."""
        for compared in self.compared:
            # nan is not at most 1 either; of those, a mere change of shape turns out to be right
            found = [self.explain(expected, row) for expected, row, size in compared if not size <= 1]
            if wrong := [deviation for deviation in found if not deviation.is_right]:
                return wrong
        return []

    def find_largest(self) -> Deviation:
        """The largest deviation of a trace that is right."""
        largest = Deviation(0.0)
        for index, compared in enumerate(self.compared):
            for expected, _, size in compared:
                if largest.size < size <= 1:
                    largest = Deviation(size, index, expected.field)
        return largest

    def explain(self, expected: Expected, row: int) -> Deviation:
        """What is wrong with a field, told of the worst parameter."""
        index, field = expected.calls[row], NUMERIC_FIELDS[expected.field]
        values = field.read(self.moments[index])
        if values is None and field.is_attribute:
            return Deviation(0.0, index, field.name)
        parameters = self.compare_parameters(expected, row, values)
        return max(parameters, key=lambda d: d.size, default=Deviation(0.0, index, field.name))

    @cached_property
    def steps(self) -> dict[int, tuple[float, float]]:
        """How far off the parameters are after each step, whatever the check looks at.

        By the index of the call: from where the buffers that the trace shows lead, and from where those lead that
        the case's own gradients make.
        """
        found = {}
        for expected in expectations(self.case, self.moments, frozenset({"params"}), self.behavior, self.rows):
            if expected.alternative is not None:
                sizes = self.measure(expected, whole=True), self.measure(expected.alternative(), whole=True)
                found.update(zip(expected.calls, zip(*sizes, strict=True), strict=True))
        return found

    def describe_steps(self, index: int, value: np.ndarray | Odd) -> str:
        """What to say of the steps after which a buffer is wrong, if all of them are right.

        Nothing if there is but one: in many a wrong rule the first step looks right.
        """
        sizes = [size for call, size in self.steps.items() if call >= index]
        if len(sizes) < 2 or not all(own <= 1 for _, own in sizes):
            return ""
        if is_empty(value):
            return BESIDE
        return ANOTHER_WAY if any(not shown <= 1 for shown, _ in sizes) else ""

    def is_kept(self, expected: Expected, row: int, part: slice, i: int, values: Any) -> bool:
        """Whether there is nothing to keep of a parameter, or a step has left what the trace showed, be that wrong."""
        if not expected.kept[row, part].any():
            return True
        index, read = expected.calls[row], NUMERIC_FIELDS[expected.field].read
        old = before(self.case, Trace(self.moments), index)
        return self.case.calls[index].do == "step" and same(value_at(read(old), i), value_at(values, i))

    def compare_parameters(self, expected: Expected, row: int, values: Any) -> Iterator[Deviation]:
        """How far each parameter is off, with words if it is wrong."""
        index, field = expected.calls[row], NUMERIC_FIELDS[expected.field]
        for i, (part, shape) in enumerate(zip(self.rows.parts, self.rows.shapes, strict=True)):
            if expected.field not in self.fields and self.is_kept(expected, row, part, i, values):
                continue
            right = expected.value[row, part].reshape(shape)
            value = value_of(values, i, right, field.any_shape)
            off = distance(value, right)
            size = float(np.max(off / expected.tolerance[row, part].reshape(shape), initial=0.0))
            if size <= 1:
                yield Deviation(size, index, field.name)
                continue
            problem = describe_problem(
                value, off, expected.kept[row, part], expected.step[row, part], expected.problems.get(index, CHANGED)
            )
            if field.is_attribute:
                problem += self.describe_steps(index, value)
            words = f"{self.case.describe(index)}, {field.words} of parameter {i + 1} (shape {shape}) {problem}"
            yield Deviation(size if np.isfinite(off).all() else FAR, index, field.name, words)


def value_at(values: Any, i: int) -> Any:
    """What a list holds for one parameter."""
    return values[i] if isinstance(values, list) and i < len(values) else MISSING


def value_of(values: Any, i: int, right: np.ndarray, any_shape: bool) -> np.ndarray | Odd:
    """What a list of arrays holds for one parameter.

    With `any_shape`, in its right shape if it has as many numbers; zeros if there is nothing yet, or the number 0.
    """
    value = value_at(values, i)
    if value is None or isinstance(value, np.ndarray) and value.shape == () and not value and not right.any():
        return np.zeros(right.shape)
    if any_shape and isinstance(value, np.ndarray) and value.size == right.size:
        return value.reshape(right.shape)
    return value


def distance(value: np.ndarray | Odd, right: np.ndarray) -> np.ndarray:
    """How far off each number is; nan without numbers in the right shape."""
    if isinstance(value, np.ndarray) and value.shape == right.shape:
        return np.abs(value.astype(np.float64) - right)
    return np.full(right.shape, np.nan)


def describe_problem(
    value: np.ndarray | Odd, off: np.ndarray, kept: np.ndarray, step: np.ndarray, changed: str = CHANGED
) -> str:
    """What is wrong with one parameter, as the end of a sentence.

    Parameters
    ----------
    value : ndarray or Odd
        What the trace shows.
    off : ndarray
        How far off each number is.
    kept : ndarray of bool
        Which numbers are to stay as they were.
    step : ndarray
        What the call should have changed.
    changed : str
        What to say of numbers that were to stay, and did not.
    """
    if isinstance(value, Odd):
        if value == MISSING:
            return "is missing: the list is too short"
        return f"is {value.what}, not an array of numbers"
    if value.shape != off.shape:
        return f"has become of shape {value.shape}"
    if not np.isfinite(off).all():
        return "is no longer finite"
    if kept.all():
        return changed
    return f"is off by {describe_share(float(np.max(off)), float(np.max(np.abs(step), initial=0.0)))}"


def describe_share(off: float, step: float) -> str:
    """How far off something is, compared with its right change."""
    if step <= 0:
        return "all of its change: it should not have changed"
    ratio = off / step
    if ratio > 1e4:
        return "more than 10,000 times its right change"
    if ratio >= 2:
        return f"{ratio:.0f} times its right change"
    return f"{100 * ratio:.0f}% of its right change" if ratio >= 0.01 else "less than 1% of its right change"
