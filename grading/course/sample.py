"""Generate an assignment, fill in its notebooks, and make a sample class of it."""

import copy
import os
import re
import shutil
from collections.abc import Callable, Mapping

import nbformat
from nbformat import NotebookNode
from nbgrader import converters
from nbgrader.converters import NbGraderException

from ..util.errors import CourseError
from .course import Course
from .lesson import Lesson, grade_id
from .nbgrader_log import captured_log, logged_error

MARKERS = re.compile(r"\n *### (BEGIN|END) SOLUTION\b")  # nbgrader's, which the release version has not
Maker = Callable[[NotebookNode, NotebookNode], NotebookNode | str | None]

# The sample class of an assignment that has none of its own.
PLAIN_CLASS: Mapping[str, Maker] = {
    "perfect": lambda released, filled_in: filled_in,
    "untouched": lambda released, filled_in: released,
    "not-json": lambda released, filled_in: "{not a notebook",
    "no-notebook": lambda released, filled_in: None,
}
INCOMPLETE = "first-notebook-only"  # in a sample class of an assignment that has several


def fill_in(released: NotebookNode, lesson: Lesson) -> NotebookNode:
    """Return the released notebook, or a part of it, with the lesson's own solutions in it."""
    solutions = {grade_id(cell): cell.source for cell in lesson.cells}
    nb = copy.deepcopy(released)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = MARKERS.sub("", f"\n{solutions[grade_id(cell)]}").removeprefix("\n")
    return nb


def generate_assignment(course: Course, force: bool = False) -> None:
    """Run ``nbgrader generate_assignment``.

    Raises
    ------
    CourseError
        If it fails, with the reason that nbgrader logs.
    """
    with captured_log() as log:
        try:
            course.settings()  # these put careful converters in the place of nbgrader's
            course.run(converters.GenerateAssignment, force=force)
        except (NbGraderException, SystemExit):
            raise CourseError(f"{course.assignment} cannot be generated: {logged_error(log)}") from None


def generate(course: Course) -> NotebookNode:
    """Generate an assignment of one notebook, and return it as students get it."""
    generate_assignment(course, force=True)
    return nbformat.read(course.notebook("release", "."), as_version=4)


def make_sample_class(course: Course, makers: Mapping[str, Maker] = PLAIN_CLASS) -> int:
    """Write sample submissions into ``submitted/``, all or none.

    Parameters
    ----------
    course : Course
    makers : Mapping of str to callable
        By student, what makes a submission of the released notebook and of the one with all solutions: a notebook,
        some other text, or None where nothing is handed in. It is asked for each notebook of the assignment.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    CourseError
        If there is anything in ``submitted/``, or if the assignment cannot be generated.
    """
    submitted, partial = course.root / "submitted", course.root / ".submitted.partial"
    if submitted.exists() and any(submitted.iterdir()):
        raise CourseError(f"{submitted} is not empty: the sample class goes into an empty one only")
    generate_assignment(course, force=True)
    shutil.rmtree(partial, ignore_errors=True)
    lessons, perfect = course.lessons, makers.get("perfect", PLAIN_CLASS["perfect"])
    for number, (name, lesson) in enumerate(lessons.items()):
        released = nbformat.read(course.notebook("release", ".", name), as_version=4)
        filled_in = fill_in(released, lesson)
        incomplete = {INCOMPLETE: perfect} if number == 0 and len(lessons) > 1 else {}
        for student, make in {**makers, **incomplete}.items():
            target = partial / student / course.assignment / f"{name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            made = make(released, filled_in)
            if made is not None:
                target.write_text(made if isinstance(made, str) else nbformat.writes(made), encoding="utf-8")
    if submitted.exists():
        submitted.rmdir()
    os.replace(partial, submitted)
    return len(list(submitted.iterdir()))
