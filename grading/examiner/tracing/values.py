"""Whatever a function takes or returns, as what JSON can hold, and back. Nothing that is decoded can run.

Numbers, text, None, lists, tuples, sets, dicts and arrays of numbers or text, in any nesting. Arguments may also be
functions that everybody has, such as ``numpy.sin``: they travel by name.
"""

import base64
import importlib
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from .data import DEEPEST, Odd, odd_of, portable, size_of, writable
from .look import kind_of

MOST_VALUES = 100_000  # in one argument or result, all levels together
MOST_BYTES = 2**22  # of the texts and arrays in it
MOST_KEYS = 10_000  # of its sets and dicts together
MOST_ALIKE = 100  # of them with one and the same hash; of powers of two up to 2**1000, 17 have
LONGEST_NUMBER = 10_000  # bits of a whole number
NUMBERS = "fiubc"  # the kinds of dtype that an array of numbers may have
NAMED_IN = ("numpy", "math", "builtins", "operator")  # the packages whose functions travel by name
TOO_MANY = f"something of more than {MOST_VALUES:,} values"
TOO_DEEP = f"something of more than {DEEPEST} levels"
TOO_LARGE = f"something of more than {MOST_BYTES // 2**20} MiB"
TOO_MANY_KEYS = f"something of more than {MOST_KEYS:,} keys"
TOO_LONG = "a whole number of thousands of digits"
LISTS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


class NotSendable(Exception):
    """A value that cannot travel; the message says what it is."""


class Encoder:
    """Turns values into data, up to a size. It asks no method that a submission may have written, but ``__next__``.

    Parameters
    ----------
    functions : bool
        Whether a function may travel by its name.
    strict : bool
        Whether to raise NotSendable for what cannot travel; if not, an Odd stands for it.
    """

    def __init__(self, functions: bool = False, strict: bool = False) -> None:
        self.functions, self.strict = functions, strict
        self.values = self.bytes = self.keys = 0

    def encode(self, value: Any) -> Any:
        """Return a value as data; one that is too large is replaced by an Odd as a whole.

        Raises
        ------
        NotSendable
            If it cannot travel, and that matters.
        """
        self.values = self.bytes = self.keys = 0
        try:
            return self.any(value, DEEPEST)
        except NotSendable as error:
            if self.strict:
                raise
            return {"odd": str(error)}

    def any(self, value: Any, levels: int) -> Any:
        self.values += 1
        if self.values > MOST_VALUES:
            raise NotSendable(TOO_MANY)
        if not levels:
            raise NotSendable(TOO_DEEP)
        if value is None or value is True or value is False:
            return value
        if encode := ENCODER_OF.get(type(value)):  # as a rule it is of one of these itself
            return encode(self, value, levels - 1)
        for base, encode in ENCODERS:
            if is_a(value, base):
                return encode(self, value, levels - 1)
        return self.other(value, levels - 1)

    def whole(self, value: int, levels: int) -> Any:
        plain = int.__index__(value)
        if plain.bit_length() > LONGEST_NUMBER:
            raise NotSendable(TOO_LONG)
        return plain

    def real(self, value: float, levels: int) -> Any:
        return float.__float__(value)

    def complex(self, value: complex, levels: int) -> Any:
        plain = complex.__complex__(value)
        return {"complex": [plain.real, plain.imag]}

    def text(self, value: str, levels: int) -> Any:
        plain = str.__str__(value)
        self.take(len(plain) * 4)
        return writable(plain)

    def binary(self, value: bytes | bytearray, levels: int) -> Any:
        self.take(len(value))
        return {"bytes": base64.b64encode(bytes(memoryview(value))).decode()}

    def scalar(self, value: np.generic, levels: int) -> Any:
        return {"scalar": self.array(np.asarray(value), levels)}

    def array(self, value: np.ndarray, levels: int) -> Any:
        plain = np.ndarray.view(value, np.ndarray)
        if type(value) not in (np.ndarray, np.memmap):
            return self.odd(kind_of(value).what)
        self.take(plain.nbytes)
        if plain.dtype.kind in NUMBERS:
            if plain.dtype.kind == "c":
                plain = np.asarray(plain, np.complex64 if plain.dtype.itemsize == 8 else np.complex128)
            else:
                plain = portable(plain)
            numbers = base64.b64encode(np.ascontiguousarray(plain).tobytes()).decode()
            return {"array": numbers, "dtype": plain.dtype.name, "shape": list(plain.shape)}
        if plain.dtype.kind in "UO":
            dtype = "text" if plain.dtype.kind == "U" else "object"
            items = [self.any(item, levels) for item in plain.ravel().tolist()]
            return {"objects": items, "shape": list(plain.shape), "dtype": dtype}
        return self.odd(f"an array of {plain.dtype.name}")

    def items(self, value: Any, levels: int) -> Any:
        name = next(name for name, kind in LISTS.items() if is_a(value, kind))
        iterate = LISTS[name].__iter__
        if "set" in name:
            self.take_keys(len(value))
        found = [self.any(item, levels) for item in iterate(value)]
        return found if name == "list" else {name: found}

    def mapping(self, value: dict, levels: int) -> Any:
        self.take_keys(dict.__len__(value))
        return {"dict": [[self.any(key, levels), self.any(item, levels)] for key, item in dict.items(value)]}

    def other(self, value: Any, levels: int) -> Any:
        if self.functions and callable(value):
            try:
                return {"function": public_name(value)}
            except NotSendable:
                if self.strict:
                    raise
        if not self.strict and hasattr(type(value), "__next__"):  # a generator: what it yields is what counts
            return {"iterator": [self.any(item, levels) for item in value]}
        return self.odd(kind_of(value).what)

    def odd(self, what: str) -> dict:
        if self.strict:
            raise NotSendable(what)
        return {"odd": what}

    def take_keys(self, count: int) -> None:
        self.keys += count
        if self.keys > MOST_KEYS:
            raise NotSendable(TOO_MANY_KEYS)

    def take(self, size: int) -> None:
        self.bytes += size
        if self.bytes > MOST_BYTES:
            raise NotSendable(TOO_LARGE)


