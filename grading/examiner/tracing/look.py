"""Look at objects that a submission made, without trusting any of them.

Looking at a stranger's object runs the stranger's code: a property may raise, loop, or return anything.
"""

import contextlib
import inspect
import warnings
from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from .data import NUMBERS, Odd, Raised
from .limit import TookTooLong

LONGEST_TEXT = 300  # characters that are kept of a message
LARGEST = 100_000  # numbers in one array; those of a check have a few dozen
NUMERIC = (np.ndarray, np.generic, int, float)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings: a division by zero is seen in the numbers."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def raised(error: BaseException) -> Raised:
    """An exception as data."""
    try:
        message = " ".join(plain_text(str(error)).split())  # on one line, so that it passes for nothing else
    except BaseException:  # noqa: BLE001 - the exception is the student's, and so is its __str__
        message = ""
    # asked of `type` itself, because the class may belong to a metaclass that answers otherwise
    kinds = type.__dict__["__mro__"].__get__(type(error))
    names = tuple(plain_text(type.__dict__["__name__"].__get__(kind)) for kind in kinds)
    return Raised(names, message, isinstance(error, TookTooLong))


def plain_text(text: str) -> str:
    """The beginning of a text, as a str and nothing that only inherits from it."""
    return str.__getitem__(text, slice(LONGEST_TEXT))


def seen(read: Callable, *arguments: Any) -> Any:
    """What `read` returns, or Odd if it raises: looking at a student's object runs the student's code."""
    try:
        return read(*arguments)
    except TookTooLong:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit and the like
        return Odd(f"raises {raised(error).types[0]}")


def kind_of(value: Any) -> Odd:
    return Odd(f"a {plain_text(type.__dict__['__name__'].__get__(type(value)))}")


def numbers(value: Any) -> np.ndarray | Odd | None:
    """A copy of the numbers in a Tensor, array or number; None for None, Odd for anything else.

    A Tensor may hold another Tensor, where somebody forgot ``.data``; the numbers are in there all the same.
    """
    if is_usual(value):  # as most are
        return value.copy()
    if value is None or isinstance(value, Odd):
        return value
    result = seen(held_numbers, value)
    return kind_of(value) if isinstance(result, Odd) and result.what == "raises AttributeError" else result


def is_usual(value: Any) -> bool:
    """Whether this is a plain array of numbers, and not a large one."""
    return type(value) is np.ndarray and value.dtype.kind in NUMBERS and value.size <= LARGEST


def held_numbers(value: Any) -> np.ndarray | Odd:
    """A copy of the numbers in something that is no usual array; it may raise whatever its code raises."""
    held = value
    for _ in range(3):
        if not isinstance(held, NUMERIC):
            held = held.data
    if is_usual(held):
        return held.copy()
    if not isinstance(held, NUMERIC):
        return kind_of(value)
    array = np.asarray(held)
    if array.size > LARGEST:
        return Odd(f"an array of {array.size} numbers")
    array = np.array(array)  # a plain copy, whatever subclass it was
    return array if array.dtype.kind in NUMBERS else Odd(f"an array of {array.dtype.name}")


def number(value: Any) -> float | Odd | None:
    """A number as a float; None for None, Odd for anything else."""
    return None if value is None else seen(lambda: float(value))


def answer(value: Any) -> float | Odd:
    """The number that answers a question, as a float; Odd for anything else."""
    if seen(lambda: isinstance(value, Real) and not isinstance(value, bool)) is not True:
        return kind_of(value)
    plain = number(value)
    return plain if type(plain) is float else Odd(f"{kind_of(value).what} that is no number a float can hold")


def whole_number(value: Any) -> int | Odd:
    """A whole number as an int, if it is no larger than a count can be; Odd for anything else."""
    if type(value) is int and abs(value) < 10**9 or isinstance(value, Odd):
        return value
    plain = seen(lambda: int(value) if isinstance(value, (int, np.integer)) and abs(value) < 10**9 else None)
    return plain if isinstance(plain, int) else kind_of(value)


def signature_of(subject: type) -> list | None:
    """The names and defaults of a constructor's parameters."""

    def plain(default):
        if type(default) in (tuple, list):
            return tuple(plain(item) for item in default)
        if type(default) in (bool, int, float, str, type(None)):
            return default
        return float(default) if isinstance(default, (np.floating, np.integer)) else Odd("no plain default")

    def read():
        return [(plain_text(p.name), plain(p.default)) for p in inspect.signature(subject).parameters.values()]

    parameters = seen(read)
    return None if isinstance(parameters, Odd) else parameters
