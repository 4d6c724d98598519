"""Running a few cells as ConfinedExecute runs a submission's."""

import re

from nbformat.v4 import new_code_cell, new_notebook

from grading.nbgrader_plugins import ConfinedExecute
from tests.course07 import ASSIGNMENT


def notebook(*sources):
    return new_notebook(cells=[new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources, 1)])


def as_test(cell):
    """The cell, as a test that nbgrader gives points for."""
    role = {"grade": True, "solution": False, "locked": True, "task": False, "points": 1, "schema_version": 3}
    cell.metadata["nbgrader"] = {**role, "grade_id": cell.id, "cell_type": "code"}
    return cell


def run(nb, folder, given=(), **limits):
    """The notebook with its outputs, after it was run beside the files of a folder, with limits as options set them.

    `given` are cells that everybody has.
    """
    context = {"assignment": ASSIGNMENT, "student": "somebody", "given": given}
    executed, _ = ConfinedExecute(**limits).preprocess(nb, {"metadata": {"path": str(folder)}, "nbgrader": context})
    return executed


def texts(nb):
    return [" ".join(map(as_text, cell.outputs)) for cell in nb.cells]


def as_text(output):
    match output.output_type:
        case "stream":
            return output.text
        case "error":
            return f"{output.ename}: {output.evalue}"
        case _:
            return re.sub(r"\s+", " ", output.data.get("text/plain", ""))
