"""Fill in released notebooks, and make the sample class of an assignment."""

import copy
import os
import re
import shutil
from collections.abc import Callable, Mapping

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment

from ..util.errors import CourseError
from .course import Course
from .lesson import Lesson, grade_id

MARKERS = re.compile(r"\n *### (BEGIN|END) SOLUTION\b")  # nbgrader's, which the release version has not
Maker = Callable[[NotebookNode, NotebookNode], NotebookNode | str | None]


def fill_in(released: NotebookNode, lesson: Lesson) -> NotebookNode:
    """Return the released notebook, or a part of it, with the lesson's own solutions in it."""
    solutions = {grade_id(cell): cell.source for cell in lesson.cells}
    nb = copy.deepcopy(released)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = MARKERS.sub("", solutions[grade_id(cell)])
    return nb


def generate(course: Course) -> NotebookNode:
    """Generate the assignment, and return the notebook that students get."""
    course.run(GenerateAssignment, force=True)
    return nbformat.read(course.notebook("release", "."), as_version=4)


def make_sample_class(course: Course, makers: Mapping[str, Maker]) -> int:
    """Write sample submissions into ``submitted/``, all or none.

    Parameters
    ----------
    course : Course
    makers : Mapping of str to callable
        By student, what makes a submission of the released notebook and of the one with all solutions: a notebook,
        some other text, or None where nothing is handed in.

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
    released = generate(course)
    filled_in = fill_in(released, course.lesson)
    shutil.rmtree(partial, ignore_errors=True)
    for student, make in makers.items():
        target = partial / student / course.assignment / f"{course.notebook_name}.ipynb"
        target.parent.mkdir(parents=True)
        made = make(released, filled_in)
        if made is not None:
            target.write_text(made if isinstance(made, str) else nbformat.writes(made), encoding="utf-8")
    if submitted.exists():
        submitted.rmdir()
    os.replace(partial, submitted)
    return len(makers)
