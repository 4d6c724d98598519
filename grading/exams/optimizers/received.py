"""Traces as they come from a child, which may send anything: only what has the right form is let in."""

from collections.abc import Callable
from typing import Any

import numpy as np
from diagnosis.case import CONSTRUCTORS, Case
from diagnosis.trace import BUFFERS, SETTINGS, Moment, Trace
from tracing.data import Odd, Raised, Shelved, decode
from tracing.limit import TookTooLong
from tracing.look import LARGEST

from grading.examiner import Malformed, expect

LONGEST = 1000  # characters of names and messages
TIMED_OUT = tuple(kind.__name__ for kind in TookTooLong.__mro__)


def received_trace(data: Any, case: Case) -> Trace:
    """The trace of a case, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If it is no trace, or not one of this case.
    """
    moments, fields = [], {}
    try:
        expect(0 < len(data["moments"]) <= len(case.calls), "a trace of another length")
        expect(data["moments"][0].keys() == SOUND.keys(), "a trace whose beginning is missing")
        shelf = Shelved(data["arrays"])
        for changed in data["moments"]:
            changed = {name: decode(value, shelf) for name, value in changed.items()}
            for name, value in changed.items():
                expect(SOUND[name](value), f"what is no {name}")
            fields = fields | changed
            moments.append(Moment(**fields))
        signature = decode(data["signature"])
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise Malformed("a trace that cannot be read") from error
    for call, moment in zip(case.calls, moments, strict=False):
        check_lengths(moment, len(case.params), made=call.do not in CONSTRUCTORS)
    expect(not any(moment.raised and not moment.params for moment in moments[:-1]), "a trace that goes on from nothing")
    if signature is not None:
        expect(isinstance(signature, list) and all(is_parameter(item) for item in signature), "a signature")
    return Trace(moments, signature)


def check_lengths(moment: Moment, count: int, made: bool) -> None:
    """Raise Malformed if this is not what can be seen of an optimizer with `count` parameters after a call.

    Only where the call was to make it (`made` is false) and raised can there be nothing to see.
    """
    lengths = {len(moment.params), len(moment.grads), len(moment.are_arrays), len(moment.requires_grad)}
    if lengths == {0} and moment.raised and not made:
        return
    expect(lengths == {count}, "another number of parameters")
    expect(len(moment.buffers) == len(BUFFERS), "the names of buffers")


def is_exception(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, Raised) or not 0 < len(value.types) <= LONGEST:
        return False
    if value.timed_out and value.types != TIMED_OUT:
        return False
    return all(len(text) <= LONGEST for text in (value.message, *value.types))


def is_numbers(value: Any) -> bool:
    if type(value) is np.ndarray:  # as most are
        return value.size <= LARGEST
    return value is None or isinstance(value, Odd)


def is_state(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or isinstance(value, list) and all(map(is_numbers, value))


def is_number(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or type(value) is float


def is_list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def is_flag(value: Any) -> bool:
    return type(value) is bool


def is_count(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or type(value) is int and abs(value) < 10**9


def is_dict_of(names: tuple[str, ...], kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and value.keys() <= set(names) and all(map(kind, value.values()))


# What each field of a moment can be.
SOUND = {
    "raised": is_exception,
    "returned": lambda value: is_state(value) or is_flag(value),
    "params": is_list_of(is_numbers),
    "grads": is_list_of(is_numbers),
    "buffers": is_dict_of(BUFFERS, is_state),
    "are_plain": is_flag,
    "settings": is_dict_of(SETTINGS, is_number),
    "step_count": is_count,
    "held": is_state,
    "are_arrays": is_list_of(is_flag),
    "requires_grad": is_list_of(is_flag),
    "same_params": is_flag,
}


def is_parameter(value: Any) -> bool:
    """Whether this is the name and default of a constructor's parameter."""
    return type(value) is tuple and len(value) == 2 and type(value[0]) is str and is_default(value[1])


def is_default(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(is_default, value))
    return type(value) in (bool, int, float, str, type(None), Odd)
