"""What an autograded notebook says: which cells failed, why, and what the examiner found."""

import copy
import re
from dataclasses import dataclass

import nbformat

from ..util.text import printable
from .lesson import names_bound

UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")


@dataclass(frozen=True)
class Failure:
    """Why a graded cell failed, in the words of what ran in it: a submission chooses them as it likes.

    Attributes
    ----------
    message : str
        Empty if it did not fail.
    broken : str
        The id of the solution cell that did not run, if that is why; else empty.
    cause : str
        Why that one did not run.
    """

    message: str
    broken: str = ""
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.message}\nThe cell {self.broken!r} did not run: {self.cause}" if self.broken else self.message


def failures(nb: nbformat.NotebookNode) -> dict[str, Failure]:
    """Why graded cells failed, by their ids, in the order of the notebook.

    Of several solution cells that did not run, the one is named that would have defined the name that is missing; a
    cell that did not run for want of such a name is none of them. A name that no cell defines is missing because of the
    one before.
    """
    found, last, defining = {}, ("", ""), {}
    bound = {name for cell in nb.cells if cell.cell_type == "code" for name in names_bound(cell.source)}
    for cell in nb.cells:
        role = cell.metadata.get("nbgrader", {})
        message = failure(cell)
        missing = UNDEFINED.match(message)
        origin = defining.get(missing[1]) if missing else None
        if role.get("grade"):
            found[role["grade_id"]] = (
                Failure(message, *(origin or last)) if message.startswith("NameError") else Failure(message)
            )
        elif role.get("solution") and message:
            if missing and missing[1] not in bound and last[0]:
                origin = last
            last = origin or (role["grade_id"], message)
            defining |= dict.fromkeys(names_bound(cell.source), last)
    return found


def usage(nb: nbformat.NotebookNode) -> dict:
    """What running a submission took, as ConfinedExecute keeps it; empty if it was not run confined."""
    found = nb.metadata.get("usage")
    return found if isinstance(found, dict) else {}


def not_run(stopped: str, cell: str) -> str:
    """Say of a test cell that one before it was stopped, by what, and if the lesson has a name for that one, which."""
    return f"not run, because {f'the cell {cell!r}' if cell else 'an earlier cell'} was stopped: {stopped}"


def told_of_stop(nb: nbformat.NotebookNode) -> tuple[str, ...]:
    """What the test cells say of a submission that was stopped, in the grader's words; empty if it was not."""
    took = usage(nb)
    if not (stopped := took.get("stopped")):
        return ()
    return f"Stopped: {stopped}", f"Stopped: {not_run(stopped, took.get('stopped_in', ''))}"


def verdicts(nb: nbformat.NotebookNode) -> dict[str, list[dict]]:
    """What the examiner said, by the ids of the test cells; as ConfinedExecute keeps it."""
    return {
        role["grade_id"]: cell.metadata.get("verdicts", [])
        for cell in nb.cells
        if (role := cell.metadata.get("nbgrader", {})).get("grade") and not role.get("solution")
    }


def without_stderr(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of a cell without what it has written to stderr: warnings and logs are shown, and cost no points.

    nbgrader takes a test cell with any of it for one that failed.
    """
    seen = copy.copy(cell)
    if "outputs" in cell:
        seen.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return seen


def failure(cell: nbformat.NotebookNode) -> str:
    """What made a cell fail, as its first error says it, in plain text; empty if nothing did."""
    return printable(first_error(cell))


def first_error(cell: nbformat.NotebookNode) -> str:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            name, value = output.ename, output.evalue.strip()
            for_students = name in ("AssertionError", "CheckFailed") and value
            return value if for_students else f"{name}: {value}".rstrip(": ")
    return ""
