"""What of a trace counts, as facts and numbers that can be recorded and compared.

Nothing here says how an optimizer moves. It says what is looked at; what is right was recorded from right optimizers.
"""

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tracing.data import Odd

from .case import Case
from .trace import Moment, Trace

SHOWN = 3  # numbers of a parameter that are looked at one by one; the others count in a sum with weights
NOT_LOOKED_AT = ("gradients", "set", "load")  # kinds of call that run no code of the class
PROMISED = ("NotImplementedError", "ValueError")  # exceptions that an interface promises
ADAM = ("lr", "beta1", "beta2", "eps", "weight_decay"), ("m_buffers", "v_buffers")
ATTRIBUTES = {  # that keep an argument, and that keep state: those of the interface
    "Optimizer": ((), ()),
    "SGD": (("lr", "momentum", "weight_decay"), ("momentum_buffers",)),
    "Adam": ADAM,
    "AdamW": ADAM,
}
WORDS = {
    "raised": "whether the call raises an exception",
    "settings": "the attribute",
    "returned": "what the call returned",
    "same_params": "params, which should hold the very tensors that it was given",
    "step_count": "step_count",
    "held": "the state in the caller's hands",
    "params": "the value",
    "dtype": "the dtype or the shape",
    "state_dtype": "the kind or the dtype of what the optimizer keeps",
    "grads": "the gradient (param.grad)",
    "momentum_buffers": "the velocity (momentum_buffers)",
    "m_buffers": "the average of the gradient (m_buffers)",
    "v_buffers": "the average of the squared gradient (v_buffers)",
}


class Entry(NamedTuple):
    """One thing that is seen after a call.

    Attributes
    ----------
    call : int
        The index of the call.
    field : str
        What it is; a key of ``WORDS``.
    param : int
        The index of the parameter; -1 where it is about the optimizer.
    fact : str
        All but the numbers: a kind, a shape, a dtype, the name of an exception.
    numbers : tuple of float
        As many for each trace of a case, whatever was seen.
    weight : float
        That of all numbers of the array in the sum which is the last of `numbers`.
    """

    call: int
    field: str
    param: int
    fact: str
    numbers: tuple[float, ...] = ()
    weight: float = 0.0


def entries(case: Case, trace: Trace) -> Iterator[Entry]:
    """What is looked at in a trace, call by call.

    Yields
    ------
    Entry
        The same fields and parameters for every trace of the case, whether or not the trace has them.
    """
    for index, call in enumerate(case.calls):
        if call.do in NOT_LOOKED_AT:
            continue
        moment = trace.moments[index] if index < len(trace.moments) else None
        before = trace.moments[index - 1] if moment and index else Moment()
        yield Entry(index, "raised", -1, "cannot be used further" if moment is None else exception(moment))
        moment = moment or Moment()
        if call.do == "new":
            for name in ATTRIBUTES[case.subject][0]:
                value = moment.settings.get(name)
                yield Entry(index, "settings", -1, f"{name}, {kind(value)}", (value if type(value) is float else 0.0,))
        if call.do in ("has_momentum", "get_momentum_state"):
            yield Entry(index, "returned", -1, answer(moment.returned))
        yield Entry(index, "step_count", -1, count_after(call.do, before, moment))
        yield Entry(index, "same_params", -1, repr((moment.same_params, all(moment.requires_grad))))
        if call.do not in ("get_momentum_state", "put", "overwrite"):
            yield Entry(index, "held", -1, "as it was" if is_same(before.held, moment.held) else "changed")
        if call.do == "put" and not case.has_momentum(index):
            old, new = (shown.buffers.get("momentum_buffers") for shown in (before, moment))
            yield Entry(index, "momentum_buffers", -1, "as it was" if is_same(old, new) else "changed")
        yield from of_parameters(index, case, moment)


def count_after(do: str, before: Moment, moment: Moment) -> str:
    """The count after a call; after zero_grad(), whether it has changed: what it was may be the class's own affair."""
    if do == "zero_grad":
        return "as it was" if before.step_count == moment.step_count else "changed"
    return str(getattr(moment.step_count, "what", moment.step_count))


