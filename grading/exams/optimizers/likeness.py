"""What a trace shows, call by call and field by field, as rows of numbers that can be compared with another's."""

from functools import cache

import numpy as np
from diagnosis.case import Case
from diagnosis.trace import BUFFERS, Moment, Trace
from tracing.data import Odd

from .mutants.conditions import buffer, has_another_dtype, symptom

# Numbers no optimizer produces, for what is not a number.
ABSENT, ODD, MISSHAPEN, NOT_FINITE, NONE = -1.25e30, -2.25e30, -3.25e30, -4.25e30, -5.25e30
RELATIVE, ABSOLUTE = 1e-4, 1e-6  # two float32 runs of the same rule stay this close; different rules do not
FIELDS = (*BUFFERS, "params", "grads", "held", "raised", "returned", "step_count", "same_params", "dtype",
          "state_dtype", "settings", "signature")  # fmt: skip


def agree(one: np.ndarray, other: np.ndarray, scale: np.ndarray | float = 1.0) -> np.ndarray:
    """Where two rows of numbers are the same behavior; they may be stacked along leading axes.

    Numbers of the size of `scale` may be off by `ABSOLUTE` of it, also where they are near zero.
    """
    return np.abs(one - other) <= ABSOLUTE * scale + RELATIVE * np.maximum(np.abs(one), np.abs(other))


def has_arrays(values: list, case: Case) -> bool:
    """Whether there is an array of the right shape for each parameter, as there mostly is."""
    params = case.params
    return len(values) == len(params) and all(
        type(value) is np.ndarray and value.shape == param.shape for value, param in zip(values, params, strict=True)
    )


def numbers(values: list | Odd | None, case: Case, none: float) -> np.ndarray:
    """As many numbers as the parameters have, whatever there is; `none` stands for an entry of None."""
    if isinstance(values, list) and has_arrays(values, case):
        return np.concatenate(values, axis=None, dtype=np.float64)
    if not isinstance(values, list):
        return np.full(sum(param.size for param in case.params), ABSENT if values is None else ODD)
    values = (values + [Odd("missing")] * len(case.params))[: len(case.params)]
    parts = []
    for value, param in zip(values, case.params, strict=True):
        if isinstance(value, np.ndarray):
            parts.append(value.ravel() if value.shape == param.shape else np.full(param.size, MISSHAPEN))
        else:
            parts.append(np.full(param.size, none if value is None else ODD))
    return np.concatenate(parts, dtype=np.float64)


@cache
def code(text: str) -> float:
    """A number for a text."""
    return float(sum(ord(letter) * 31**i for i, letter in enumerate(text)) % 1_000_003)


def read(moment: Moment, trace: Trace, name: str, case: Case) -> np.ndarray:
    """What a moment shows in one field."""
    match name:
        case "params":
            return numbers(moment.params, case, ODD)
        case "grads":
            return numbers(moment.grads, case, NONE)
        case "held":
            return numbers(moment.held, case, 0.0)
        case "raised":
            return np.array([code(symptom(moment))])
        case "returned":
            if isinstance(moment.returned, list):
                return np.append(numbers(moment.returned, case, 0.0), len(moment.returned))
            return np.array([ODD if isinstance(moment.returned, Odd) else code(str(moment.returned))])
        case "step_count":
            return np.array([moment.step_count if isinstance(moment.step_count, int) else ODD])
        case "same_params":
            return np.array([moment.same_params, *moment.requires_grad])
        case "dtype":
            kinds = [(p.dtype.itemsize, p.ndim) if isinstance(p, np.ndarray) else (ODD, ODD) for p in moment.params]
            return np.array([*moment.are_arrays, *(number for kind in kinds for number in kind)], dtype=np.float64)
        case "state_dtype":
            kept = [(buffer(moment, name, i), param) for name in BUFFERS for i, param in enumerate(case.params)]
            kinds = [float(has_another_dtype(value, param)) for value, param in kept]
            return np.array([moment.are_plain, *kinds], dtype=np.float64)
        case "settings":
            values = [moment.settings.get(setting) for setting in sorted(moment.settings)]
            return np.array([ABSENT if v is None else ODD if isinstance(v, Odd) else v for v in values])
        case "signature":
            return np.array([0.0])  # a wrong one is wrong in one of many ways, and all are the same mistake
    # a buffer that was not made yet is one of zeros
    return numbers(moment.buffers.get(name), case, 0.0)


class Shown:
    """What a trace shows, worked out when it is asked for.

    Parameters
    ----------
    case : Case
    trace : Trace
    """

    def __init__(self, case: Case, trace: Trace) -> None:
        self.case, self.trace = case, trace
        self.rows: dict[tuple[str, int], np.ndarray] = {}
        sizes = [param.size for param in case.params]
        self.starts, self.owner = np.cumsum([0, *sizes]), np.repeat(np.arange(len(sizes)), sizes)  # in a row of numbers

    def __len__(self) -> int:
        return len(self.trace.moments)

    def row(self, name: str, call: int) -> np.ndarray:
        """What is seen in a field after a call; numbers that are not finite are all one."""
        if (name, call) not in self.rows:
            with np.errstate(all="ignore"):
                row = read(self.trace.moments[call], self.trace, name, self.case).astype(np.float64, copy=False)
                if not np.isfinite(row).all():
                    row = np.where(np.isfinite(row), row, NOT_FINITE)
            self.rows[name, call] = row
        return self.rows[name, call]

    def is_lost(self, call: int) -> bool:
        """Whether the parameters are no longer finite; what follows from that means nothing."""
        return bool((self.row("params", call) == NOT_FINITE).any())

    def is_all_lost(self, call: int) -> bool:
        """Whether not one number of the parameters is finite."""
        return bool((self.row("params", call) == NOT_FINITE).all())

    def is_like(self, other: "Shown", name: str, call: int) -> bool:
        """Whether another trace shows the same in a field after a call."""
        if call >= len(self) or call >= len(other):
            return len(self) == len(other)
        one, two = self.row(name, call), other.row(name, call)
        return one.shape == two.shape and bool(agree(one, two, self.scale(one, two)).all())

    def scale(self, one: np.ndarray, two: np.ndarray) -> np.ndarray | float:
        """What the numbers of each parameter are measured by: their largest, or 1 where that is more.

        Squares of tiny gradients are far smaller than any limit for numbers of usual size.
        """
        size = np.maximum(np.abs(one), np.abs(two))
        if len(one) != self.starts[-1]:
            return 1.0  # facts, or the numbers of a state of another length
        return np.minimum(1.0, np.maximum.reduceat(size, self.starts[:-1])[self.owner])
