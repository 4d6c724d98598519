"""A trace as a row of numbers, so that two behaviors can be compared at a glance."""

import numpy as np

from .case import Case
from .trace import BUFFERS, Moment, Odd, Raised, Trace

# Numbers no optimizer produces, for what is not a number.
ABSENT, ODD, MISSHAPEN, NOT_FINITE = -1.25e30, -2.25e30, -3.25e30, -4.25e30
KNOWN_ERRORS = ("NotImplementedError", "ValueError", "TypeError", "AttributeError", "ArithmeticError")

RELATIVE, ABSOLUTE = 1e-4, 1e-6  # two float32 runs of the same rule stay this close; different rules do not


def fingerprint(case: Case, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """What a trace shows, call by call.

    Returns
    -------
    values : ndarray of float64, shape (n,)
        Of one length for all traces of a case. What is missing or is no number has a number of its own. Nothing is
        told of the calls after one that left a nan or an infinity behind: what follows from it means nothing.
    fields : ndarray of str, shape (n,)
        What each value is: ``"raised"``, ``"returned"``, ``"params"``, ``"grads"``, ``"step_count"``, ``"held"``,
        ``"dtype"`` or the name of a buffer.
    """
    values, fields = [], []

    def add(name: str, numbers) -> None:
        numbers = np.atleast_1d(np.asarray(numbers, dtype=np.float64)).ravel()
        values.append(np.where(np.isfinite(numbers), numbers, NOT_FINITE))
        fields.extend([name] * len(numbers))

    for index in range(len(case.calls)):
        moment = trace.moments[index] if index < len(trace.moments) else Moment(params=[ABSENT] * len(case.params))
        add("raised", error_number(moment.raised))
        # what a gradient that is an array has as its .data; other TypeErrors are other mistakes
        add("raised", float(moment.raised is not None and "memoryview" in moment.raised.message))
        returned = moment.returned
        add("returned", float(returned) if isinstance(returned, bool) else ODD if isinstance(returned, Odd) else ABSENT)
        add("same_params", float(moment.same_params))
        add("step_count", moment.step_count if isinstance(moment.step_count, int) else ODD)
        for name in BUFFERS:
            for slot in slots(moment.buffers.get(name), case):
                add(name, slot)
        for name, held in (("params", moment.params), ("grads", moment.grads), ("held", moment.held)):
            for slot in slots(held, case):
                add(name, slot)
        for i in range(len(case.params)):
            add("dtype", float(moment.are_arrays[i]) if i < len(moment.are_arrays) else ABSENT)
            add("same_params", float(moment.requires_grad[i]) if i < len(moment.requires_grad) else ABSENT)
        for slot, param in zip(filled(moment.params, case), case.params, strict=True):
            add("dtype", slot.dtype.itemsize if isinstance(slot, np.ndarray) else ODD)
            add("dtype", slot.ndim if isinstance(slot, np.ndarray) and slot.shape != param.shape else param.ndim)
    rows = np.reshape(np.concatenate(values), (len(case.calls), -1))
    lost = np.cumsum((rows == NOT_FINITE).any(axis=1)) > 0
    rows[1:][lost[:-1]] = NOT_FINITE
    return rows.ravel(), np.array(fields)


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


def slots(values: list | Odd | None, case: Case) -> list[np.ndarray]:
    """One array of each parameter's shape, whatever there is."""

    def slot(value, param):
        if isinstance(value, np.ndarray):
            return value if value.shape == param.shape else np.full(param.shape, MISSHAPEN)
        # a buffer that was not made yet is one of zeros
        return np.full(param.shape, ODD if isinstance(value, Odd) else 0.0 if value is None else float(value))

    return [slot(value, param) for value, param in zip(filled(values, case), case.params, strict=True)]


def agree(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two rows of numbers are the same behavior; they may be stacked along leading axes."""
    return np.abs(one - other) <= ABSOLUTE + RELATIVE * np.maximum(np.abs(one), np.abs(other))
