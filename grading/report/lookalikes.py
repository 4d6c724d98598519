"""Pairs of submissions whose solutions are the same but for names, comments, spacing and the order of their parts.

What the lesson gives, what the instructor's own solution has and what many others wrote too counts for nothing, so that
two who both wrote the obvious solution are not named. A pair is a reason to read both, and proves nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np

from ..course.lesson import Lesson
from .code_tokens import GRAM, fingerprints, tokens

LEAST_WEIGHT = 30.0  # of what two have in common and hardly anybody else has: a hundred tokens, or ten lines
LEAST_SHARE = 0.7  # of the longer one's own code that must be in common
MANY = 20  # who share something: then it is nobody's own, however large the class
AT_ONCE = 500_000  # fingerprints of a class that are compared at once, for want of memory
MOST_PAIRS = 30  # that are shown with their code
WHOLE = ""  # in place of a cell: all of a student's solutions


Solutions = Mapping[str, Mapping[str, np.ndarray]]  # fingerprints, by student and cell


@dataclass(frozen=True)
class Code:
    """One solution cell of a student.

    Attributes
    ----------
    source : str
    places : dict of int to int
        Its fingerprints, and where each begins, in characters.
    """

    source: str
    places: Mapping[int, int]


@dataclass(frozen=True)
class Lookalikes:
    """Two students whose code is the same in some cells.

    Attributes
    ----------
    students : tuple of (str, str)
    cells : tuple of str
        The solution cells, such as ``"softmax"``; all that both wrote, where they are alike as a whole.
    share : float
        How much of the longer one's own code is in common, where that is the most.
    weight : float
        How much of it hardly anybody else has, in fingerprints.
    """

    students: tuple[str, str]
    cells: tuple[str, ...]
    share: float
    weight: float


def code_of(source: str, known: Iterable[str]) -> Code:
    """Take the fingerprints of some code."""
    places, words = zip(*found, strict=True) if (found := list(tokens(source, frozenset(known)))) else ((), ())
    return Code(source, {key: places[word] for key, word in fingerprints(list(words)).items()})


def given_names(lesson: Lesson) -> frozenset[str]:
    """The names of attributes that stand in what students are given, so that nobody can rename them."""
    return frozenset(re.findall(r"\.([^\W\d]\w*)", "\n".join(cell.source for cell in lesson.released_cells)))


def given_code(lesson: Lesson) -> frozenset[int]:
    """The fingerprints of what students are given, and of the instructor's solution."""
    known, found = given_names(lesson), set()
    for cells in (lesson.released_cells, lesson.cells):
        for cell in cells:
            if cell.cell_type == "code":
                found |= code_of(cell.source, known).places.keys()
    return frozenset(found)


def find_lookalikes(solutions: Solutions, given: frozenset[int]) -> list[Lookalikes]:
    """Find the pairs of a class, those first that have the most in common that hardly anybody else has.

    Parameters
    ----------
    solutions : Mapping of str to (Mapping of str to numpy.ndarray)
        The fingerprints of the code, by student and cell.
    given : frozenset of int
        Fingerprints that are nobody's own.
    """
    nobodys = np.array(sorted(given), np.uint64)
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    for cell in [*sorted({cell for cells in solutions.values() for cell in cells}), WHOLE]:
        own = {}
        for student, cells in solutions.items():
            parts = list(cells.values()) if cell == WHOLE else [cells[cell]] if cell in cells else []
            if parts:
                own[student] = without(np.concatenate(parts), nobodys)
        for pair, measured in alike(own, len(solutions)).items():
            found[pair][cell] = measured
    pairs = []
    for (one, other), cells in found.items():
        share, weight = (max(values) for values in zip(*cells.values(), strict=True))
        named = sorted(cells.keys() - {WHOLE}) or sorted(solutions[one].keys() & solutions[other].keys())
        pairs.append(Lookalikes((one, other), tuple(named), share, weight))
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.students))


