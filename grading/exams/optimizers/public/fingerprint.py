"""A trace as a row of numbers, so that two behaviors can be compared at a glance."""

import numpy as np

from .case import Case
from .trace import BUFFERS, Moment, Odd, Raised, Trace

# Numbers no optimizer produces, for what is not a number.
ABSENT, ODD, MISSHAPEN, NOT_FINITE = -1.25e30, -2.25e30, -3.25e30, -4.25e30
KNOWN_ERRORS = ("NotImplementedError", "ValueError", "TypeError", "AttributeError", "ArithmeticError")

RELATIVE, ABSOLUTE = 1e-4, 1e-6  # two float32 runs of the same rule stay this close; different rules do not


def fingerprint(case: Case, trace: Trace) -> np.ndarray:
    """What a trace shows, call by call.

    Returns
    -------
    ndarray of float64, shape (n,)
        Of one length for all traces of a case; `fields` says what each value is. What is missing or is no number has a
        number of its own. Nothing is told of the calls after one that left a nan or an infinity behind: what follows
        from it means nothing.
    """
    values: list[float] = []
    for index in range(len(case.calls)):
        moment = trace.moments[index] if index < len(trace.moments) else Moment(params=[ABSENT] * len(case.params))
        values.append(error_number(moment.raised))
        # what a gradient that is an array has as its .data; other TypeErrors are other mistakes
        values.append(float(moment.raised is not None and "memoryview" in moment.raised.message))
        returned = moment.returned
        values.append(float(returned) if isinstance(returned, bool) else ODD if isinstance(returned, Odd) else ABSENT)
        values.append(float(moment.same_params))
        values.append(moment.step_count if isinstance(moment.step_count, int) else ODD)
        for name in BUFFERS:
            values.extend(numbers(moment.buffers.get(name), case))
        for held in (moment.params, moment.grads, moment.held):
            values.extend(numbers(held, case))
        params = filled(moment.params, case)
        for i, (seen, param) in enumerate(zip(params, case.params, strict=True)):
            values.append(float(moment.are_arrays[i]) if i < len(moment.are_arrays) else ABSENT)
            values.append(float(moment.requires_grad[i]) if i < len(moment.requires_grad) else ABSENT)
            is_array = isinstance(seen, np.ndarray)
            values.append(seen.dtype.itemsize if is_array else ODD)
            values.append(seen.ndim if is_array else param.ndim)
    with np.errstate(over="ignore"):
        rows = np.reshape(np.array(values, dtype=np.float64), (len(case.calls), -1))
    rows[~np.isfinite(rows)] = NOT_FINITE
    lost = np.cumsum((rows == NOT_FINITE).any(axis=1)) > 0
    rows[1:][lost[:-1]] = NOT_FINITE
    return rows.ravel()


def fields(case: Case) -> np.ndarray:
    """What the values of a fingerprint are.

    Returns
    -------
    ndarray of str, shape (n,)
        ``"raised"``, ``"returned"``, ``"params"``, ``"grads"``, ``"step_count"``, ``"held"``, ``"dtype"`` or the name
        of a buffer.
    """
    size = sum(param.size for param in case.params)
    names = ["raised", "raised", "returned", "same_params", "step_count"]
    for name in (*BUFFERS, "params", "grads", "held"):
        names += [name] * size
    names += ["dtype", "same_params", "dtype", "dtype"] * len(case.params)
    return np.array(names * len(case.calls))


def error_number(error: Raised | None) -> float:
    """A number for the kind of an exception."""
    if error is None:
        return 0.0
    if error.timed_out:
        return -1.0
    return float(next((i for i, name in enumerate(KNOWN_ERRORS, 1) if name in error.types), len(KNOWN_ERRORS) + 1))


def filled(values: list | Odd | None, case: Case) -> list:
    """One entry for each parameter, whatever there is."""
    values = list(values) if isinstance(values, list) else [values] * len(case.params)
    return (values + [None] * len(case.params))[: len(case.params)]


def numbers(values: list | Odd | None, case: Case) -> list[float]:
    """As many numbers as the parameters have, whatever there is."""
    found: list[float] = []
    for value, param in zip(filled(values, case), case.params, strict=True):
        if isinstance(value, np.ndarray):
            found += value.ravel().tolist() if value.shape == param.shape else [MISSHAPEN] * param.size
        else:  # a buffer that was not made yet is one of zeros
            found += [ODD if isinstance(value, Odd) else 0.0 if value is None else float(value)] * param.size
    return found


def agree(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two rows of numbers are the same behavior; they may be stacked along leading axes."""
    return np.abs(one - other) <= ABSOLUTE + RELATIVE * np.maximum(np.abs(one), np.abs(other))
