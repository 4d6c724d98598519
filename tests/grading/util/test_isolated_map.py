"""Work on many pieces in processes of their own: in order, and what goes wrong with one costs no other."""

import os
import time

import pytest

from grading.util import isolation
from grading.util.isolated_map import PART, isolated_map
from grading.util.isolation import NotDone

MiB = 2**20
MANY = list(range(3 * PART + 7))


def square(number):
    return b"%d" % number**2


def ends_at(bad, how):
    """Work that goes wrong with one piece alone."""

    def work(number):
        if number == bad:
            how()
        return square(number)

    return work


def test_results_come_in_order_and_some_share_a_process():
    assert list(isolated_map(square, MANY, 20, 256 * MiB)) == [square(number) for number in MANY]
    pids = list(isolated_map(lambda _: b"%d" % os.getpid(), MANY, 20, 256 * MiB, processes=2))
    assert len(set(pids)) == 4 and b"%d" % os.getpid() not in pids


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (lambda: time.sleep(1000), "takes more than 1 s"),
        (lambda: b"x" * (300 * MiB), "takes more than 256 MiB of memory"),
        (lambda: 1 / 0, "fails (ZeroDivisionError: division by zero)"),
        (lambda: os._exit(3), "ended its process (3)"),
    ],
)
def test_what_goes_wrong_with_one_costs_no_other(how, why):
    bad = PART + 3
    found = list(isolated_map(ends_at(bad, how), MANY, 1, 256 * MiB))
    assert isinstance(found[bad], NotDone) and str(found[bad]) == why
    assert [*found[:bad], *found[bad + 1 :]] == [square(number) for number in MANY if number != bad]


def test_items_are_taken_as_they_are_needed():
    taken = []

    def items():
        for number in range(1000 * PART):
            taken.append(number)
            yield number

    results = isolated_map(square, items(), 20, 256 * MiB, processes=1)
    assert next(results) == square(0) and len(taken) <= 4 * PART
    results.close()


def test_where_no_process_can_be_copied_it_is_done_here(monkeypatch):
    monkeypatch.setattr(isolation, "IN_COPY", False)
    here = []
    assert list(isolated_map(lambda item: here.append(item) or b"x", [1, 2], 20, 0)) == [b"x", b"x"]
    assert here == [1, 2]
