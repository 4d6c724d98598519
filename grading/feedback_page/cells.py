"""The cells of a page: what each is called, its anchor, and which of them a test is about."""

import re
from collections.abc import Collection
from functools import lru_cache

from ..course.lesson import NAMES_BOUND, Lesson, Place, grade_id, names_bound
from ..examiner.exam import Exam

MOST_NAMES = 3  # that a cell is called by
WORD = re.compile(r"\b[^\W\d]\w*")


class PageCells:
    """What a page calls the cells of a lesson.

    Parameters
    ----------
    lesson : Lesson
    exam : Exam or None
        Knows what its checks are about.
    shown : collection of str
        The grade ids of the cells that the page shows.
    untouched : collection of str
        Those of the cells that are as they were released.
    """

    def __init__(
        self, lesson: Lesson, exam: Exam | None, shown: Collection[str], untouched: Collection[str] = ()
    ) -> None:
        self.lesson, self.exam, self.shown, self.untouched = lesson, exam, shown, untouched

    def title(self, name: str) -> str:
        """Return the question that a cell answers; else the names that it binds; else its part of the lesson."""
        place, names = self.lesson.places.get(name, Place(name)), given_names(self.lesson).get(name, [])
        return place.question or (", ".join(names) if len(names) <= MOST_NAMES else "") or place.part

    def of_test(self, name: str) -> str:
        """Return the solution cell that a test is about, if the page shows it; else an empty text.

        Of a check that is known from its methods, where one is written in a cell of its own, or else from its subject.
        A test that asks no examiner is about the last cell before it that binds a name which it uses.
        """
        asked, binders = self.lesson.checks.get(name, []), binding_cells(self.lesson)
        if asked:
            check = self.exam.checks.get(asked[0]) if self.exam else None
            subject = getattr(check, "subject", None) or self.lesson.subjects.get(asked[0], "")
            own = [binders.get(method, "") for method in getattr(check, "methods", ())]
            places = [binders[word] for word in WORD.findall(str(subject)) if word in binders]
            found = next((cell for cell in own if cell and cell not in self.untouched), next(iter(places), ""))
        else:
            used, order = set(WORD.findall(test_sources(self.lesson).get(name, ""))), list(self.lesson.places)
            before = order[: order.index(name)] if name in order else []
            cells = {binders[word] for word in used & binders.keys()} & set(before)
            found = max(cells, key=order.index, default="")
        return found if found in self.shown else ""

    def get_ready(self) -> None:
        """Work out what is the same on every page of the lesson."""
        for work_out in (given_names, binding_cells, test_sources):
            work_out(self.lesson)
        _ = self.lesson.checks, self.lesson.subjects, self.lesson.tests, self.lesson.given_sources, self.lesson.places


@lru_cache(maxsize=32)
def given_names(lesson: Lesson) -> dict[str, list[str]]:
    """Return the names that the solution cells bind as students get them; a model solution's own stay unknown."""
    cells = {grade_id(cell): cell for cell in lesson.released_cells if cell.cell_type == "code"}
    found = {}
    for name in lesson.solution_ids:
        source = cells[name].source if name in cells else ""
        found[name] = list(dict.fromkeys(bound for pair in NAMES_BOUND.findall(source) for bound in pair if bound))
    return found


@lru_cache(maxsize=32)
def binding_cells(lesson: Lesson) -> dict[str, str]:
    """Return the solution cells by the names that each alone binds, in the order of the lesson."""
    solutions, found = set(lesson.solution_ids), {}
    for cell in lesson.cells:
        if cell.cell_type == "code" and (name := grade_id(cell)) in solutions:
            for bound in names_bound(cell.source):
                found.setdefault(bound, []).append(name)
    return {bound: names[0] for bound, names in found.items() if len(names) == 1}


@lru_cache(maxsize=32)
def test_sources(lesson: Lesson) -> dict[str, str]:
    """Return the sources of the test cells."""
    return {grade_id(cell): cell.source for cell in lesson.cells if grade_id(cell) in lesson.tests}
