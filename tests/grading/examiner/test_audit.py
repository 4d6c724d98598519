"""The audit counts what it says: points, hints, and mutants that no check is known to catch."""

from collections import Counter
from dataclasses import replace

import pytest

from grading.course.course import Course
from grading.examiner import Check, Exam, Misconception, Mutant
from grading.examiner.audit import Audit, cells_and_points, collect, report
from tests.course07 import ASSIGNMENT, EXAM

ONE, TWO = Misconception("one", "a belief", "a question?"), Misconception("two", "another", "another question?")
CELLS = [(["part.a", "part.b"], 7.0), (["part.c"], 20.0)]


class Asked(Check):
    """A check that is only asked for by its name."""

    def __init__(self, name):
        self.name, self.subject, self.label, self.about = name, "Thing", name, name

    def examination(self, assignment, student, key=""):
        raise NotImplementedError


@pytest.fixture
def audit():
    """Of two mutants on the numbers of one student; a third is beyond the checks."""
    mutants = [Mutant("m.a", "Thing", int, ONE), Mutant("m.b", "Thing", int, TWO)]
    mutants.append(Mutant("m.late", "Thing", int, TWO, caught=False))
    checks = {name: Asked(name) for name in ("part.a", "part.b", "part.c")}
    result = Audit(Exam("things", checks, mutants={mutant.name: mutant for mutant in mutants}), students=(1, 1))
    for name in result.exam.mutants:
        result.failed[name], result.named[name], result.first_named[name] = {}, Counter(), Counter()
    collect(result, "variants", [("right", "part.a", 0.01, "")], CELLS)
    return result


ROWS = [
    ("m.a", "part.a", 200.0, "one", True),
    ("m.a", "part.b", 300.0, None, True),
    ("m.b", "part.b", 150.0, "two", True),
    ("m.b", "part.c", 250.0, "one", False),
]


def test_a_cell_costs_its_points_once(audit):
    collect(audit, "mutants", ROWS, CELLS)
    assert audit.points == {"m.a": 7.0, "m.b": 27.0}


def test_the_student_whom_a_mutant_costs_most_counts(audit):
    collect(audit, "mutants", ROWS, CELLS)
    collect(audit, "mutants", ROWS[2:3], CELLS)
    assert audit.points["m.b"] == 27.0


def test_a_check_that_nothing_announces_is_a_fault(audit):
    collect(audit, "mutants", ROWS, CELLS)
    said = "nothing tells students what {} asks".format
    assert not {said(name) for name in audit.exam.checks} & set(audit.faults())
    audit.exam = replace(audit.exam, announced={"part.a": ("a sentence", "another"), "part.c": ("a third",)})
    assert {said(name) for name in audit.exam.checks} & set(audit.faults()) == {said("part.b")}
    assert "  part.a                   2 sentences, such as: a sentence" in list(report(audit))


def test_the_report_shows_points_hints_and_what_is_beyond_the_checks(audit):
    collect(audit, "mutants", ROWS, CELLS)
    lines = list(report(audit))
    assert "hints shown              for 3 of 4 failed checks (75.0%)" in lines
    assert "hints checked true       2 of 3" in lines
    assert "points that a mutant costs   median 17, largest 27" in lines
    assert lines[lines.index("mutants that cost more than 25 points:") + 1].split() == ["m.b", "27"]
    beyond = lines.index("mutants that no check is known to catch:")
    assert lines[beyond + 1].split() == ["m.late", "is", "two"]
    assert lines[0].startswith("mutants caught           2 of 2")


def test_an_untrue_hint_is_a_fault_and_a_mutant_beyond_the_checks_is_none(audit):
    collect(audit, "mutants", ROWS, CELLS)
    faults = list(audit.faults())
    assert "the hint of one is not true of mutant m.b in part.c" in faults
    assert not [fault for fault in faults if "m.late" in fault]


def test_what_students_own_tool_calls_right_is_said_and_is_a_fault(audit):
    audit.exam = replace(audit.exam, looks_right=lambda subject, make: False)
    collect(audit, "mutants", ROWS, CELLS)
    assert "students' tool disagrees on  0 mutants that a check fails" in list(report(audit))
    audit.called_right = ["m.a"]
    assert "students' tool disagrees on  1 mutants that a check fails: m.a" in list(report(audit))
    assert "students' own tool calls mutant m.a right, and a check fails it" in list(audit.faults())


def test_a_mutant_that_passes_is_a_fault(audit):
    collect(audit, "mutants", ROWS[:2], CELLS)
    assert "mutant m.b passes every check for some student" in list(audit.faults())


def test_what_is_caught_by_now_is_said(audit):
    collect(audit, "mutants", [*ROWS, ("m.late", "part.c", 500.0, "two", True)], CELLS)
    assert [line for line in report(audit) if "m.late" in line and line.endswith("is two; it is caught by now")]


def test_every_check_is_asked_for_in_one_cell_with_points():
    cells = cells_and_points(Course(assignment=ASSIGNMENT).lesson)
    assert Counter(check for checks, _ in cells for check in checks) == Counter(list(EXAM.checks))
    assert all(points > 0 for _, points in cells)
