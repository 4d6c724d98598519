"""Whoever could not be graded by no fault of theirs keeps what they had, is named, and is tried again."""

import contextlib
import csv
import os
import shutil
import sys
from types import SimpleNamespace

import pytest

from grading import cli
from grading.autograde import check as checking
from grading.autograde.class_grader import autograde_class
from grading.autograde.plan import submission_profile
from grading.autograde.results_table import write_grades
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.submission import GradingResult
from grading.sandbox import host
from grading.sandbox.host import ChildKilled
from grading.workers.pool import InProcess
from grading.workers.task import Failed
from tests.course07 import ASSIGNMENT, LESSON

REASON = "its process was killed from outside the grader (SIGKILL)"
UNLUCKY = {"perfect": 90.0, "adamw-coupled": 79.0, "sgd-state-not-copied": 87.0}
GRADABLE = 12  # of the sample class


class Unlucky(InProcess):
    """Some submissions are killed whenever they run, and some pages cannot be made."""

    names = UNLUCKY

    def map(self, work, items):
        lucky = []
        for item in items:
            if item.student in self.names:
                yield item, Failed(REASON, interrupted=True)
            else:
                lucky.append(item)
        yield from super().map(work, lucky)


@pytest.fixture
def course(sample_class, tmp_path):
    """The sample class, graded; three have handed in something else since."""
    course = Course(shutil.copytree(sample_class[0].root, tmp_path / "course"))
    for student in UNLUCKY:
        with open(course.notebook("submitted", student), "a") as file:
            file.write("\n")
    return course


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs a command in this process; returns its exit status and what it printed."""

    def run(*arguments, pool=InProcess):
        monkeypatch.setattr(sys, "argv", ["grading", *map(str, arguments)])
        monkeypatch.setattr(cli, "start_workers", lambda *options: contextlib.nullcontext(pool))
        monkeypatch.setattr(cli.console, "_width", 300)
        status = 0
        try:
            cli.run()
        except SystemExit as end:
            status = end.code
        printed = capsys.readouterr()
        return SimpleNamespace(status=status, out=printed.out, err=printed.err)

    return run


def grades(course):
    with open(course.root / "grades.csv", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def graded_again(course, since):
    """Who was graded after a time."""
    paths = {student: course.notebook("autograded", student) for student in UNLUCKY}
    return {student for student, path in paths.items() if path.exists() and path.stat().st_mtime_ns > since}


@pytest.mark.parametrize("flags", [[], ["--force"]])
def test_they_keep_their_scores_are_named_and_are_tried_again(flags, course, command):
    first = command("autograde", "--course", course.root, *flags, pool=Unlucky)
    assert first.status == 1
    assert first.err == "error: 3 could not be done, by no fault of theirs: run it again to try again\n"
    rows = {line.split("│")[1].strip(): line for line in first.out.splitlines() if line.startswith("│")}
    for student, score in UNLUCKY.items():
        assert f"{score:g} / 100" in rows[student] and f"not graded, needs a person: {REASON}" in rows[student]
    assert grades(course).items() >= UNLUCKY.items()

    before = max(course.notebook("autograded", student).stat().st_mtime_ns for student in UNLUCKY)
    again = command("autograde", "--course", course.root)
    assert (again.status, again.err) == (0, "")
    assert graded_again(course, before) == set(UNLUCKY) and grades(course).items() >= UNLUCKY.items()


def test_one_who_had_no_score_gets_none(course, command):
    shutil.copytree(course.folder("submitted", "perfect"), course.folder("submitted", "new"))
    names = {"new": None}
    done = command("autograde", "--course", course.root, pool=type("NewOne", (Unlucky,), {"names": names}))
    assert done.status == 1 and "needs a person" in done.out
    assert "new" not in grades(course)


def test_a_person_sees_what_it_was_that_could_not_be_made(course, command):
    done = command("feedback", "--course", course.root, pool=Unlucky)
    assert done.status == 1 and f"perfect: graded, but without feedback: {REASON}" in done.out
    assert command("feedback", "--course", course.root).status == 0


def test_what_students_do_wrong_is_no_failure_of_the_command(course, command):
    """Two of the sample class have handed in what is no notebook."""
    done = command("autograde", "--course", course.root)
    assert done.status == 0 and "12 of 14 submissions are graded" in done.out


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ChildKilled(REASON), REASON), (KeyError("grade"), "the grader failed at it: KeyError: 'grade'")],
)
def test_a_check_that_the_grader_fails_at(error, reason, command, monkeypatch):
    def fail(assignment, submission):
        raise error

    monkeypatch.setattr(checking, "grade_submission", fail)
    done = command("check", LESSON)
    assert (done.status, done.out) == (1, "")
    assert (
        done.err.startswith(f"error: {LESSON} is not graded, and needs a person: {reason}")
        and done.err.count("\n") == 1
    )


def test_a_full_disk_costs_nobody_points(course, monkeypatch):
    before = scores(course)
    host.zygote(submission_profile(course))  # it fills up when grading has begun
    full = SimpleNamespace(f_blocks=1000, f_bavail=1, f_frsize=4096)
    monkeypatch.setattr(host.os, "statvfs", lambda folder: full)
    outcomes = autograde_class(course, force=True, feedback=False)
    undecided = [outcome for outcome in outcomes if outcome.needs_person]
    assert len(undecided) == GRADABLE and all("less room than the 64 MiB" in each.problem for each in undecided)
    assert scores(course) == before


def scores(course):
    with course.gradebook() as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(ASSIGNMENT)}


def test_the_grades_are_in_the_order_of_the_ids(course):
    names = ["zoe", "ada", "Max", "emmy"]
    with GradebookWriter(course) as records:
        records.write([(GradingResult(name, "cannot be read"), None) for name in names])
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("emmy", last_name="Noether", first_name="Emmy")
    with open(write_grades(course), newline="") as file:
        students = [row["student_id"] for row in csv.DictReader(file)]
    assert students == sorted(students) and set(names) <= set(students)


def test_what_a_killed_run_had_half_written_is_removed(course):
    half = course.folder(".partial", "perfect")
    half.mkdir(parents=True)
    (half / f"{ASSIGNMENT}.ipynb").write_text("{")
    autograde_class(course, feedback=False)
    assert not os.path.lexists(course.root / ".partial")
