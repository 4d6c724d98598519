"""Tell which notebook of which assignment a student's notebook is, by its cells."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from nbformat import NotebookNode

from .cells import match_cells
from .lesson import Lesson, grade_id

Key = TypeVar("Key", bound=Hashable)


def recognize(nb: NotebookNode, lessons: Mapping[Key, Lesson], file: str = "") -> list[Key]:
    """Find the lesson that a notebook was made from.

    That is the one with which it shares the most ids of graded cells and solutions; or, where a tool has removed
    nbgrader's metadata, in which the most of them are recognised. Of several that are equally near, it is the one with
    which it shares more cells of any kind, or the one whose name the file has.

    Parameters
    ----------
    nb : NotebookNode
    lessons : Mapping of Hashable to Lesson
    file : str
        The name of the notebook's file, without ``.ipynb``.

    Returns
    -------
    list of Hashable
        The key of the lesson; none if it has cells of none; several if that cannot be told.
    """
    ids = {grade_id(cell) for cell in nb.cells}
    found = nearest(lessons, lambda lesson: len(ids & lesson.graded_or_solution_ids))
    found = found or nearest(lessons, lambda lesson: known_cells(nb, lesson))
    if len(found) > 1:
        found = nearest(found, lambda lesson: len(match_cells(nb, lesson)))
    if len(found) > 1:
        found = {key: lesson for key, lesson in found.items() if lesson.notebook == file} or found
    return list(found)


def nearest(lessons: Mapping[Key, Lesson], shared: Callable[[Lesson], int]) -> dict[Key, Lesson]:
    """Return the lessons of which the most is shared; none if nothing is."""
    counts = {key: shared(lesson) for key, lesson in lessons.items()}
    most = max(counts.values(), default=0)
    return {key: lesson for key, lesson in lessons.items() if most and counts[key] == most}


def known_cells(nb: NotebookNode, lesson: Lesson) -> int:
    """Count the graded cells and solutions of a lesson that are recognised in a notebook."""
    return sum(
        grade_id(lesson.released_cells[number]) in lesson.graded_or_solution_ids for number in match_cells(nb, lesson)
    )
