"""What an autograded notebook says: which cells failed, why, and what the examiner found."""

import nbformat

from ..util.text import printable


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