def of_parameters(index: int, case: Case, moment: Moment) -> Iterator[Entry]:
    """What is looked at of each parameter after one call."""
    shown = {"params": moment.params, "grads": moment.grads}
    if case.calls[index].do in ("get_momentum_state", "put"):
        shown["held"] = moment.held
    for name in ATTRIBUTES[case.subject][1]:
        if name != "momentum_buffers" or case.has_momentum(index):
            shown[name] = moment.buffers.get(name)
    for i, param in enumerate(case.params):
        kept = [shown[name][i] for name in ATTRIBUTES[case.subject][1] if is_long_enough(shown.get(name), i)]
        yield Entry(index, "state_dtype", i, kinds_kept(kept, param, moment) if case.calls[index].do == "step" else "")
    for field, values in shown.items():
        for i, param in enumerate(case.params):
            value = values
            if isinstance(values, list):
                value = values[i] if i < len(values) else Odd("nothing")
            fact, numbers = kind(value), summary(value, param.shape, field == "params")
            if fact == "array" and numbers is None:
                fact = f"an array of shape {value.shape}"
            yield Entry(index, field, i, fact, numbers or (0.0,) * width(param), weight_of_all(param.size))
    for i in range(len(case.params)):
        value = moment.params[i] if i < len(moment.params) else None
        fact = form(value.dtype, value.shape) if isinstance(value, np.ndarray) else kind(value)
        is_array = i < len(moment.are_arrays) and moment.are_arrays[i]
        yield Entry(index, "dtype", i, fact if is_array else f"{fact}, and no array")


def kinds_kept(kept: list, param: np.ndarray, moment: Moment) -> str:
    """The dtypes of what is kept of a parameter, if they are others than its own; or that it is no array."""
    arrays = (b for b in kept if isinstance(b, np.ndarray) and b.dtype != param.dtype and b.shape == param.shape)
    others = {array.dtype.name for array in arrays if array.any()} - {param.dtype.name}
    return ", ".join(sorted(others)) or ("" if moment.are_plain else "no array")


@cache
def form(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """The dtype and the shape of an array, in words; NumPy takes long to name a dtype."""
    return f"{dtype.name} of shape {shape}"


def is_long_enough(values: Any, i: int) -> bool:
    """Whether this is a list that has an entry i."""
    return isinstance(values, list) and i < len(values)


def answer(returned: Any) -> str:
    """What a method returned, in words."""
    if isinstance(returned, list):
        return f"a list of {len(returned)}"
    return returned.what if isinstance(returned, Odd) else str(returned)


def is_same(one: Any, other: Any) -> bool:
    """Whether two states in the caller's hands hold the same numbers."""
    if not (isinstance(one, list) and isinstance(other, list)):
        return type(one) is type(other)
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def exception(moment: Moment) -> str:
    """The name of the exception that a call raised; empty if it raised none."""
    if moment.raised is None:
        return ""
    return next((name for name in PROMISED if name in moment.raised.types), moment.raised.types[0])


def kind(value: Any) -> str:
    """What sort of thing was seen."""
    if isinstance(value, Odd):
        return value.what
    return "None" if value is None else "number" if isinstance(value, float) else "array"


def width(param: np.ndarray) -> int:
    """How many numbers are kept of an array of a parameter's size."""
    return min(param.size, SHOWN + 1)


def summary(value: Any, shape: tuple[int, ...], any_shape: bool) -> tuple[float, ...] | None:
    """The first numbers of an array, and a sum of all if there are more; None if it has another shape."""
    if not isinstance(value, np.ndarray) or (value.size != prod(shape) if any_shape
                                             else value.shape != shape):  # fmt: skip
        return None
    row = value.astype(np.float64).ravel()
    shown = row[:SHOWN].tolist()
    if row.size <= SHOWN:
        return tuple(shown)
    with np.errstate(all="ignore"):
        return (*shown, float(weights(row.size) @ row))


@cache
def weights(size: int) -> np.ndarray:
    """Weights for a sum in which no two entries count alike."""
    return np.cos(1 + 2.4 * np.arange(size)) + 0.3


@cache
def weight_of_all(size: int) -> float:
    """The weight of so many entries together."""
    return float(np.abs(weights(size)).sum())
