"""Cases and traces as what JSON can hold, and back. Nothing that is decoded can run."""

import base64
import math
import re
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
# What an Odd can say, besides "a" and the name of a class: a submission calls its own as it likes, and in a sentence of
# the grader's that is to pass for nothing but a name.
SAYINGS = re.compile(
    r"(a|raises) [^\W\d]\w{0,59}( that is no number a float can hold)?|no plain default"
    r"|an array of ([a-z]{1,20}\d{0,10}(\[[A-Za-z0-9]{1,5}\])?|\d{1,20} numbers)"
    r"|something of more than [\d,]{1,9} (values|levels|MiB|keys)|a whole number of thousands of digits"
)
ENDLESS = re.compile(
    r"took too long|(and the calls before it )?did not end within [\d.e+]{1,9} seconds"
)  # so it is told
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


class Shelf:
    """Arrays, each kept once however often it is there: most of what a trace shows is as it was before.

    Parameters
    ----------
    lists : bool
        Whether a list of arrays has one entry for all of them, and not one for each. Recorded cases have one for each.
    """

    def __init__(self, lists: bool = False) -> None:
        self.lists = lists
        self.places: dict[tuple, int] = {}
        self.arrays: list[np.ndarray] = []

    def place(self, value: np.ndarray) -> int:
        """Where an array is; equal ones share a place."""
        key = value.dtype, value.shape, value.tobytes()
        place = self.places.setdefault(key, len(self.arrays))
        if place == len(self.arrays):
            self.arrays.append(portable(value))
        return place

    def as_data(self) -> dict:
        """All arrays as what JSON can hold: their numbers one after the other, and the dtype and shape of each."""
        numbers = base64.b64encode(b"".join(array.tobytes() for array in self.arrays)).decode()
        return {"numbers": numbers, "kinds": [[name_of(array.dtype), array.shape] for array in self.arrays]}


class Shelved:
    """The arrays of a Shelf, read again. They cannot be written to.

    Parameters
    ----------
    data : dict

    Raises
    ------
    ValueError, KeyError or TypeError
        If `Shelf.as_data` cannot have made the data.
    """

    def __init__(self, data: dict) -> None:
        numbers, start = base64.b64decode(data["numbers"], validate=True), 0
        self.arrays: list[np.ndarray] = []
        sizes: dict[tuple, int] = {}  # of the few kinds there are
        for dtype, shape in data["kinds"]:
            kind = dtype, *shape
            if kind not in sizes:
                sizes[kind] = size_of(dtype, shape)
            array = np.frombuffer(numbers, DTYPES[dtype], sizes[kind], start).reshape(shape)
            self.arrays.append(array)
            start += array.nbytes
        if start != len(numbers):
            raise ValueError("numbers that belong to no array")

    def get(self, place: Any) -> np.ndarray:
        """An array, or ValueError if there is none in this place."""
        if type(place) is not int or not 0 <= place < len(self.arrays):
            raise ValueError("an array that is not there")
        return self.arrays[place]


def encode(value: Any, shelf: Shelf | None = None) -> Any:
    """Tuples, dicts, Odd and Raised as what JSON can hold, in lists too; anything else as it is.

    Parameters
    ----------
    value : Any
    shelf : Shelf or None
        Where arrays are put, if there may be any.
    """
    kind = type(value)  # most are of one of these, and a match takes long to find out
    if kind in PLAIN:
        return value
    if kind is np.ndarray:
        return {"array": shelf.place(value)}
    if kind is list:
        if value and shelf and shelf.lists and all([type(item) is np.ndarray for item in value]):
            return {"arrays": [shelf.place(item) for item in value]}
        return [encode(item, shelf) for item in value]
    match value:
        case dict():
            return {"dict": {key: encode(item, shelf) for key, item in value.items()}}
        case tuple():
            return {"tuple": [encode(item, shelf) for item in value]}
        case Odd():
            return {"odd": value.what}
        case Raised():
            return {"raised": list(value.types), "message": value.message, "timed_out": value.timed_out}
    return value


def decode(data: Any, shelf: Shelved | None = None, levels: int = DEEPEST) -> Any:
    """What `encode` was called on. In a text, what cannot be printed on one line is replaced.

    Parameters
    ----------
    data : Any
    shelf : Shelved or None
        Where arrays are, if there may be any.
    levels : int
        How deep the data may be nested.

    Raises
    ------
    ValueError
        If `encode` cannot have made this.
    """
    kind = type(data)
    if kind in PLAIN:
        return data
    if kind is str:
        return short(data)
    if not levels:
        raise ValueError("data that are nested too deeply")
    if kind is list:
        return [decode(item, shelf, levels - 1) for item in data]
    if kind is dict and shelf:
        if "arrays" in data:
            return [shelf.get(place) for place in data["arrays"]]
        if "array" in data:
            return shelf.get(data["array"])
    match data:
        case {"odd": str(what), **more} if not more:
            return odd_of(what)
        case {"raised": list(types), "message": str(message), "timed_out": bool(timed_out)}:
            if not all(isinstance(name, str) for name in types):
                raise ValueError("the names of an exception's types are not text")
            if timed_out and not ENDLESS.fullmatch(message):
                message = "took too long"
            return Raised(tuple(map(short, types)), short(message), timed_out)
        case {"tuple": list(items)}:
            return tuple([decode(item, shelf, levels - 1) for item in items])
        case {"dict": dict(items)}:
            return {key: decode(item, shelf, levels - 1) for key, item in items.items()}
        case dict():
            raise ValueError("an object of no known kind")
    return data


def size_of(dtype: str, shape: list) -> int:
    """How many numbers an array has, or ValueError if there is no such array."""
    if dtype not in DTYPES:  # asked before numpy is, which has a language of its own for dtypes
        raise ValueError("an array that is not of numbers")
    if not all(type(length) is int and length >= 0 for length in shape) or len(shape) > DEEPEST:
        raise ValueError("an array without a shape")
    return math.prod(shape)


def odd_of(what: str) -> Odd:
    """What stands for something that is not what it should be; of what no code of ours says, only that it is odd."""
    what = short(what)
    return Odd(what if SAYINGS.fullmatch(what) else "an object")


def short(text: str) -> str:
    """A text on one line, and without what a terminal would obey; ValueError if it is long."""
    if len(text) > LONGEST:
        raise ValueError("a text that is too long")
    text = writable(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def writable(text: str) -> str:
    """Text as a file can hold it: with a question mark for half a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
