"""Read a file that should be JSON: what is certain in it, whatever encoding or editor it has come through."""

import json
import re
from typing import Any

# Outside of texts, a comma that nothing follows. Each text is read whole and never again, also one that has no end: the
# time is linear.
COMMA_TOO_MANY = re.compile(r'("(?:[^"\\]++|\\.?)*+"?)|,(?=\s*+[\]}])', re.DOTALL)
PADDING = " \t\r\n\0\x1a"  # what a disk, or an old editor, leaves at the end of a file


def is_utf8(data: bytes) -> bool:
    """Whether a file is in UTF-8 without a byte order mark, as nearly all are."""
    if json.detect_encoding(data) != "utf-8":
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32; each part that is not in it becomes a replacement character."""
    return data.decode(json.detect_encoding(data), errors="replace")


def parse_json(text: str) -> Any:
    """What a JSON text says, also with line breaks inside texts, commas too many, or padding at its end.

    Raises
    ------
    json.JSONDecodeError
        If it is no JSON. Its position is that in the text as it was given.
    """
    decoder = json.JSONDecoder(strict=False)
    text = text.rstrip(PADDING)
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        try:
            return decoder.decode(COMMA_TOO_MANY.sub(lambda found: found[1] or "", text))
        except json.JSONDecodeError:
            raise error from None
