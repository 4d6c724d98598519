"""Match the cells of a notebook with those of the lesson, where a tool has removed nbgrader's metadata.

A role earns nothing by itself: whoever hands in a notebook can write any role into it, and RestoreCells puts back
everything but the solutions. So this is no question of safety but of certainty: it never guesses.
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cache

from nbformat import NotebookNode

from .lesson import Lesson, grade_id, names_bound


def restore_roles(nb: NotebookNode, lesson: Lesson, former: Collection[str] = ()) -> list[str]:
    """Give cells back the nbgrader metadata and tags that they have in the lesson.

    A cell is recognised by its id; or, as students got it, by its text; or, a solution, by the names that only it
    binds, if it stands between the same known cells; or by standing alone between its two neighbours.

    Parameters
    ----------
    nb : NotebookNode
        Changed in place.
    lesson : Lesson
    former : collection of str
        The grade ids of cells that the lesson once had: what answers them answers nothing else.

    Returns
    -------
    list of str
        The grade ids that were given back.
    """
    places = match_cells(nb, lesson, former)
    restored = []
    for number, cell in enumerate(lesson.released_cells):
        if number not in places:
            continue
        theirs, name = nb.cells[places[number]], grade_id(cell)
        if name and grade_id(theirs) != name:
            theirs.metadata["nbgrader"] = copy.deepcopy(cell.metadata["nbgrader"])
            restored.append(name)
        if cell.metadata.get("tags") and not theirs.metadata.get("tags"):
            theirs.metadata["tags"] = list(cell.metadata["tags"])  # what only explores is not run in grading
    return restored


def match_cells(nb: NotebookNode, lesson: Lesson, former: Collection[str] = ()) -> dict[int, int]:
    """Find the lesson's cells in a notebook: their numbers there, by their numbers in the lesson."""
    cells, places = lesson.released_cells, {}
    names = lesson.numbers
    theirs = [grade_id(cell) for cell in nb.cells]
    for at, name in enumerate(theirs):  # of copies, RestoreCells takes the last too
        if name in names:
            places[names[name]] = at
    labelled = {at for at, name in enumerate(theirs) if name in names or name in former}

    def look(candidates: Callable[[int], Iterable[int]]) -> None:
        """Match each lesson cell that has exactly one candidate of its type, if no other one has the same."""
        missing = [number for number in range(len(cells)) if number not in places]
        found: dict[int, list[int]] = {}
        taken = labelled | set(places.values()) if missing else set()
        for number in missing:
            kind = cells[number].cell_type
            free = {at for at in candidates(number) if at not in taken and nb.cells[at].cell_type == kind}
            if len(free) == 1:
                found.setdefault(free.pop(), []).append(number)
        places.update({numbers[0]: at for at, numbers in found.items() if len(numbers) == 1})

    ids, texts, own = defaultdict(list), defaultdict(list), lesson.own_names
    for at, cell in enumerate(nb.cells):
        texts[cell.source.strip()].append(at)
        for name in (cell.get("id"), cell.metadata.get("id")):
            if isinstance(name, str):
                ids[name].append(at)
    bound = cache(lambda: [names_bound(cell.source) for cell in nb.cells])  # as a rule nobody asks

    def binding(number: int) -> list[int]:
        """Find the cells that define the same names, and stand in the right place."""
        if number not in own:
            return []
        return [at for at, theirs in enumerate(bound()) if own[number] <= theirs and between(number, at, places)]

    def gap(number: int) -> list[int]:
        """Find the only cell between the two neighbours, if both are matched."""
        before, after = places.get(number - 1), places.get(number + 1)
        return [before + 1] if before is not None and after == before + 2 else []

    look(lambda number: ids[cells[number].id])
    look(lambda number: texts[text] if len(text := cells[number].source.strip()) >= 12 else [])
    look(binding)
    look(gap)
    return places


def between(number: int, at: int, places: dict[int, int]) -> bool:
    """Whether a cell stands between the nearest matched cells before and after it."""
    before = max((known for known in places if known < number), default=None)
    after = min((known for known in places if known > number), default=None)
    return before is not None and after is not None and places[before] < at < places[after]
