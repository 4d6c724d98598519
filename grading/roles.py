"""Telling which cell of a notebook is which of the lesson's, where a tool has taken nbgrader's metadata away.

A role earns nothing by itself: whoever hands in a notebook can write any role into it, and RestoreCells puts back
everything but the solutions. So this is no question of safety but of certainty: it never guesses.
"""

import copy
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from .home import LESSON

BINDS = re.compile(r"^(?:(?:class|def)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=(?!=))", re.MULTILINE)


@cache
def lesson() -> list[NotebookNode]:
    """The lesson's cells as students get them."""
    nb = nbformat.read(LESSON, as_version=4)
    for preprocessor in (ClearSolutions(), ClearHiddenTests()):
        nb, _ = preprocessor.preprocess(nb, {})
    return nb.cells


def role_of(cell: NotebookNode) -> str:
    """The id under which nbgrader knows a cell of the lesson, or an empty text."""
    role = cell.metadata.get("nbgrader")
    name = role.get("grade_id") if isinstance(role, dict) else None
    return name if isinstance(name, str) else ""


def restore_roles(nb: NotebookNode) -> list[str]:
    """Give cells that have lost it the role and the tags that they have in the lesson.

    A cell is recognised by its id; or, as students got it, by its text; or, a solution, by the names that only it
    binds, if it stands between the same known cells; or by standing alone between its two neighbours.

    Returns
    -------
    list of str
        The grade ids that were given back.
    """
    places = recognise(nb)
    restored = []
    for number, cell in enumerate(lesson()):
        if number not in places:
            continue
        theirs, name = nb.cells[places[number]], role_of(cell)
        if name and role_of(theirs) != name:
            theirs.metadata["nbgrader"] = copy.deepcopy(cell.metadata["nbgrader"])
            restored.append(name)
        if cell.metadata.get("tags") and not theirs.metadata.get("tags"):
            theirs.metadata["tags"] = list(cell.metadata["tags"])  # what only explores is not run in grading
    return restored


@cache
def solutions() -> tuple[str, ...]:
    """The grade ids of the cells that students fill in."""
    return tuple(role_of(cell) for cell in lesson() if role_of(cell) and cell.metadata["nbgrader"]["solution"])


def recognise(nb: NotebookNode) -> dict[int, int]:
    """Where the lesson's cells are in a notebook: their numbers there, by their numbers in the lesson."""
    cells, places = lesson(), {}
    names = {role_of(cell): number for number, cell in enumerate(cells) if role_of(cell)}
    for at, cell in enumerate(nb.cells):  # of copies, RestoreCells takes the last too
        if role_of(cell) in names:
            places[names[role_of(cell)]] = at
    labelled = {at for at, cell in enumerate(nb.cells) if role_of(cell) in names}

    def look(candidates: Callable[[int], Iterable[int]]) -> None:
        """Recognise those for which there is exactly one candidate, of its kind, that is none for a second one."""
        found: dict[int, list[int]] = {}
        taken = labelled | set(places.values())
        for number in range(len(cells)):
            if number not in places:
                kind = cells[number].cell_type
                free = {at for at in candidates(number) if at not in taken and nb.cells[at].cell_type == kind}
                if len(free) == 1:
                    found.setdefault(free.pop(), []).append(number)
        places.update({numbers[0]: at for at, numbers in found.items() if len(numbers) == 1})

    ids, texts, own = defaultdict(list), defaultdict(list), own_names()
    for at, cell in enumerate(nb.cells):
        texts[cell.source.strip()].append(at)
        for name in (cell.get("id"), cell.metadata.get("id")):
            if isinstance(name, str):
                ids[name].append(at)
    bound = cache(lambda: [names_bound(cell.source) for cell in nb.cells])  # as a rule nobody asks

    def binding(number: int) -> list[int]:
        """The cells that bind what only this one does, and stand where it would."""
        if number not in own:
            return []
        return [at for at, theirs in enumerate(bound()) if own[number] <= theirs and between(number, at, places)]

    def gap(number: int) -> list[int]:
        """The one cell between this one's two neighbours, if both are known."""
        before, after = places.get(number - 1), places.get(number + 1)
        return [before + 1] if before is not None and after == before + 2 else []

    look(lambda number: ids[cells[number].id])
    look(lambda number: texts[text] if len(text := cells[number].source.strip()) >= 12 else [])
    look(binding)
    look(gap)
    return places


def names_bound(source: str) -> set[str]:
    """The names that a cell defines or assigns at its top level, also if it does not compile."""
    return {name for pair in BINDS.findall(source) for name in pair if name}


@cache
def own_names() -> dict[int, set[str]]:
    """For every solution of the lesson, by its number, the names that it binds and no other solution does."""
    bound = {
        number: names_bound(cell.source)
        for number, cell in enumerate(lesson())
        if cell.cell_type == "code" and role_of(cell) in solutions()
    }
    return {
        number: own
        for number, names in bound.items()
        if (own := names.difference(*(bound[other] for other in bound if other != number)))
    }


def between(number: int, at: int, places: dict[int, int]) -> bool:
    """Whether a place lies between those of the nearest known cells before and after it in the lesson."""
    before = max((known for known in places if known < number), default=None)
    after = min((known for known in places if known > number), default=None)
    return before is not None and after is not None and places[before] < at < places[after]
