"""Outputs of cells as they come from a child, which may send anything: only what has the right form is let in."""

import re
from typing import Any

from nbformat.v4 import new_output
from tracing.data import writable

from .untrusted import Malformed, expect

DEEPEST = 100  # levels of nesting; what a notebook shows has a few, and Python can copy and write a few hundred


def storable(data: Any, levels: int = DEEPEST) -> Any:
    """JSON as a file can hold it: with a question mark for half a surrogate pair, and no deeper than can be written.

    Raises
    ------
    Malformed
        If it is deeper, or if a text in it has more than so many characters.
    """
    expect(levels > 0, "data that are nested too deeply")
    match data:
        case str():
            return writable(data)
        case list():
            return [storable(item, levels - 1) for item in data]
        case dict():
            return {writable(key): storable(item, levels - 1) for key, item in data.items()}
    return data


def received_outputs(data: Any) -> list:
    """The outputs of a cell as nbformat has them, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If they are no outputs.
    """
    expect(isinstance(data, list) and all(isinstance(output, dict) for output in data), "outputs that are none")
    return [received_output(output) for output in storable(data)]


def received_output(data: dict) -> Any:
    kind = data.get("output_type")
    match data:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return new_output(kind, name=name, text=text)
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(frames)}:
            expect(all(isinstance(frame, str) for frame in frames), "a traceback that is not text")
            return new_output(kind, ename=name, evalue=value, traceback=frames)
        case {"output_type": "display_data" | "execute_result", "data": dict(shown), "metadata": dict(metadata)}:
            expect(all(is_shown(name, value) for name, value in shown.items()), "a picture that is none")
            more = {}
            if kind == "execute_result":
                count = data.get("execution_count")
                expect(type(count) is int and count >= 0, "a result without its number")
                more = {"execution_count": count}
            return new_output(kind, data=shown, metadata=harmless(metadata), **more)
    raise Malformed("an output of no known kind")


def harmless(metadata: dict) -> dict:
    """What of an output's metadata cannot be mistaken for HTML: pages put a picture's width there as it is."""
    kept = {}
    for name, value in metadata.items():
        if isinstance(value, dict):
            value = harmless(value)
        if type(value) in (bool, int, float, dict) or isinstance(value, str) and re.fullmatch(r"[\w.%-]*", value):
            kept[name] = value
    return kept


def is_shown(name: str, value: Any) -> bool:
    """Whether this is MIME data: text, or for JSON types anything."""
    return "/" in name and (isinstance(value, str) or re.fullmatch(r"application/([a-zA-Z0-9.+-]+\+)?json", name))
