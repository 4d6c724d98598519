"""What learners write: diagnose() and the visible tests against the checks that grade."""

import pytest
from diagnosis import compare

from tests.course07 import judge_class
from tests.grading.exams.optimizers.diagnosed import RIGHT, WRONG
from tests.modules.visible_tests import failures, visible_cells

STUDENTS = ("ada", "grace")
SUBJECTS = ("Optimizer", "SGD", "Adam", "AdamW")


def points(subject, make, student):
    """The points that a class earns under the checks, and those that there are."""
    worth = {name: value for name, (_, value) in visible_cells(subject).items()}
    passed = 0
    for name, value in worth.items():
        check = name.removeprefix("test-").replace("-", ".", 1).replace("-", "_")
        passed += value * judge_class(check, make, student).passed
    return passed, sum(worth.values())


def test_the_checks_have_the_names_of_the_cells():
    assert [points(subject, None, "ada")[0] for subject in SUBJECTS] == [0, 0, 0, 0]
    assert sum(value for subject in SUBJECTS for _, value in visible_cells(subject).values()) == 77


@pytest.mark.parametrize("name", WRONG)
def test_what_a_test_or_a_check_fails_is_not_called_right(name):
    subject, make = WRONG[name]
    found = compare(make)
    assert not found.is_right and (found.differs or found.raised)


def test_the_bank_is_as_wrong_as_it_says():
    """Each wrong class fails a visible test, or a check, or what diagnose() looks at beyond them."""
    caught = [
        name for name, (subject, make) in WRONG.items()
        if failures(subject, make) or points(subject, make, "ada")[0] < points(subject, make, "ada")[1]
    ]  # fmt: skip
    assert len(WRONG) >= 80 and len(caught) > 0.85 * len(WRONG), sorted(set(WRONG) - set(caught))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_in_substance_earns_the_points(name):
    subject, make = RIGHT[name]
    assert failures(subject, make) == {}
    assert compare(make).is_right
    for student in STUDENTS:
        earned, worth = points(subject, make, student)
        assert earned >= 0.95 * worth, f"{earned} of {worth} for {student}"
