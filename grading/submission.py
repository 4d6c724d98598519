"""Reading a file that a student handed in, and saying why it cannot be graded if it cannot."""

from functools import cache
from pathlib import Path

import nbformat

from .course import ASSIGNMENT, LESSON, CourseError


class NotGradable(CourseError):
    """A file that cannot be graded, and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


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
        If there is no such file, if it is not a notebook, or if it is a notebook of something else.
    """
    if not path.is_file():
        raise NotGradable(path, "no such file")
    try:
        nb = nbformat.read(path, as_version=4)
        nbformat.validate(nb)
        roles = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        # nbformat lets whatever a malformed file trips over come through
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise NotGradable(path, f"not a notebook ({first_line})") from error
    if not any(isinstance(role, dict) and role.get("grade_id") in lesson_cells() for role in roles):
        raise NotGradable(path, f"a notebook, but not of the assignment {ASSIGNMENT}")
    return nb


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


def failure(cell: nbformat.NotebookNode) -> str:
    """What made a cell fail, as its first error says it; empty if nothing did."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            name, value = output.ename, output.evalue.strip()
            for_students = name in ("AssertionError", "CheckFailed") and value
            return value if for_students else f"{name}: {value}".rstrip(": ")
        if output.output_type == "stream" and output.name == "stderr":
            return f"wrote to stderr: {output.text.strip()}"
    return ""
