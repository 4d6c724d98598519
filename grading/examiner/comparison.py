"""Compare what a submission's function returned with what the instructor's did: a number far or near, or a kind."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from tracing.data import Odd
from tracing.values import Iterated

from .verdict import FAR

ROUNDING = 32  # times its precision, two right ways to a number may differ
MOST_NEAR = 100  # keys, or items of a set, of which it is asked whether they differ by rounding alone
LONGEST_KEY = 40  # characters of a key that a message shows

KINDS = {
    bool: "True or False",
    str: "a text",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
    frozenset: "a frozenset",
    dict: "a dict",
    Iterated: "an iterator",
    np.ndarray: "an array",
    type(None): "None",
}


@dataclass(frozen=True)
class Tolerance:
    """How far off a number is still right, and whether the dtype of an array counts.

    No number is judged more finely than its dtype can tell: float32 has seven digits, and loses some in every sum.

    Attributes
    ----------
    relative, absolute : float
        As for `numpy.isclose`.
    dtype : bool
    """

    relative: float = 1e-6
    absolute: float = 1e-9
    dtype: bool = True


@dataclass(frozen=True)
class Difference:
    """How far a value is off, in tolerances, and what is wrong with it, without the right value.

    A size of at most 1 is right; then there is nothing to say.
    """

    size: float
    message: str = ""


def difference(right: Any, given: Any, tolerance: Tolerance, what: str = "what it returns") -> Difference:
    """Compare two values of any kind.

    Parameters
    ----------
    right, given : Any
        As `tracing.values.decode` makes them.
    tolerance : Tolerance
    what : str
        What the value is, for the message.
    """
    if isinstance(given, Odd):
        return far(f"{what} should be {kind_of(right)}, not {given.what}")
    if is_number(right):
        return numbers(right, given, tolerance, what)
    if isinstance(right, np.ndarray):
        return arrays(right, given, tolerance, what)
    if kind_of(right) != kind_of(given):
        return far(f"{what} should be {kind_of(right)}, not {described(given)}")
    if isinstance(right, str):
        return texts(right, given, what)
    if isinstance(right, (list, tuple)):
        return sequences(right, given, tolerance, what)
    if isinstance(right, dict):
        return mappings(right, given, tolerance, what)
    if isinstance(right, (set, frozenset)):
        return sets(right, given, tolerance, what)
    return Difference(0.0) if right == given else far(f"{what} is not right")


def far(message: str) -> Difference:
    return Difference(FAR, message)


def is_number(value: Any) -> bool:
    """Whether a value is a number, as NumPy or Python have it; True and False are none."""
    if isinstance(value, np.ndarray):
        return False
    return isinstance(value, (int, float, complex, np.number)) and not isinstance(value, bool)


def is_bool(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def kind_of(value: Any) -> str:
    """What kind of value something is, in words for a student."""
    if is_number(value):
        return "a number"
    if is_bool(value):
        return KINDS[bool]
    return next((words for kind, words in KINDS.items() if type(value) is kind), f"a {type(value).__name__}")


def described(value: Any) -> str:
    """A wrong value, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"the number {value}"[:60] if isinstance(value, (float, np.number)) else kind_of(value)


def shown(key: Any) -> str:
    """A key in quotes; of one that is long, or that could pass for words of ours, only what it is."""
    text = repr(key)
    if len(text) <= LONGEST_KEY and " raised " not in text:
        return text
    return f"<a text of {len(key)} characters>" if isinstance(key, str) else f"<{kind_of(key)}>"


def numbers(right: Any, given: Any, tolerance: Tolerance, what: str) -> Difference:
    if isinstance(given, np.ndarray) and given.shape == () and given.dtype.kind in "iufc":
        given = given[()]  # an array that is one number
    if not is_number(given):
        return far(f"{what} should be a number, not {described(given)}")
    if isinstance(right, (int, np.integer)) and isinstance(given, (int, np.integer)):
        size = 0.0 if int(right) == int(given) else FAR  # a count is right or wrong, however large it is
    else:
        try:
            size = float(off(np.asarray(complex(right)), np.asarray(complex(given)), tolerance, precision(right)))
        except OverflowError:
            size = FAR
    return Difference(size, "" if size <= 1 else f"{what} is {by_how_much(right, given)}")


def precision(value: Any) -> float:
    """The relative precision of a number's dtype, or of an array's."""
    dtype = getattr(value, "dtype", np.dtype(float))
    return float(np.finfo(dtype).eps) if dtype.kind in "fc" else 0.0


def off(right: np.ndarray, given: np.ndarray, tolerance: Tolerance, precise: float) -> np.ndarray:
    """How far numbers are off, in tolerances; of large ones that have cancelled, small remainders count for nothing."""
    if right.dtype.kind in "iu" and given.dtype.kind in "iu":
        return np.where(right == given, 0.0, FAR)
    with np.errstate(all="ignore"):
        wide = complex if "c" in (right.dtype.kind, given.dtype.kind) else float
        mine, theirs = right.astype(wide), given.astype(wide)
        least = ROUNDING * precise
        largest = np.max(np.abs(mine), initial=0.0, where=np.isfinite(mine))
        allowed = max(tolerance.absolute, least * largest) + max(tolerance.relative, least) * np.abs(mine)
        gap = np.abs(theirs - mine) / allowed
        same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        return np.where(same, 0.0, np.where(np.isfinite(gap), np.minimum(gap, FAR), FAR))


