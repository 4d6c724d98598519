"""What a student finds beyond the four optimizers: the optional part, and the notebook in which they work."""

import nbformat
from test_student import LESSON_PATH, export, folder, python, released, run, work  # noqa: F401 - two are fixtures

ACTION = """
import json
from tinytorch import viz
cells = {cell["id"]: "".join(cell["source"]) for cell in json.load(open("modules/in_action/in_action.ipynb"))["cells"]}
from diagnosis import diagnose
try:
    exec(cells["action-yours"])
except viz.NotReady as error:
    print(*error._render_traceback_())
"""


def without(work, name):  # noqa: F811
    """Take a class out of the student's notebook, and export."""
    nb = released(work)
    nb.cells = [cell for cell in nb.cells if cell.id != name]
    nbformat.write(nb, work / LESSON_PATH)
    export(work)


def test_the_notebook_in_action_says_in_one_line_what_is_missing(work):  # noqa: F811
    said = python(ACTION, work)
    assert said.startswith(
        "Not yet: the optimizers cannot be imported: ImportError: your optimizers are not exported yet"
    )
    assert said.count("\n") == 1
    export(work)
    assert python(ACTION, work).count("Nothing wrong was seen") == 3
    without(work, "adamw")
    assert python(ACTION, work) == (
        "Not yet: your package lacks AdamW. Write what is missing in 07_optimizers.ipynb, save, run the export cell "
        "near its end, and restart this notebook's kernel.\n"
    )


def test_whoever_skips_the_optional_part_loses_nothing(work):  # noqa: F811
    nb = released(work)
    body = "        # YOUR CODE HERE\n        raise NotImplementedError()"
    cell = next(cell for cell in nb.cells if cell.id == "fast-adam")
    cell.source = cell.source.partition("    def step(self)")[0] + "    def step(self) -> None:\n" + body
    nbformat.write(nb, work / LESSON_PATH)
    said = export(work)
    assert said.startswith("written: tinytorch/core/optimizers.py\n") and "Note" not in said
    assert run(nb, work) == []
