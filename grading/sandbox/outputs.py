"""Outputs of cells as they come from a child, which may send anything: only what has the right form is let in."""

import math
import re
from typing import Any

from .mime_bundle import TooDeep, sound_bundle, strict_json
from .untrusted import Malformed, expect

LONGEST_NAME = 1000  # characters of the name of an error
LONGEST_MESSAGE = 20_000  # of its message
LONGEST_ERRORS = 200_000  # of all errors of a cell, tracebacks and all; one of a notebook has some thousand
MOST_FRAMES = 100  # of a traceback
MOST_OUTPUTS = 1000  # of a cell
MOST_NOTES, LONGEST_NOTES = 5, 400  # more: which say what was left out, and an error that must not be


def received_outputs(data: Any, text: float = math.inf) -> list:
    """The outputs of a cell as nbformat has them, out of data that anybody may have made.

    What strict JSON cannot hold, and a value that is not of its MIME type, becomes text.

    Parameters
    ----------
    data : Any
    text : float
        Characters that a cell may print.

    Raises
    ------
    Malformed
        If they are no outputs, or more or larger ones than the shell would record.
    """
    expect(isinstance(data, list) and all(isinstance(output, dict) for output in data), "outputs that are none")
    expect(len(data) <= MOST_OUTPUTS + MOST_NOTES, "more outputs than a cell may have")
    try:
        outputs = [received_output(output) for output in strict_json(data)]
    except TooDeep as error:
        raise Malformed(str(error)) from error
    errors = [output for output in outputs if output.output_type == "error"]
    expect(
        sum(len(e.ename) + len(e.evalue) + sum(map(len, e.traceback)) for e in errors) <= LONGEST_ERRORS,
        "errors without end",
    )
    streams = [output for output in outputs if output.output_type == "stream"]
    expect(sum(len(stream.text) for stream in streams) <= text + LONGEST_NOTES, "more text than a cell may print")
    return outputs


def received_output(data: dict) -> Any:
    from nbformat.v4 import new_output  # here, because the template has use for the limits above, and none for nbformat

    kind = data.get("output_type")
    match data:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return new_output(kind, name=name, text=text)
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(frames)}:
            expect(all(isinstance(frame, str) for frame in frames), "a traceback that is not text")
            expect(len(frames) <= MOST_FRAMES and len(value) <= LONGEST_MESSAGE, "an error without end")
            return new_output(kind, ename=name, evalue=value, traceback=frames)
        case {"output_type": "display_data" | "execute_result", "data": dict(shown), "metadata": dict(metadata)}:
            expect(all("/" in mime for mime in shown), "a picture of no MIME type")
            more = {}
            if kind == "execute_result":
                count = data.get("execution_count")
                expect(type(count) is int and count >= 0, "a result without its number")
                more = {"execution_count": count}
            return new_output(kind, data=sound_bundle(shown), metadata=harmless(metadata), **more)
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
