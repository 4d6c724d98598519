"""Cases and traces as what JSON can hold, and back. Nothing that is decoded can run."""

import base64
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

NUMBERS = "fiub"  # the kinds of dtype that an array of numbers may have
DTYPES = {
    np.dtype(code).name: np.dtype(code)
    for code in np.typecodes["All"]
    if np.dtype(code).kind in NUMBERS and np.dtype(code).itemsize <= 8  # wider ones differ between machines
}
LONGEST = 1000  # characters of a text; a trace's have at most a third
DEEPEST = 20  # levels of nesting; a case and a trace have half as many
name_of = cache(lambda dtype: dtype.name)  # numpy puts it together anew each time


@dataclass(frozen=True)
class Odd:
    """Stands for something that is not what it should be: an object where numbers belong, a property that raises."""

    what: str


@dataclass(frozen=True)
class Raised:
    """An exception: the names of its type and that type's bases, its message, and whether it is our own time limit."""

    types: tuple[str, ...]
    message: str
    timed_out: bool = False


PLAIN = {type(None), bool, int, float}


def encode(value: Any) -> Any:
    """Arrays, tuples, dicts, Odd and Raised as what JSON can hold, in lists too; anything else as it is."""
    if type(value) in PLAIN:  # most are, and a match takes long to find out
        return value
    match value:
        case np.ndarray():
            if value.dtype.kind == "f" and value.dtype.itemsize > 8:
                value = value.astype(np.float64)
            plain = value.astype(value.dtype.newbyteorder("="), order="C", copy=False)
            numbers = base64.b64encode(plain.tobytes()).decode()
            return {"array": numbers, "dtype": name_of(plain.dtype), "shape": value.shape}
        case Odd():
            return {"odd": value.what}
        case Raised():
            return {"raised": list(value.types), "message": value.message, "timed_out": value.timed_out}
        case tuple():
            return {"tuple": [encode(item) for item in value]}
        case list():
            return [encode(item) for item in value]
        case dict():
            return {"dict": {key: encode(item) for key, item in value.items()}}
    return value


def decode(data: Any, levels: int = DEEPEST) -> Any:
    """What `encode` was called on. Text that no file can hold, half a surrogate pair, becomes a question mark.

    Raises
    ------
    ValueError
        If it cannot have made this.
    """
    if not levels:
        raise ValueError("data that are nested too deeply")
    if type(data) in PLAIN:
        return data
    match data:
        case {"array": str(numbers), "dtype": str(dtype), "shape": list(shape)}:
            return decode_array(numbers, dtype, shape)
        case {"odd": str(what), **more} if not more:
            return Odd(short(what))
        case {"raised": list(types), "message": str(message), "timed_out": bool(timed_out)}:
            if not all(isinstance(name, str) for name in types):
                raise ValueError("the names of an exception's types are not text")
            return Raised(tuple(map(short, types)), short(message), timed_out)
        case {"tuple": list(items)}:
            return tuple([decode(item, levels - 1) for item in items])
        case {"dict": dict(items)}:
            return {key: decode(item, levels - 1) for key, item in items.items()}
        case list():
            return [decode(item, levels - 1) for item in data]
        case dict():
            raise ValueError("an object of no known kind")
        case str():
            return short(data)
    return data


def decode_array(numbers: str, dtype: str, shape: list) -> np.ndarray:
    if dtype not in DTYPES:  # asked before numpy is, which has a language of its own for dtypes
        raise ValueError("an array that is not of numbers")
    if not all(type(length) is int and length >= 0 for length in shape) or len(shape) > DEEPEST:
        raise ValueError("an array without a shape")
    values = np.frombuffer(base64.b64decode(numbers, validate=True), DTYPES[dtype])
    if values.size != math.prod(shape):
        raise ValueError("an array whose shape is that of another")
    return values.reshape(shape).copy()  # one that can be written to


def short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError("a text that is too long")
    return writable(text)


def writable(text: str) -> str:
    """Text as a file can hold it: with a question mark for half a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
