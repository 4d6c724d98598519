"""Names of files that a student chooses cost no time, however they are made."""

import signal
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from grading.lms import extractor
from grading.lms.conventions import Blackboard


@contextmanager
def at_once():
    """Fail where a regular expression takes the square or the power of a length: then this never ends."""

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def rank(name):
    upload = SimpleNamespace(file=name, order=[], entry=name)
    return extractor.rank(upload, "ps1")


@pytest.mark.parametrize("name", ["ps1" + "1" * 900 + "x.ipynb", "ps1" + " 1" * 400 + "!", "1" * 900 + "_ps1.ipynb"])
def test_a_long_row_of_digits_is_ranked(name):
    with at_once():
        assert rank(name)


def test_a_number_that_is_too_long_for_python_is_ranked():
    assert rank(f"ps1-{'9' * 5000}.ipynb")[0]


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("ps1.ipynb", True),
        ("ps1 (1).ipynb", True),
        ("ps1-2.ipynb", True),
        ("12_ps1_copy.ipynb", True),
        ("ps2.ipynb", False),
    ],
)
def test_a_notebook_of_the_assignment_is_known_by_its_name(name, own):
    assert rank(name)[0] is own


def test_a_receipt_of_blank_lines_is_read():
    with at_once():
        assert Blackboard.receipt.search("\n" * 1_000_000) is None
    assert Blackboard.receipt.search("x\n  Name:  Ada L. (ada)  \r\n")["username"] == "ada"
