"""What an output shows, by MIME type: kept as a notebook can hold it, and as a page can show it.

Jupyter calls this a MIME bundle: one thing, said in several types, such as a table as HTML and as plain text. A bundle
comes from the program that was run, so any value in it may be of any type.
"""

import json
import math
import re
from typing import Any

from tracing.data import writable

JSON_TYPE = re.compile(r"application/([a-zA-Z0-9.+-]+\+)?json")
WIDGET = "application/vnd.jupyter.widget-view+json"
PLAIN = "text/plain"
DEEPEST = 100  # levels of nesting; what a notebook shows has a few, and Python can copy and write a few hundred
LONGEST = 10_000  # characters of text that stands for something else


class TooDeep(ValueError):
    """Data that are nested more deeply than a notebook can be written."""


def strict_json(data: Any, levels: int = DEEPEST) -> Any:
    """JSON data as every reader of JSON can read them.

    Python reads and writes NaN and the infinities, and a browser's ``JSON.parse`` refuses a file that holds one: here
    they become text, such as ``"NaN"``. Half a surrogate pair becomes a question mark.

    Parameters
    ----------
    data : Any
        What `json.loads` gives.
    levels : int
        How deep it may be nested.

    Raises
    ------
    TooDeep
        If it is deeper.
    """
    if levels <= 0:
        raise TooDeep("data that are nested too deeply")
    match data:
        case str():
            return writable(data)
        case float() if not math.isfinite(data):
            return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
        case list() | tuple():
            return [strict_json(item, levels - 1) for item in data]
        case dict():
            return {writable(key): strict_json(item, levels - 1) for key, item in data.items()}
    return data


def is_of_its_type(mime: str, value: Any) -> bool:
    """Whether a value is what its MIME type promises: text, or for JSON types anything.

    A widget's view names its model; nbconvert fails at one that does not.
    """
    if mime == WIDGET:
        return isinstance(value, dict) and isinstance(value.get("model_id"), str)
    return isinstance(value, str) or JSON_TYPE.fullmatch(mime) is not None


def as_text(value: Any) -> str:
    """Any value as text: text as it is, anything else as JSON; the end of very much is left out."""
    try:
        text = value if isinstance(value, str) else json.dumps(strict_json(value), ensure_ascii=False)
    except TooDeep:
        return "(data that are nested too deeply)"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … (the rest is left out)"


def sound_bundle(bundle: dict[str, Any]) -> dict[str, Any]:
    """A bundle in which every value is of its type; what is not stands there as plain text.

    Parameters
    ----------
    bundle : dict
        Values by MIME type.
    """
    sound = {mime: value for mime, value in bundle.items() if is_of_its_type(mime, value)}
    if len(sound) < len(bundle) and PLAIN not in sound:
        odd = (f"{mime}: {as_text(value)}" for mime, value in bundle.items() if mime not in sound)
        sound[PLAIN] = "\n".join(odd)
    return sound
