"""Nothing is asked that no text states."""

import re

import nbformat
import pytest

from grading.exams.optimizers import announced
from grading.exams.optimizers.checks import CHECKS
from tests.course07 import EXAM, LESSON

HIDDEN = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", re.DOTALL)


def plain(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def lesson():
    """What students see of the lesson, on one line."""
    return plain("\n".join(HIDDEN.sub("", cell.source) for cell in nbformat.read(LESSON, as_version=4).cells))


def test_students_see_no_solution_in_what_is_searched(lesson):
    assert "Clear the gradient of every parameter" in lesson
    assert "examine(" not in lesson and "self.momentum_buffers[i]" not in lesson


def test_every_check_is_listed():
    assert set(announced.CHECKS) == set(CHECKS), "write where the lesson announces the check, in announced.py"


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_check_asks_stands_in_the_lesson(name, lesson):
    fields = CHECKS[name].fields
    unlisted = sorted(fields - set(announced.FIELDS))
    assert not unlisted, f"{name} looks at {unlisted}: write where the lesson announces it, in announced.py"
    sentences = EXAM.announced[name]
    assert len(sentences) > len(fields)
    assert [sentence for sentence in sentences if plain(sentence) not in lesson] == []


def test_nothing_is_listed_that_no_check_looks_at():
    assert set(announced.FIELDS) == {field for check in CHECKS.values() for field in check.fields}
