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
MOST_ARRAYS = 20_000  # in a case or a trace, which have a few hundred
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


@cache
def is_portable(dtype: np.dtype) -> bool:
    """Whether a dtype is the same on all machines."""
    return dtype.isnative and (dtype.kind != "f" or dtype.itemsize <= 8)


def portable(value: np.ndarray) -> np.ndarray:
    """An array in a dtype that is the same on all machines."""
    if value.dtype.kind == "f" and value.dtype.itemsize > 8:
        return value.astype(np.float64)
    return value.astype(value.dtype.newbyteorder("="), order="C", copy=False)


class Shelf:
    """Lists of arrays, each kept once however often it is there: most of what a trace shows is as it was before."""

    def __init__(self) -> None:
        self.layouts: dict[tuple, int] = {}  # the dtypes and shapes of a list
        self.places: dict[tuple[int, bytes], int] = {}

    def place(self, arrays: list[np.ndarray]) -> int:
        """Where a list of arrays is; equal ones share a place."""
        layout = tuple([(array.dtype, array.shape) for array in arrays])
        if layout not in self.layouts:
            if not all(is_portable(dtype) for dtype, _ in layout):
                return self.place([portable(array) for array in arrays])
            self.layouts[layout] = len(self.layouts)
        key = self.layouts[layout], b"".join([array.tobytes() for array in arrays])
        return self.places.setdefault(key, len(self.places))

    def as_data(self) -> dict:
        """All lists as what JSON can hold: their numbers one after the other, and the layout of each."""
        numbers = base64.b64encode(b"".join([row for _, row in self.places])).decode()
        layouts = [[[name_of(dtype), shape] for dtype, shape in layout] for layout in self.layouts]
        return {"numbers": numbers, "layouts": layouts, "lists": [number for number, _ in self.places]}


class Shelved:
    """The lists of a Shelf, read again. Their arrays cannot be written to.

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
        if max(len(data["lists"]), len(data["layouts"]), sum(map(len, data["layouts"]))) > MOST_ARRAYS:
            raise ValueError("more lists than anything shows")
        layouts = [[kind_from(*kind) for kind in layout] for layout in data["layouts"]]
        places = [index_in(layouts, number) for number in data["lists"]]
        if sum(len(layouts[number]) for number in places) > MOST_ARRAYS:
            raise ValueError("more arrays than anything shows")
        self.lists: list[list[np.ndarray]] = []
        for number in places:
            arrays = []
            for dtype, shape, size in layouts[number]:
                arrays.append(np.ndarray(shape, dtype, numbers, start))
                start += size
            self.lists.append(arrays)
        if start != len(numbers):
            raise ValueError("numbers that belong to no array")

    def get(self, place: Any) -> list[np.ndarray]:
        """A list of arrays, or ValueError if there is none in this place."""
        return self.lists[index_in(self.lists, place)]


def index_in(values: list, number: Any) -> int:
    """An index that JSON data name, or ValueError if it is none of this list."""
    if type(number) is not int or not 0 <= number < len(values):
        raise ValueError("an array that is not there")
    return number


def kind_from(dtype: str, shape: list) -> tuple[np.dtype, tuple[int, ...], int]:
    """The dtype and shape of an array, and its size in bytes; ValueError if there is no such array."""
    size = size_of(dtype, shape)
    return DTYPES[dtype], tuple(shape), size * DTYPES[dtype].itemsize


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
        return {"array": shelf.place([value])}
    if kind is list:
        if value and shelf and all([type(item) is np.ndarray for item in value]):
            return {"arrays": shelf.place(value)}
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
            return shelf.get(data["arrays"])
        if "array" in data:
            (array,) = shelf.get(data["array"])
            return array
        if len(data) == 1 and type(items := data.get("tuple")) is list:
            return tuple([decode(item, shelf, levels - 1) for item in items])
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