def by_how_much(right: Any, given: Any) -> str:
    """How far a number is from the right one, in words that do not say the right one."""
    if any(isinstance(value, (complex, np.complexfloating)) for value in (right, given)):
        return "not right"
    try:
        right, given = float(right), float(given)
    except OverflowError:
        return "not right"
    if not math.isfinite(given):
        return f"{given}, and should be {'finite' if math.isfinite(right) else 'another number'}"
    if not math.isfinite(right):
        return "finite, and should not be"
    if right == 0:
        return f"{given:.4g}, and should be 0"
    if given == -right:
        return "right but for its sign"
    gap = abs(given - right) / abs(right)
    if not gap:
        return "not right"  # two whole numbers that one float stands for
    if gap < 10:
        return f"off by {gap * 100:.2g}%" if gap < 1 else f"off by {gap:.0%}"
    times = abs(given / right)
    return f"{times:,.0f} times as large as it should be" if times < 1e6 else f"far too large ({given:.2g})"


def arrays(right: np.ndarray, given: Any, tolerance: Tolerance, what: str) -> Difference:
    if right.shape == () and is_number(given):
        given = np.asarray(given)  # one number is as good
    if not isinstance(given, np.ndarray):
        return far(f"{what} should be an array, not {described(given)}")
    if right.shape != given.shape:
        return far(f"the shape of {what} should be {right.shape}, yours is {given.shape}")
    if right.dtype.kind in "UO" or given.dtype.kind in "UO":
        return objects(right, given, tolerance, what)
    if (right.dtype.kind == "b") != (given.dtype.kind == "b"):
        return far(f"the dtype of {what} should be {right.dtype.name}, yours is {given.dtype.name}")
    gaps = off(right, given, tolerance, precision(right))
    size = float(np.max(gaps, initial=0.0))
    if size > 1:
        place = np.unravel_index(np.argmax(gaps > 1), gaps.shape)
        entry = f"entry [{', '.join(map(str, map(int, place)))}] of {what}" if gaps.ndim else what
        wrong, count = int((gaps > 1).sum()), gaps.size
        several = f" ({wrong} of {count} entries {'is' if wrong == 1 else 'are'} wrong)" if count > 1 else ""
        return Difference(size, f"{entry} is {by_how_much(right[place].item(), given[place].item())}{several}")
    if tolerance.dtype and right.dtype.name != given.dtype.name:
        return far(f"the dtype of {what} should be {right.dtype.name}, yours is {given.dtype.name}")
    return Difference(size)


def objects(right: np.ndarray, given: np.ndarray, tolerance: Tolerance, what: str) -> Difference:
    if right.dtype.kind != given.dtype.kind:
        return far(f"the dtype of {what} should be {dtype_of(right)}, yours is {dtype_of(given)}")
    return sequences(right.ravel().tolist(), given.ravel().tolist(), tolerance, what)


def dtype_of(array: np.ndarray) -> str:
    return {"U": "text", "O": "object"}.get(array.dtype.kind, array.dtype.name)


def texts(right: str, given: str, what: str) -> Difference:
    if right == given:
        return Difference(0.0)
    if right.casefold() == given.casefold():
        return far(f"{what} is right but for capital letters")
    if right.split() == given.split():
        return far(f"{what} is right but for blanks and new lines")
    same = next((n for n, (a, b) in enumerate(zip(right, given, strict=False)) if a != b), min(len(right), len(given)))
    return far(f"{what} is not the right text, from character {same + 1} on")


def sequences(right: Any, given: Any, tolerance: Tolerance, what: str) -> Difference:
    if len(right) != len(given):
        return far(f"{what} should have {len(right)} items, and has {len(given)}")
    return worst(
        difference(mine, theirs, tolerance, f"item {n} of {what}")
        for n, (mine, theirs) in enumerate(zip(right, given, strict=True))
    )


def mappings(right: dict, given: dict, tolerance: Tolerance, what: str) -> Difference:
    near, missing, extra = paired(right, given, tolerance)
    if missing:
        return far(f"{what} has no key {shown(missing[0])}")
    if extra:
        return far(f"{what} should have no key {shown(extra[0])}")
    return worst(
        difference(mine, given[near.get(key, key)], tolerance, f"the value of {shown(key)} in {what}")
        for key, mine in right.items()
    )


def sets(right: Any, given: Any, tolerance: Tolerance, what: str) -> Difference:
    _, missing, extra = paired(right, given, tolerance)
    if not missing and not extra:
        return Difference(0.0)
    return far(f"{what} lacks {len(missing)} of its items and has {len(extra)} that it should not have")


def paired(right: Collection, given: Collection, tolerance: Tolerance) -> tuple[dict, list, list]:
    """Pair the keys of two dicts, or the items of two sets, where they are not the same but near.

    Returns
    -------
    near : dict
        From the right ones to the given ones.
    missing, extra : list
        Those that have no other.
    """
    near, missing = {}, [key for key in right if key not in given]
    extra = [key for key in given if key not in right]
    if len(missing) > MOST_NEAR or len(extra) > MOST_NEAR:
        return near, missing, extra
    for key in missing:
        number = next((n for n, other in enumerate(extra) if difference(key, other, tolerance).size <= 1), None)
        if number is not None:
            near[key] = extra.pop(number)
    return near, [key for key in missing if key not in near], extra


def worst(differences: Any) -> Difference:
    """The first that is wrong; where none is, the largest."""
    largest = Difference(0.0)
    for found in differences:
        if found.size > 1:
            return found
        largest = max(largest, found, key=lambda one: one.size)
    return largest
