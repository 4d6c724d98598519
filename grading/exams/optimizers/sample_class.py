"""A small class to try the grading on: each submission has its own mistake."""

import copy
from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

# Gets the released notebook and the one with all solutions, and returns what the student hands in: a notebook, some
# other text, or nothing.
Maker = Callable[[NotebookNode, NotebookNode], NotebookNode | str | None]


def cell_of(nb: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell that nbgrader knows as `grade_id`."""
    return next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def mistake(grade_id: str, right: str, wrong: str) -> Maker:
    """Make the filled-in notebook, with one line of a solution turned into a mistake."""

    def make(released: NotebookNode, filled_in: NotebookNode) -> NotebookNode:
        nb = copy.deepcopy(filled_in)
        cell = cell_of(nb, grade_id)
        if right not in cell.source:
            raise ValueError(f"the solution {grade_id!r} no longer contains {right!r}")
        cell.source = cell.source.replace(right, wrong)
        return nb

    return make


EPSILON_IN_ROOT = mistake("adam", "np.sqrt(square) + self.eps", "np.sqrt(square + self.eps)")


def edited_tests(released: NotebookNode, filled_in: NotebookNode) -> NotebookNode:
    """A mistake, and over it: every test emptied and kept from running, one deleted, one solution copied to the end."""
    nb = EPSILON_IN_ROOT(released, filled_in)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "pass  # all is well"
            cell.metadata["tags"] = ["explore"]
    nb.cells.remove(cell_of(nb, "test-adam-epsilon"))
    nb.cells.append(nbformat.from_dict({**cell_of(nb, "optimizer"), "id": "optimizer-copy"}))
    return nb


SAMPLE_CLASS: dict[str, Maker] = {
    "perfect": lambda released, filled_in: copy.deepcopy(filled_in),
    "untouched": lambda released, filled_in: copy.deepcopy(released),
    "adam-broken-cell": mistake("adam", "class Adam(Optimizer):", "class Adam(Optimizer)"),
    "adam-epsilon-in-root": EPSILON_IN_ROOT,
    "adam-m-uncorrected": mistake(
        "adam-correction", "return average /", "return average if beta == self.beta1 else average /"
    ),
    "adamw-coupled": mistake(
        "adamw",
        "            if self.m_buffers[i] is None:",
        "            grad = grad + self.weight_decay * param.data\n            if self.m_buffers[i] is None:",
    ),
    "edited-tests": edited_tests,
    "optimizer-zeros-gradients": mistake(
        "optimizer", "param.grad = None", "param.grad = Tensor(np.zeros(param.shape))"
    ),
    "sgd-averaged-velocity": mistake(
        "sgd-momentum", "self.momentum_buffers[i] + grad", "self.momentum_buffers[i] + (1 - self.momentum) * grad"
    ),
    "sgd-import-error": mistake("sgd", "#| export\n", "#| export\nimport a_package_nobody_has\n"),
    "sgd-state-not-copied": mistake("sgd-state", "None if buffer is None else buffer.copy()", "buffer"),
    "sgd-stops-at-missing-gradient": mistake("sgd", "                continue", "                return"),
    "no-notebook": lambda released, filled_in: None,
    "not-json": lambda released, filled_in: "{this is not a notebook",
}
