"""A small class to try the grading on: submissions filled in from the release version, each with its own mistake."""

import copy
import os
import shutil
from collections.abc import Callable

import nbformat
from nbgrader.converters import GenerateAssignment

from nbs_export.markers import MARKERS

from .course import Course
from .home import ASSIGNMENT, LESSON, CourseError

Submission = Callable[[nbformat.NotebookNode], nbformat.NotebookNode | str | None]


def cell_of(nb: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    """The cell that nbgrader knows as `grade_id`."""
    return next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def fill_in(released: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The release version, or a part of it, with the lesson's own solutions in it."""
    nb, lesson = copy.deepcopy(released), nbformat.read(LESSON, as_version=4)
    for cell in nb.cells:
        role = cell.metadata.get("nbgrader", {})
        if role.get("solution"):
            cell.source = MARKERS.sub("", cell_of(lesson, role["grade_id"]).source)
    return nb


def mistake(grade_id: str, right: str, wrong: str) -> Submission:
    """The filled-in notebook, with one line of a solution turned into a mistake."""

    def make(released):
        nb = fill_in(released)
        cell = cell_of(nb, grade_id)
        if right not in cell.source:
            raise ValueError(f"the solution {grade_id!r} no longer contains {right!r}")
        cell.source = cell.source.replace(right, wrong)
        return nb

    return make


EPSILON_IN_ROOT = mistake("adam", "np.sqrt(v_hat) + self.eps", "np.sqrt(v_hat + self.eps)")


def edited_tests(released):
    """A mistake, and over it: every test emptied and kept from running, one deleted, one solution copied to the end."""
    nb = EPSILON_IN_ROOT(released)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "pass  # all is well"
            cell.metadata["tags"] = ["explore"]
    nb.cells.remove(cell_of(nb, "test-adam-epsilon"))
    nb.cells.append(nbformat.from_dict({**cell_of(nb, "optimizer"), "id": "optimizer-copy"}))
    return nb


# Each maker gets the release version and returns what the student hands in: a notebook, some other text, or nothing.
CLASS: dict[str, Submission] = {
    "perfect": fill_in,
    "untouched": copy.deepcopy,
    "adam-broken-cell": mistake("adam", "class Adam(Optimizer):", "class Adam(Optimizer)"),
    "adam-epsilon-in-root": EPSILON_IN_ROOT,
    "adam-m-uncorrected": mistake("adam", "/ (1 - self.beta1**self.step_count)", "/ 1.0"),
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
        "sgd", "self.momentum_buffers[i] + grad", "self.momentum_buffers[i] + (1 - self.momentum) * grad"
    ),
    "sgd-import-error": mistake("sgd", "#| export\n", "#| export\nimport a_package_nobody_has\n"),
    "sgd-state-not-copied": mistake("sgd", "None if buffer is None else buffer.copy()", "buffer"),
    "sgd-stops-at-missing-gradient": mistake("sgd", "                continue", "                return"),
    "no-notebook": lambda released: None,
    "not-json": lambda released: "{this is not a notebook",
}


def release(course: Course) -> nbformat.NotebookNode:
    """Generate the assignment, and return the version that students get."""
    course.run(GenerateAssignment, force=True)
    return nbformat.read(course.notebook("release", "."), as_version=4)


def make_sample_class(course: Course) -> int:
    """Write the sample submissions into ``submitted/``, all or none.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    CourseError
        If there is anything in ``submitted/``.
    """
    submitted, partial = course.root / "submitted", course.root / ".submitted.partial"
    if submitted.exists() and any(submitted.iterdir()):
        raise CourseError(f"{submitted} is not empty: the sample class goes into an empty one only")
    released = release(course)
    shutil.rmtree(partial, ignore_errors=True)
    for name, make in CLASS.items():
        target = partial / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        target.parent.mkdir(parents=True)
        handed_in = make(released)
        if handed_in is not None:
            target.write_text(handed_in if isinstance(handed_in, str) else nbformat.writes(handed_in), encoding="utf-8")
    if submitted.exists():
        submitted.rmdir()
    os.replace(partial, submitted)
    return len(CLASS)
