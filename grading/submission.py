"""Reading a file that a student handed in, and saying why it cannot be graded if it cannot."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.utils import parse_utc

from .home import ASSIGNMENT, LESSON, CourseError
from .impostors import what_instead
from .roles import lesson, restore_roles, role_of, solutions

LARGEST = 50  # MiB; the lesson with all its outputs has two or three
MOST_CELLS = 2000  # the lesson has a hundred
DEEPEST = 50  # levels of nesting; a notebook has a dozen


class NotGradable(CourseError):
    """A file that cannot be graded, and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        self.reason = printable(reason)
        super().__init__(f"{path}: {self.reason}")


@cache
def lesson_cells() -> frozenset[str]:
    """The ids of the lesson's solution and test cells."""
    roles = [cell.metadata.get("nbgrader", {}) for cell in nbformat.read(LESSON, as_version=4).cells]
    return frozenset(role["grade_id"] for role in roles if role.get("grade") or role.get("solution"))


def read_submission(path: Path) -> nbformat.NotebookNode:
    """A submitted notebook.

    Raises
    ------
    NotGradable
        If there is no such file, if it is not a notebook or one of something else, or if it is so large that the rest
        of the class would wait for it.
    """
    return parse_submission(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """What a submitted file holds.

    Raises
    ------
    NotGradable
        If there is no such file, or if it is far too large.
    """
    if not path.is_file():
        raise NotGradable(path, "no such file")
    read_timestamp(path.with_name("timestamp.txt"))
    if path.stat().st_size > LARGEST * 2**20:
        raise NotGradable(path, f"larger than {LARGEST} MiB; clear its outputs")
    return path.read_bytes()


def parse_submission(path: Path, data: bytes) -> nbformat.NotebookNode:
    """A submitted notebook, out of what its file holds.

    Raises
    ------
    NotGradable
        If it is not a notebook, one of something else, or one that takes for ever.
    """
    try:
        nb = nbformat.reader.reads(data.decode("utf-8"))
        if len(nb.get("cells", [])) > MOST_CELLS:
            raise NotGradable(path, f"more than {MOST_CELLS} cells")
        if deeper(nb, DEEPEST):
            raise NotGradable(path, "its data are nested too deeply")
        nb = nbformat.convert(nb, 4)
        json.dumps(nb, ensure_ascii=False).encode()  # half a character can be read, and not written
        nbformat.validate(nb)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        # nbformat lets whatever a malformed file trips over come through
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise NotGradable(path, f"not a notebook {what_instead(data) or f'({first_line})'}") from error
    check_roles(path, nb)
    return nb


def check_roles(path: Path, nb: nbformat.NotebookNode) -> None:
    """Give cells that have lost it their role; raise NotGradable if so much is lost that grading would be unfair."""
    before = {role_of(cell) for cell in nb.cells}
    restore_roles(nb)
    roles = {role_of(cell): cell.metadata["nbgrader"] for cell in nb.cells if role_of(cell)}
    if not roles.keys() & lesson_cells():
        raise NotGradable(path, f"a notebook, but not of the assignment {ASSIGNMENT}: it has none of its cells")
    lost = [name for name in solutions() if name not in roles]
    known = {role_of(cell) for cell in lesson()}
    others = [name for name, role in roles.items() if role.get("solution") and name not in known]
    why = "another program has taken nbgrader's metadata out of it" if not before & lesson_cells() else ""
    why = f"it was made from another release, with cells like {others[0][:40]!r}" if others else why
    if lost and why:
        raise NotGradable(
            path,
            f"{why}, and which cells are {', '.join(lost)} cannot be told for certain: open {ASSIGNMENT}.ipynb as it "
            "was released, copy your solutions into its cells, and hand that in",
        )


def read_timestamp(path: Path) -> datetime | None:
    """The time of submission, in UTC, from a file beside the notebook; None if there is no such file.

    Raises
    ------
    NotGradable
        If it holds no time; nbgrader says no reason.
    """
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        raise NotGradable(path, "timestamp.txt, beside the notebook, holds no time") from None


def deeper(data, levels: int) -> bool:
    """Whether lists and dicts are nested more than so many levels deep."""
    layer = [data]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not layer:
            return False
    return True


def printable(text: str) -> str:
    """A text that does nothing to a terminal but show itself, on as many lines as it has."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def failures(nb: nbformat.NotebookNode) -> dict[str, str]:
    """Why graded cells failed, by their ids, in the order of the notebook; empty for those that did not."""
    messages, broken = {}, ""
    for cell in nb.cells:
        role = cell.metadata.get("nbgrader", {})
        message = failure(cell)
        if role.get("grade"):
            undefined = message.startswith("NameError") and broken
            messages[role["grade_id"]] = f"{message}\n{broken}" if undefined else message
        elif role.get("solution") and message:
            broken = f"The cell {role['grade_id']!r} did not run: {message}"
    return messages


def verdicts(nb: nbformat.NotebookNode) -> dict[str, list[dict]]:
    """What the examiner said, by the ids of the test cells; as ConfinedExecute keeps it."""
    return {
        role["grade_id"]: cell.metadata.get("verdicts", [])
        for cell in nb.cells
        if (role := cell.metadata.get("nbgrader", {})).get("grade") and not role.get("solution")
    }


def failure(cell: nbformat.NotebookNode) -> str:
    """What made a cell fail, as its first error says it, in plain text; empty if nothing did."""
    return printable(first_error(cell))


def first_error(cell: nbformat.NotebookNode) -> str:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            name, value = output.ename, output.evalue.strip()
            for_students = name in ("AssertionError", "CheckFailed") and value
            return value if for_students else f"{name}: {value}".rstrip(": ")
        if output.output_type == "stream" and output.name == "stderr":
            return f"wrote to stderr: {output.text.strip()}"
    return ""
