"""Which parts of a cell the chapter folds away."""

import re
from typing import NamedTuple

from nbformat import NotebookNode

BEGIN, END = re.compile(r"\s*#+ BEGIN SOLUTION\b"), re.compile(r"\s*#+ END SOLUTION\b")
DIRECTIVE = re.compile(r"#\|.*")
DEFINITION = re.compile(r"(?P<indent> *)(?:class|def)\s+(?P<name>\w+)")


class Part(NamedTuple):
    """Some lines of a cell; `summary` is what stands there while they are folded away, None if they are not.

    `name` tells it from the others: the function that is solved, the test, or the section.
    """

    source: str
    summary: str | None = None
    name: str = ""


def role(cell: NotebookNode) -> NotebookNode:
    """What nbgrader has written about a cell."""
    return cell.metadata.get("nbgrader", NotebookNode())


def is_answer(cell: NotebookNode) -> bool:
    """Whether the cell is a student's to fill in."""
    return bool(role(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    """Whether the cell checks what the student has written."""
    return bool(role(cell).get("grade")) and not is_answer(cell)


def is_given(cell: NotebookNode) -> bool:
    """Whether the cell is code that the lesson gives, and restores before it grades."""
    return bool(role(cell).get("locked")) and not is_answer(cell) and not is_test(cell)


def parts(cell: NotebookNode) -> list[Part]:
    """A cell as it is shown: the solution folded away if it is a student's to write, all of it if it is a test.

    As nbgrader has it, an answer without markers is an answer from its first line to its last.
    """
    lines, section = cell.source.splitlines(), cell.metadata.get("section", "")
    if cell.cell_type == "code" and all(DIRECTIVE.fullmatch(line) or not line.strip() for line in lines):
        return []  # a message to nbdev, and none to a reader
    if is_test(cell):
        return [Part(cell.source, "The check", role(cell).get("grade_id", "").removeprefix("test-"))]
    if not is_answer(cell):
        return [Part(cell.source)]
    if not any(BEGIN.match(line) for line in lines):
        return [Part(cell.source, "One answer", section)]
    summary = "One solution" if cell.cell_type == "code" else "One answer"
    found, held, inside, within = [], [], False, []
    for line in lines:
        if BEGIN.match(line) or END.match(line):
            text = "\n".join(held)
            found.append(Part(text, summary, ".".join(within) or section) if inside else Part(text))
            held, inside = [], bool(BEGIN.match(line))
        else:
            if cell.cell_type == "code" and not inside and (begun := DEFINITION.match(line)):
                depth = 1 if begun["indent"] and within else 0
                within = [*within[:depth], begun["name"]]
            held.append(line)
    found.append(Part("\n".join(held), summary, section) if inside else Part("\n".join(held)))
    return [part for part in found if part.source.strip()]