def without(keys: np.ndarray, nobodys: np.ndarray) -> np.ndarray:
    """Return fingerprints in order, each once, without those of another array, which is in order."""
    keys = np.unique(keys)
    return keys[nobodys[np.searchsorted(nobodys, keys).clip(max=len(nobodys) - 1)] != keys] if len(nobodys) else keys


def alike(own: Mapping[str, np.ndarray], size: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Find the pairs that are alike in one cell: how much of it, and the weight of what they alone share.

    Only who shares something rare is compared.

    Parameters
    ----------
    own : Mapping of str to numpy.ndarray
        The fingerprints of each student, each once and in order.
    size : int
        How many students the class has.
    """
    students, weights = sorted(own), Counter()
    parts = 1 + sum(map(len, own.values())) // AT_ONCE
    bounds = [np.uint64(part * 2**64 // parts) for part in range(1, parts)]
    ranges = {student: [0, *np.searchsorted(own[student], bounds), len(own[student])] for student in students}
    for part in range(parts):
        pieces = [own[student][slice(*ranges[student][part : part + 2])] for student in students]
        for holders in shared(pieces, most_holders(size)):
            weight = rarity(len(holders), size)
            for pair in combinations(holders, 2):
                weights[pair] += weight
    found = {}
    for pair, weight in weights.items():
        if weight >= LEAST_WEIGHT:
            one, other = (own[students[number]] for number in pair)
            share = len(np.intersect1d(one, other, assume_unique=True)) / max(len(one), len(other))
            if share >= LEAST_SHARE:
                found[students[pair[0]], students[pair[1]]] = share, weight
    return found


def shared(pieces: Sequence[np.ndarray], most: int) -> Iterator[list[int]]:
    """Find what at least two and no more than so many have in common; who has it, as numbers, for each such thing."""
    if not pieces:
        return
    keys = np.concatenate(pieces)
    holders = np.repeat(np.arange(len(pieces), dtype=np.int32), list(map(len, pieces)))
    order = np.argsort(keys, kind="stable")  # then those who have the same are side by side
    keys, holders = keys[order], holders[order]
    starts = np.flatnonzero(np.diff(keys, prepend=~keys[:1]) != 0)
    counts = np.diff(starts, append=len(keys))
    for at in np.flatnonzero((counts > 1) & (counts <= most)):
        yield holders[starts[at] : starts[at] + counts[at]].tolist()


def common_code(solutions: Solutions, students: Iterable[str]) -> frozenset[int]:
    """Return the fingerprints of some students that too many of their class have to be anybody's own."""
    asked = [keys for student in students for keys in solutions[student].values()]
    if not asked:
        return frozenset()
    known = np.unique(np.concatenate(asked))
    holders = sum(np.isin(known, np.concatenate(list(cells.values()))).astype(int) for cells in solutions.values())
    return frozenset(known[holders > most_holders(len(solutions))].tolist())


def most_holders(size: int) -> int:
    """How many students of a class may have something in common that is still rare."""
    return max(2, min(max(4, size // 50), size // 3, MANY))


def rarity(holders: int, size: int) -> float:
    """The weight of a fingerprint: 1 if two have it, and less the more there are (inverse document frequency)."""
    return log((size + 1) / holders) / log((size + 1) / 2)


def shared_lines(one: Code, other: Code, given: frozenset[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the numbers of the lines, from 0 on, that two pieces of code have in common and were not given."""
    shared = (one.places.keys() & other.places.keys()) - given
    return lines_at(one, shared), lines_at(other, shared)


def lines_at(code: Code, keys: Iterable[int]) -> frozenset[int]:
    """Return the numbers of the lines over which some fingerprints of a piece of code reach."""
    starts = [place for place, _ in tokens(code.source, ())]
    number = {place: at for at, place in enumerate(starts)}
    found = set()
    for key in keys:
        at = number[code.places[key]]
        last = starts[min(at + GRAM, len(starts)) - 1]
        first_line = code.source.count("\n", 0, starts[at])
        found.update(range(first_line, first_line + 1 + code.source.count("\n", starts[at], last)))
    return frozenset(found)
