"""The code of two students side by side, with the lines marked that they have in common."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..util.text import printable
from .facts import ClassFacts
from .lookalikes import MOST_PAIRS, Code, Lookalikes, shared_lines

MOST_LINES = 500  # of a cell that are shown


@dataclass(frozen=True)
class Line:
    """A line of code, and whether the other one has it too."""

    text: str
    is_shared: bool


@dataclass(frozen=True)
class Cells:
    """A solution cell of both students."""

    name: str
    both: tuple[list[Line], list[Line]]


@dataclass(frozen=True)
class Pair:
    """Two students and what to show of them; no cells where there are too many pairs."""

    lookalikes: Lookalikes
    cells: list[Cells]


def side_by_side(found: ClassFacts) -> list[Pair]:
    """What to show of the pairs of a class."""
    return [Pair(pair, list(cells_of(found, pair)) if number < MOST_PAIRS else [])
            for number, pair in enumerate(found.lookalikes)]  # fmt: skip


def cells_of(found: ClassFacts, pair: Lookalikes) -> Iterator[Cells]:
    one, other = (found.code.get(student, {}) for student in pair.students)
    for name in pair.cells:
        if name not in one or name not in other:  # it was taken away meanwhile
            continue
        marked = shared_lines(one[name], other[name], found.given)
        yield Cells(name, (lines(one[name], marked[0]), lines(other[name], marked[1])))


def lines(code: Code, shared: frozenset[int]) -> list[Line]:
    """The lines of a piece of code; what is no printable character is replaced."""
    found = code.source.split("\n")
    left = [Line(f"... and {len(found) - MOST_LINES} more lines", False)] if len(found) > MOST_LINES else []
    return [
        Line(printable(text.expandtabs(4)), number in shared) for number, text in enumerate(found[:MOST_LINES])
    ] + left
