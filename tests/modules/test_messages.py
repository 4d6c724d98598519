"""The messages that the lesson explains are those that students get."""

import re

import nbformat
import pytest
from visible_tests import failures

from grading.examiner.exam import import_exam
from tests.course07 import ASSIGNMENT, LESSON

SUBJECTS = ("Optimizer", "SGD", "Adam", "AdamW")
ROW = re.compile(r"^\| `(.+?)` \| (.+) \|$", re.MULTILINE)


def explained(subject):
    """The messages that stand in the table of a part."""
    cells = nbformat.read(LESSON, as_version=4).cells
    return [message for message, _ in ROW.findall(next(c.source for c in cells if c.id == f"{subject.lower()}-fails"))]


def shown(subject):
    """What the visible tests say of everything that learners write: of nothing at all, too."""
    makes = [None, *(mutant.make for mutant in import_exam(ASSIGNMENT).mutants.values() if mutant.subject == subject)]
    for make in makes:
        yield from map(str, failures(subject, make).values())


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_message_is_one_that_a_wrong_class_gets(subject):
    messages = explained(subject)
    assert len(messages) == 3
    left = set(messages)
    for text in shown(subject):
        left -= {message for message in left if message in " ".join(text.split())}
        if not left:
            return
    assert not left
