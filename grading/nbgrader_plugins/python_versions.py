"""Say in a syntax error which Python a notebook was written with, where that is newer than the one that grades it."""

import re
import sys

from nbformat import NotebookNode

VERSION = re.compile(r"(\d)\.(\d{1,2})(?:\.\d+\w*\+?)?")


def newer_python(nb: NotebookNode) -> str:
    """The version of Python that a notebook says it was written with, if it is newer than this one; else empty."""
    info = nb.metadata.get("language_info")
    version = info.get("version") if isinstance(info, dict) and info.get("name") == "python" else None
    found = VERSION.fullmatch(version) if isinstance(version, str) else None
    if found and (int(found[1]), int(found[2])) > sys.version_info[:2]:
        return f"{found[1]}.{found[2]}"
    return ""


def explain_syntax_errors(nb: NotebookNode) -> None:
    """Add both versions to the syntax errors of a notebook that was written with a newer Python."""
    if not (theirs := newer_python(nb)):
        return
    ours = ".".join(map(str, sys.version_info[:2]))
    note = f"(this notebook was written with Python {theirs}, and is graded with Python {ours})"
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename == "SyntaxError":
                output.evalue = f"{output.evalue} {note}"
                output.traceback = [*output.traceback, note]
