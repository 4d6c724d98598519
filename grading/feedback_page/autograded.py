"""Read an autograded notebook as a page of feedback needs it."""

import json
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.nbjson import to_notebook

from ..course.lesson import Lesson


def read_autograded(data: bytes, lesson: Lesson) -> NotebookNode:
    """Read an autograded notebook without the text that is only given, which is most of it and on no page.

    Parameters
    ----------
    data : bytes
    lesson : Lesson
    """
    raw = json.loads(data)
    if not is_current(raw):
        return nbformat.reads(data.decode(), as_version=4)
    raw["cells"] = [cell for cell in raw["cells"] if not is_given_text(cell, lesson)]
    return to_notebook(raw)


def is_current(raw: Any) -> bool:
    """Whether JSON data have the form in which grading writes notebooks, so that nothing has to be put right."""
    if raw.get("nbformat") != 4 or raw.get("nbformat_minor") not in (4, 5):
        return False
    return raw["nbformat_minor"] == 4 or all("id" in cell for cell in raw["cells"])


def is_given_text(cell: dict, lesson: Lesson) -> bool:
    """Whether a cell is text of the lesson that has no role in grading, or is empty: nothing is told of it."""
    if cell["cell_type"] == "code" or "nbgrader" in cell["metadata"]:
        return False
    source = "".join(cell["source"])  # a text, or its lines
    return not source.strip() or source in lesson.given_sources
