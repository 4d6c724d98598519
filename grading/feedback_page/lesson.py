"""What the lesson says of its graded cells: to which part each belongs, and what is no student's work."""

import re
from dataclasses import dataclass
from functools import cache

import nbformat

from ..home import LESSON

HEADING = re.compile(r"^(#{2,3}) +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where a cell stands: the headings of its section and, if there is one, of its subsection."""

    part: str
    question: str = ""


@cache
def places() -> dict[str, Place]:
    """The places of graded cells and solutions by their ids, in the order of the lesson.

    The parts of the score are the sections of the lesson, under headings of the second level, that hold graded cells.
    """
    found, part, question = {}, "", ""
    for cell in nbformat.read(LESSON, as_version=4).cells:
        role = cell.metadata.get("nbgrader", {})
        if role.get("grade") or role.get("solution"):
            found[role["grade_id"]] = Place(part, question)
        elif cell.cell_type == "markdown":
            for marks, text in HEADING.findall(cell.source):
                part, question = (text, "") if marks == "##" else (part, text if text.startswith("Question") else "")
    return found


@cache
def given_sources() -> frozenset[str]:
    """The sources of all cells that students are given to read or to run."""
    cells = nbformat.read(LESSON, as_version=4).cells
    return frozenset(cell.source for cell in cells if not cell.metadata.get("nbgrader", {}).get("solution"))