# By the first class that a value belongs to: numpy's float64 is a number of numpy's first, and its texts are texts.
ENCODERS: tuple[tuple[type, Callable], ...] = (
    (np.ndarray, Encoder.array),
    (str, Encoder.text),
    (bytes, Encoder.binary),
    (np.generic, Encoder.scalar),
    (int, Encoder.whole),
    (float, Encoder.real),
    (complex, Encoder.complex),
    (bytearray, Encoder.binary),
    (list, Encoder.items),
    (tuple, Encoder.items),
    (set, Encoder.items),
    (frozenset, Encoder.items),
    (dict, Encoder.mapping),
)

ENCODER_OF = dict(ENCODERS)


def is_a(value: Any, kind: type) -> bool:
    """Whether a value is an instance, asked of its type alone: ``__class__`` may say anything."""
    return type.__dict__["__mro__"].__get__(type(value)).count(kind) > 0


def public_name(function: Callable) -> str:
    """Return the name under which everybody finds a function.

    Raises
    ------
    NotSendable
        If there is none, as for a lambda.
    """
    name = getattr(function, "__name__", "")
    for module in NAMED_IN:
        if name and vars(importlib.import_module(module)).get(name) is function:
            return f"{module}.{name}"
    shown = "a lambda" if name == "<lambda>" else f"the function {name or function!r}"
    raise NotSendable(f"{shown}, which only your exam has; a function of {', '.join(NAMED_IN[:2])} can travel")


def decode(data: Any, functions: bool = False) -> Any:
    """Return what `Encoder.encode` was called on.

    Parameters
    ----------
    data : Any
        What JSON can hold.
    functions : bool
        Whether a function may travel by its name. Never where a submission has made the data.

    Raises
    ------
    ValueError
        If `Encoder.encode` cannot have made this.
    """
    return Decoder(functions).read(data)


