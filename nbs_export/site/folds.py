"""Which parts of a cell the chapter folds away."""

import re
from typing import NamedTuple

from nbformat import NotebookNode

BEGIN, END = re.compile(r"\s*#+ BEGIN SOLUTION\b"), re.compile(r"\s*#+ END SOLUTION\b")
DIRECTIVE = re.compile(r"#\|.*")


class Part(NamedTuple):
    """Some lines of a cell; `summary` is what stands there while they are folded away, None if they are not."""

    source: str
    summary: str | None = None


def role(cell: NotebookNode) -> NotebookNode:
    """What nbgrader has written about a cell."""
    return cell.metadata.get("nbgrader", NotebookNode())


def is_answer(cell: NotebookNode) -> bool:
    """Whether the cell is a student's to fill in."""
    return bool(role(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    """Whether the cell checks what the student has written."""
    return bool(role(cell).get("grade")) and not is_answer(cell)


def parts(cell: NotebookNode) -> list[Part]:
    """A cell as it is shown: the solution folded away if it is a student's to write, all of it if it is a test.

    As nbgrader has it, an answer without markers is an answer from its first line to its last.
    """
    lines = cell.source.splitlines()
    if cell.cell_type == "code" and all(DIRECTIVE.fullmatch(line) or not line.strip() for line in lines):
        return []  # a message to nbdev, and none to a reader
    if is_test(cell):
        return [Part(cell.source, "The check")]
    if not is_answer(cell):
        return [Part(cell.source)]
    if not any(BEGIN.match(line) for line in lines):
        return [Part(cell.source, "One answer")]
    summary = "One solution" if cell.cell_type == "code" else "One answer"
    found, held, inside = [], [], False
    for line in lines:
        if BEGIN.match(line) or END.match(line):
            found.append(Part("\n".join(held), summary if inside else None))
            held, inside = [], bool(BEGIN.match(line))
        else:
            held.append(line)
    found.append(Part("\n".join(held), summary if inside else None))
    return [part for part in found if part.source.strip()]
