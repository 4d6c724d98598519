"""Numbers and arrays on a screen: short, and with enough digits to tell a right one from a wrong one."""

from typing import Any

import numpy as np

from ..util.text import in_one_line

MOST_ENTRIES = 4  # of an array that are shown
FEWEST_DIGITS, MOST_DIGITS = 4, 10
LONGEST_TEXT = 70  # characters


def pair(given: Any, right: Any, is_right: bool, entries: int = MOST_ENTRIES) -> tuple[str, str]:
    """Write a value and the right one, of an array from the entry on that is the farthest off."""
    start = 0
    if not is_right and (worst := farthest(given, right)) is not None:
        start = worst[0] if np.size(right) > entries else 0
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        texts = written(given, digits, start, entries), written(right, digits, start, entries)
        if is_right or texts[0] != texts[1]:
            break
    return texts


def written(value: Any, digits: int = FEWEST_DIGITS, start: int = 0, entries: int = MOST_ENTRIES) -> str:
    """Write a value in one line; of a long array only some entries, and its shape."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iufcb":
        if value.shape == ():
            return number(value[()], digits)
        row = value.ravel()
        begin = min(start, max(0, row.size - entries))
        shown = ", ".join(number(entry, digits) for entry in row[begin : begin + entries])
        before = "..., " if begin else ""
        after = ", ..." if begin + entries < row.size else ""
        return f"[{before}{shown}{after}]"
    if isinstance(value, (float, complex, np.number)):
        return number(value, digits)
    text = in_one_line(value if isinstance(value, str) else repr(value))
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def number(value: Any, digits: int) -> str:
    """Write one number."""
    return str(value) if isinstance(value, (bool, np.bool_, int, np.integer)) else f"{value:.{digits}g}"


def kind(value: Any) -> str:
    """Say what an array is: its shape and its dtype; empty for anything else."""
    return f"{value.dtype.name}, shape {value.shape}" if isinstance(value, np.ndarray) else ""


def farthest(given: Any, right: Any) -> tuple[int, tuple[int, ...], float] | None:
    """Where an array is the farthest off, as a flat and as a full index, and by how much; None if that is nowhere."""
    given, right = as_numbers(given), as_numbers(right)
    if given is None or right is None or given.shape != right.shape or not given.size:
        return None
    with np.errstate(all="ignore"):
        off = np.abs(given - right)
    off = np.where(np.isnan(off) & (np.isnan(given) != np.isnan(right)), np.inf, off)
    flat = int(np.nanargmax(off)) if not np.isnan(off).all() else 0
    place = tuple(map(int, np.unravel_index(flat, off.shape)))
    return flat, place, float(off.ravel()[flat])


def as_numbers(value: Any) -> np.ndarray | None:
    """Return numbers as an array; None if they are none."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" or is_number:
        return np.asarray(value, dtype=float)
    return None


def difference(given: Any, right: Any, is_right: bool) -> str:
    """Say how far a value is from the right one: the largest difference, and where in an array it is."""
    found = farthest(given, right)
    if found is None:
        return "" if is_right else "differs"
    _, place, off = found
    if not off:
        return "0" if is_right else "differs"
    where = f" at [{', '.join(map(str, place))}]" if place else ""
    return f"{off:.3g}{where}"
