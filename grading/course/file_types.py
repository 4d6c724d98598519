"""Detect what a file is that is called ``.ipynb`` and is no notebook."""

import json
import re

BEGINNINGS = {
    b"PK\x03\x04": "a zip archive: unpack it and hand in the notebook that is in it",
    b"\x1f\x8b": "a gzip archive: unpack it and hand in the notebook that is in it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it and hand in the notebook that is in it",
    b"Rar!": "a rar archive: unpack it and hand in the notebook that is in it",
    b"%PDF": "a PDF: hand in the .ipynb file that it was made from",
}
WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)?<(!doctype|html|head|body|\?xml)", re.IGNORECASE | re.DOTALL)
CONFLICT = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)
PYTHON = re.compile(r"^(#!|# %%|# In\[|import |from \w|def \w|class \w|\w+ = )", re.MULTILINE)


def detect_file_type(data: bytes) -> str:
    """Say what a file is that is no notebook, and what to do about it; empty if that cannot be told."""
    for beginning, what in BEGINNINGS.items():
        if data.startswith(beginning):
            return f"but {what}"
    if not data.strip():
        return "but an empty file: save the notebook and hand it in again"
    text = data.decode("utf-8", errors="replace")
    if WEB_PAGE.match(text[:10_000]):
        return "but a web page: in Jupyter take File > Download, not the page that shows the notebook"
    if not text.lstrip().startswith(("{", "[")):
        if PYTHON.search(text[:100_000]):
            return "but a Python script: hand in the .ipynb file itself"
        return ""
    if conflict := CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        return (
            f"but two versions of one that git could not merge, from line {line} on: "
            "take one of them (git checkout --ours or --theirs) and hand that in"
        )
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        unfinished = error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip())
        if unfinished and len(text) > 1000:
            return f"but the beginning of one, which breaks off in line {text.count(chr(10)) + 1}: hand it in again"
    except (ValueError, RecursionError):
        pass
    return ""
