"""Cases and traces as what JSON can hold, and back. Nothing that is decoded can run."""

import base64
import math
from collections.abc import Callable
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


def portable(value: np.ndarray) -> np.ndarray:
    """An array in a dtype that is the same on all machines."""
    if value.dtype.kind == "f" and value.dtype.itemsize > 8:
        return value.astype(np.float64)
    return value.astype(value.dtype.newbyteorder("="), order="C", copy=False)


def encode_array(value: np.ndarray) -> dict:
    plain = portable(value)
    numbers = base64.b64encode(plain.tobytes()).decode()
    return {"array": numbers, "dtype": name_of(plain.dtype), "shape": plain.shape}


def encode(value: Any, array: Callable[[np.ndarray], dict] = encode_array) -> Any:
    """Arrays, tuples, dicts, Odd and Raised as what JSON can hold, in lists too; anything else as it is.

    Parameters
    ----------
    value : Any
    array : callable
        Encodes an array of numbers as a dict with the key ``"array"``.
    """
    kind = type(value)  # most are of one of these, and a match takes long to find out
    if kind in PLAIN:
        return value
    if kind is np.ndarray:
        return array(value)
    if kind is list:
        return [encode(item, array) for item in value]
    match value:
        case dict():
            return {"dict": {key: encode(item, array) for key, item in value.items()}}
        case tuple():
            return {"tuple": [encode(item, array) for item in value]}
        case Odd():
            return {"odd": value.what}
        case Raised():
            return {"raised": list(value.types), "message": value.message, "timed_out": value.timed_out}
    return value


def decode_array(data: dict) -> np.ndarray:
    match data:
        case {"array": str(numbers), "dtype": str(dtype), "shape": list(shape)}:
            data, size = base64.b64decode(numbers, validate=True), size_of(dtype, shape)
            if len(data) == size * DTYPES[dtype].itemsize:
                return shaped(data, dtype, shape, size).copy()  # one that can be written to
    raise ValueError("an array of no known form")


def decode(data: Any, array: Callable[[dict], np.ndarray] = decode_array, levels: int = DEEPEST) -> Any:
    """What `encode` was called on. Text that no file can hold, half a surrogate pair, becomes a question mark.

    Parameters
    ----------
    data : Any
    array : callable
        Decodes an array.
    levels : int
        How deep the data may be nested.

    Raises
    ------
    ValueError
        If `encode` cannot have made this.
    """
    if type(data) in PLAIN:
        return data
    if not levels:
        raise ValueError("data that are nested too deeply")
    if type(data) is list:
        return [decode(item, array, levels - 1) for item in data]
    if type(data) is dict and "array" in data:
        return array(data)
    match data:
        case {"odd": str(what), **more} if not more:
            return Odd(short(what))
        case {"raised": list(types), "message": str(message), "timed_out": bool(timed_out)}:
            if not all(isinstance(name, str) for name in types):
                raise ValueError("the names of an exception's types are not text")
            return Raised(tuple(map(short, types)), short(message), timed_out)
        case {"tuple": list(items)}:
            return tuple([decode(item, array, levels - 1) for item in items])
        case {"dict": dict(items)}:
            return {key: decode(item, array, levels - 1) for key, item in items.items()}
        case dict():
            raise ValueError("an object of no known kind")
        case str():
            return short(data)
    return data


class Shelf:
    """Arrays, each kept once however often it is there: most of what a trace shows is as it was before."""

    def __init__(self) -> None:
        self.places: dict[tuple, int] = {}
        self.arrays: list[np.ndarray] = []

    def put(self, value: np.ndarray) -> dict:
        """What stands for an array; equal ones share a place."""
        key = value.dtype, value.shape, value.tobytes()
        place = self.places.setdefault(key, len(self.arrays))
        if place == len(self.arrays):
            self.arrays.append(portable(value))
        return {"array": place}

    def as_data(self) -> dict:
        """All arrays as what JSON can hold: their numbers one after the other, and the dtype and shape of each."""
        numbers = base64.b64encode(b"".join(array.tobytes() for array in self.arrays)).decode()
        return {"numbers": numbers, "kinds": [[name_of(array.dtype), array.shape] for array in self.arrays]}

    @staticmethod
    def reader(data: dict) -> Callable[[dict], np.ndarray]:
        """What gives, for that which stands for an array, the array itself, which cannot be written to.

        Raises
        ------
        ValueError, KeyError or TypeError
            If `as_data` cannot have made the data.
        """
        numbers, arrays, start = base64.b64decode(data["numbers"], validate=True), [], 0
        sizes: dict[tuple, int] = {}  # of the few kinds there are
        for dtype, shape in data["kinds"]:
            kind = dtype, *shape
            if kind not in sizes:
                sizes[kind] = size_of(dtype, shape)
            array = shaped(numbers, dtype, shape, sizes[kind], start)
            arrays.append(array)
            start += array.nbytes
        if start != len(numbers):
            raise ValueError("numbers that belong to no array")

        def read(place: dict) -> np.ndarray:
            index = place["array"]
            if type(index) is not int or not 0 <= index < len(arrays):
                raise ValueError("an array that is not there")
            return arrays[index]

        return read


def size_of(dtype: str, shape: list) -> int:
    """How many numbers an array has, or ValueError if there is no such array."""
    if dtype not in DTYPES:  # asked before numpy is, which has a language of its own for dtypes
        raise ValueError("an array that is not of numbers")
    if not all(type(length) is int and length >= 0 for length in shape) or len(shape) > DEEPEST:
        raise ValueError("an array without a shape")
    return math.prod(shape)


def shaped(numbers: bytes, dtype: str, shape: list, size: int, start: int = 0) -> np.ndarray:
    """An array out of the bytes of its numbers, or ValueError if they are fewer."""
    return np.frombuffer(numbers, DTYPES[dtype], size, start).reshape(shape)


def short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError("a text that is too long")
    return writable(text)


def writable(text: str) -> str:
    """Text as a file can hold it: with a question mark for half a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
