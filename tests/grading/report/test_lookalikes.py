"""Look-alikes: a copy is found however it is dressed, and whoever worked alone is not named."""

import builtins
import inspect
import io
import keyword
import random
import re
import textwrap
import time
import tokenize
import zlib
from itertools import zip_longest

import numpy as np
import pytest

from grading.report.code_tokens import LONGEST, fingerprints, lexed_tokens, plain_tokens, tokens
from grading.report.lookalikes import (
    Code,
    code_of,
    find_lookalikes,
    given_code,
    given_names,
    most_holders,
    shared_lines,
)
from grading.report.side_by_side import MOST_LINES, lines
from grading.report.told import fingerprinted
from tests.course07 import EXAM, lesson

KNOWN, GIVEN = given_names(lesson()), given_code(lesson())
CELLS = {"Optimizer": "optimizer", "SGD": "sgd", "Adam": "adam", "AdamW": "adamw"}


def source_of(variant):
    text = textwrap.dedent(inspect.getsource(EXAM.variants()[variant].make))
    return re.sub(r"^@\w+\(.*\)\n", "", text)


BY_CELL = {cell: [source_of(name) for name, variant in EXAM.variants().items() if variant.subject == subject]
           for subject, cell in CELLS.items()}  # fmt: skip
SGD, ADAM = source_of("sgd.SlotsSGD"), source_of("adam.FlatAdam")


def solutions(**students):
    return {name: {cell: code_of(source, KNOWN) for cell, source in cells.items()} for name, cells in students.items()}


def independent_class():
    """Twenty who share no solution: each cell has another author."""
    rows = zip_longest(*BY_CELL.values())
    return solutions(**{
        f"alone-{n:02}": {cell: source for cell, source in zip(BY_CELL, row, strict=True) if source}
        for n, row in enumerate(rows)
    })  # fmt: skip


def pairs_in(code):
    """The look-alikes of a class, by the fingerprints of its code alone."""
    keys = {name: {cell: np.array([*code.places], np.uint64) for cell, code in of.items()} for name, of in code.items()}
    return find_lookalikes(keys, GIVEN)


def found(more):
    return [(pair.students, pair.cells) for pair in pairs_in(independent_class() | more)]


def renamed(source):
    """The same code with other names for everything that one may name oneself."""
    words, before = [], None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_own = token.type == tokenize.NAME and not keyword.iskeyword(token.string) and before != "."
        if is_own and token.string not in {*dir(builtins), "self", "np"}:
            token = token._replace(string=f"mine_{zlib.crc32(token.string.encode()) % 1000}")
        before = token.string
        words.append(token)
    return tokenize.untokenize((token.type, token.string) for token in words)


def reordered(source):
    """The same class with its methods in the opposite order."""
    head, *methods = re.split(r"(?m)^(?=    (?:@\w+\n    )?def )", source)
    return head + "".join(method.rstrip("\n") + "\n\n" for method in reversed(methods))


def recommented(source):
    """The same code with comments, blank lines and other docstrings all over it."""
    lines = []
    for line in re.sub(r'"""(?s:.)*?"""', '"""Something else entirely."""', source).splitlines():
        lines += [line + "  # as everybody knows" if line.strip() and '"""' not in line else line]
        if line.endswith(":"):
            lines.append(re.match(r"\s*", line)[0] + "    # do it\n")
    return "\n".join(lines)


DRESSED = {
    "as it is": lambda source: source,
    "names": renamed,
    "order of methods": reordered,
    "comments and docstrings": recommented,
    "spacing": lambda source: source.replace("    ", "  ").replace(" = ", "="),
    "all of it": lambda source: recommented(reordered(renamed(source))),
}


@pytest.mark.parametrize("how", DRESSED)
def test_a_copy_is_found_however_it_is_dressed(how):
    copy = DRESSED[how](SGD)
    compile(copy, "a copy", "exec")
    assert how == "as it is" or copy != SGD
    if how in ("names", "all of it"):
        assert len(set(re.findall(r"mine_\d+", copy))) > 10, "or nothing was renamed"
    author = next(name for name, cells in independent_class().items() if cells["sgd"].source == SGD)
    assert ((author, "bob"), ("sgd",)) in found(solutions(bob={"sgd": copy, "adam": "q = 1"}))


def test_who_worked_alone_is_not_named():
    assert len(independent_class()) == max(map(len, BY_CELL.values())) and found({}) == []


