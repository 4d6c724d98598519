"""How much memory JSON takes when it is read, and how much room when it is written: known before either is done."""

import json
from typing import Any

FEW = 1 << 16  # bytes of JSON that can take little memory, whatever they are: a rough estimate will do
# Bytes of memory that a character of JSON stands for at most: an object with one entry, a list, an entry, half a text.
COSTS = {b"{": 240, b"[": 96, b",": 36, b'"': 30}
MOST_TEXTS = 1 << 20  # of which it is looked up what stands in them


def memory_estimate(text: bytes) -> int:
    """Bytes of memory that a JSON text takes when it is read, at most, apart from its own length.

    Brackets and commas that stand in texts count for nothing, unless there are a million texts.
    """
    estimate = sum(cost * text.count(mark) for mark, cost in COSTS.items())
    if len(text) > FEW and estimate > 4 * len(text) and text.count(b'"') <= 2 * MOST_TEXTS:
        pieces = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b"".join(pieces[::2])
        estimate = sum(cost * outside.count(mark) for mark, cost in COSTS.items()) + COSTS[b'"'] * len(pieces)
    return estimate


def size_in_notebook(data: Any) -> int:
    """Characters that JSON data take in a file of a notebook, where each value has an indented line of its own."""
    text = json.dumps(data)
    size = len(text)
    if sum(map(text.count, "[{,")) < 1000:
        return size  # what is indented is not much more
    level, layer = 1, [data]
    while layer:
        inner = [value for outer in layer for value in (outer.values() if isinstance(outer, dict) else outer)]
        size += (level + 1) * len(inner)
        layer = [value for value in inner if isinstance(value, (dict, list))]
        size += level * len(layer)
        level += 1
    return size
