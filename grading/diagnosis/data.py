"""Cases and traces as what JSON can hold, and back. Nothing that is decoded can run."""

from dataclasses import dataclass
from typing import Any

import numpy as np

NUMBERS = "fiub"  # the kinds of dtype that an array of numbers may have
DTYPES = frozenset(np.dtype(code).name for code in np.typecodes["All"] if np.dtype(code).kind in NUMBERS)


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


def encode(value: Any) -> Any:
    """Arrays, tuples, dicts, Odd and Raised as what JSON can hold, in lists too; anything else as it is."""
    match value:
        case np.ndarray():
            wide = value.dtype.kind == "f" and value.dtype.itemsize > 8  # JSON's numbers are those of float64
            return {"array": (value.astype(np.float64) if wide else value).tolist(), "dtype": value.dtype.name}
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


def decode(data: Any) -> Any:
    """What `encode` was called on.

    Raises
    ------
    ValueError
        If it cannot have made this.
    """
    match data:
        case {"array": numbers, "dtype": str(dtype)}:
            if dtype not in DTYPES:  # asked before numpy is, which has a language of its own for dtypes
                raise ValueError("an array that is not of numbers")
            return np.array(numbers, dtype=dtype)
        case {"odd": str(what)}:
            return Odd(what)
        case {"raised": list(types), "message": str(message), "timed_out": bool(timed_out)}:
            if not all(isinstance(name, str) for name in types):
                raise ValueError("the names of an exception's types are not text")
            return Raised(tuple(types), message, timed_out)
        case {"tuple": list(items)}:
            return tuple(decode(item) for item in items)
        case {"dict": dict(items)}:
            return {key: decode(item) for key, item in items.items()}
        case list():
            return [decode(item) for item in data]
        case dict():
            raise ValueError("an object of no known kind")
    return data