def test_the_given_code_and_the_instructors_solution_count_for_nothing():
    given = {cell.metadata.nbgrader.grade_id: cell.source for cell in lesson().cells
             if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"}  # fmt: skip
    released = {cell.metadata.nbgrader.grade_id: cell.source for cell in lesson().released_cells
                if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"}  # fmt: skip
    assert "SGD" in given["sgd"]
    assert found(solutions(a=given, b=given, c=released, d=released)) == []


def test_an_obvious_short_solution_names_nobody():
    short = "class SGD(Optimizer):\n    def step(self):\n"
    short += "        for p in self.params:\n            p.data = p.data - self.lr * p.grad\n"
    assert found(solutions(a={"sgd": short}, b={"sgd": short.replace("p.", "q.").replace("for p", "for q")})) == []


def test_what_many_wrote_names_nobody_and_what_few_wrote_does():
    many = solutions(**{f"many-{n}": {"sgd": SGD} for n in range(8)})
    few = solutions(**{f"few-{n}": {"adam": ADAM} for n in range(2)})
    pairs = [names for names, _ in found(many | few)]
    assert pairs and all("many" not in student for names in pairs for student in names)
    assert [most_holders(size) for size in (2, 5, 14, 40, 300, 5000)] == [2, 2, 4, 4, 6, 20]


def test_small_cells_that_are_all_the_same_are_found_as_a_whole():
    parts = re.split(r"(?m)^(?=    def )", SGD)
    cells = {f"part-{n}": textwrap.dedent(part) for n, part in enumerate(parts)}
    (pair,) = pairs_in(solutions(ada=cells, bob=cells))
    assert pair.students == ("ada", "bob") and pair.share == 1


def test_the_lines_in_common_are_those_that_are_alike():
    mine = "def mine(a):\n    return [a, 1, 2, 3, 4, 5, 6, 7]\n\n\n" + SGD
    theirs = recommented(renamed(SGD)) + "\nTHEIRS = {1: 2, 3: 4, 5: 6, 7: 8, 9: 10, 11: 12, 13: 14}\n"
    one, other = shared_lines(code_of(mine, KNOWN), code_of(theirs, KNOWN), GIVEN)
    assert len(one) > 0.7 * len(SGD.splitlines()) and not {0, 1} & one
    assert len(theirs.splitlines()) - 1 not in other and min(other) < 4


def pieces():
    """Every solution that the exam knows, and pieces of each, which may end in the middle of anything."""
    rng = random.Random(7)
    for source in [cell.source for cell in lesson().cells if cell.cell_type == "code"] + sum(BY_CELL.values(), []):
        yield source
        for _ in range(20):
            start = rng.randrange(len(source) + 1)
            piece = list(source[start : start + rng.randrange(900)])
            for _ in range(rng.randrange(4) if piece else 0):
                piece[rng.randrange(len(piece))] = rng.choice("\"'\\\n{}()[]f#@ \t0b.é_N%!")
            yield "".join(piece)


def test_plain_code_has_the_tokens_that_the_lexer_finds():
    plain = 0
    for source in pieces():
        if (quickly := plain_tokens(source, KNOWN)) is not None:
            plain += 1
            assert quickly == list(lexed_tokens(source, KNOWN)), source
    assert plain > 1000


@pytest.mark.parametrize(
    "source",
    ['f"{a}"', "import a.b", "'{a[' + b + ']}'", "'not closed", 'r"a"', "x = \\\n    1", "class :", "é = 1", "a ? b"],
)
def test_what_is_odd_is_left_to_the_lexer(source):
    assert plain_tokens(source, KNOWN) is None
    assert list(tokens(source, KNOWN)) == list(lexed_tokens(source, KNOWN)) != []


def test_code_that_does_not_compile_is_compared_too():
    broken = SGD.replace("class ", "class class ", 1) + "\n'''never closed"
    assert "bob" in {student for names, _ in found(solutions(bob={"sgd": broken})) for student in names}


def test_of_a_huge_cell_a_part_is_shown():
    """Or two students could have the instructor's memory for themselves."""
    source, places = fingerprinted(SGD + "\n" * 10**6, KNOWN)
    assert source.startswith(SGD) and len(source) == LONGEST and places
    shown = lines(Code(source, dict(places)), frozenset())
    assert len(shown) == MOST_LINES + 1 and shown[-1].text.endswith("more lines")


def test_winnowing_keeps_something_of_every_long_match():
    words = [word for _, word in tokens(ADAM, KNOWN)]
    every = fingerprints(words).keys()
    for start in range(0, len(words) - 40, 7):
        assert fingerprints(words[start : start + 40]).keys() & every
    assert fingerprints(words[:5]) == {} and fingerprints([]) == {}


def test_a_class_of_five_thousand_takes_seconds():
    some = [{cell: code_of(source, KNOWN) for cell, source in zip(BY_CELL, row, strict=True) if source}
            for row in zip_longest(*BY_CELL.values())]  # fmt: skip
    everybody = {f"s{n:04}": some[n % len(some)] for n in range(5000)}
    start = time.perf_counter()
    assert pairs_in(everybody) == []
    assert time.perf_counter() - start < 60