class Decoder:
    """Reads data that anybody may have made. All that one decoder reads has at most `MOST_VALUES` values."""

    def __init__(self, functions: bool = False) -> None:
        self.functions = functions
        self.values = self.keys = 0

    def read(self, data: Any) -> Any:
        """Read one value; ValueError if `Encoder.encode` cannot have made it."""
        return self.any(data, 2 * DEEPEST)

    def any(self, data: Any, levels: int) -> Any:
        self.values += 1
        if not levels or self.values > 2 * MOST_VALUES:
            raise ValueError("data that are nested too deeply, or too many")
        kind = type(data)
        if data is None or kind in (bool, int, float, str):
            return data
        if kind is list:
            return [self.any(item, levels - 1) for item in data]
        if kind is dict:
            return self.object(data, levels - 1)
        raise ValueError("data of no known kind")

    def object(self, data: dict, levels: int) -> Any:
        match data:
            case {"odd": str(what), **more} if not more:
                return odd_of(what)
            case {"tuple": list(items), **more} if not more:
                return tuple([self.any(item, levels) for item in items])
            case {"iterator": list(items), **more} if not more:
                return Iterated([self.any(item, levels) for item in items])
            case {"set": list(items), **more} if not more:
                return self.hashed(set, [self.any(item, levels) for item in items])
            case {"frozenset": list(items), **more} if not more:
                return self.hashed(frozenset, [self.any(item, levels) for item in items])
            case {"dict": list(pairs), **more} if not more:
                return self.hashed(dict, [self.pair(pair, levels) for pair in pairs])
            case {"complex": [float(real), float(imaginary)], **more} if not more:
                return complex(real, imaginary)
            case {"bytes": str(text), **more} if not more:
                return base64.b64decode(text, validate=True)
            case {"scalar": dict(inner), **more} if not more:
                return scalar_of(self.object(inner, levels))
            case {"array": str(numbers), "dtype": str(dtype), "shape": list(shape), **more} if not more:
                return array_of(base64.b64decode(numbers, validate=True), dtype, shape)
            case {"objects": list(items), "dtype": str(dtype), "shape": list(shape), **more} if not more:
                return objects_of([self.any(item, levels) for item in items], dtype, shape)
            case {"function": str(name), **more} if self.functions and not more:
                module, _, name = name.partition(".")
                return getattr(importlib.import_module(module), name)
        raise ValueError("an object of no known kind")

    def pair(self, pair: Any, levels: int) -> tuple:
        if type(pair) is not list or len(pair) != 2:
            raise ValueError("a key without a value")
        return self.any(pair[0], levels), self.any(pair[1], levels)

    def hashed(self, kind: type, items: list) -> Any:
        """A set or dict, in little time: whoever makes the keys can have them all collide."""
        self.keys += len(items)
        if self.keys > MOST_KEYS:
            raise ValueError(TOO_MANY_KEYS)
        try:
            alike = Counter(hash(item[0] if kind is dict else item) for item in items).most_common(1)
            if alike and alike[0][1] > MOST_ALIKE:
                raise ValueError("keys that were made to collide")
            return kind(items)
        except TypeError as error:
            raise ValueError("a key that is none") from error


class Iterated(list):
    """What an iterator yielded."""


def scalar_of(value: Any) -> Any:
    """A number of NumPy's, or ValueError if it is none."""
    if isinstance(value, Odd):
        return value
    if not isinstance(value, np.ndarray) or value.shape != ():
        raise ValueError("a number that is none")
    return value[()]


def array_of(numbers: bytes, dtype: str, shape: list) -> np.ndarray:
    """An array of numbers, or ValueError if these are none of that shape."""
    is_complex = dtype in ("complex64", "complex128")
    count, kind = size_of("float64" if is_complex else dtype, shape), np.dtype(dtype)
    if len(numbers) != count * kind.itemsize:
        raise ValueError("numbers that belong to no array")
    return np.frombuffer(numbers, kind).reshape(shape).copy()


def objects_of(items: list, dtype: str, shape: list) -> np.ndarray:
    """An array of texts or of anything, or ValueError if the shape does not fit."""
    if dtype not in ("text", "object") or size_of("float64", shape) != len(items):
        raise ValueError("items that belong to no array")
    if dtype == "text":
        if not all(type(item) is str for item in items):
            raise ValueError("texts that are none")
        return np.array(items, dtype=np.str_).reshape(shape)
    found = np.empty(math.prod(shape), dtype=object)
    for place, item in enumerate(items):
        found[place] = item
    return found.reshape(shape)
