"""Penalties for being late are those of the due date, the extensions, the policy and the points of now."""

import csv
import io

import pytest
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.plugins import LateSubmissionPlugin
from traitlets.config import Config

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.autograde.results_table import results_table, write_grades
from grading.course.gradebook import renew_penalties
from grading.nbgrader_plugins.csv_export import CsvExport
from grading.nbgrader_plugins.late_penalty import PointsPerDay
from grading.report import read_class
from tests.grading.autograde.graded_class import class_of_three, course, grade_again, grade_by_hand
from tests.grading.course.own_course import hand_in, set_option

__all__ = ["class_of_three", "course"]  # fixtures
LATE, ONE_LATE = "points were taken off", "1 point was taken off"


@pytest.fixture
def late(course, grading):
    """Ada is a day and an hour late, at one point a day."""
    set_option(course, "c.PointsPerDay.points_per_day = 1.0")
    grading("due", "2026-11-10 12:00:00 UTC", "--course", course.root)
    course.notebook("submitted", "ada").with_name("timestamp.txt").write_text("2026-11-11 13:00:00 UTC")
    autograde_class(course)
    assert penalty(course) == 2.0
    return course


def penalty(course, student="ada"):
    with course.gradebook() as gradebook:
        return gradebook.find_submission(course.assignment, student).late_submission_penalty


def row(course, student="ada"):
    """What stands of a student in grades.csv."""
    rows = csv.DictReader(io.StringIO(write_grades(course).read_text()))
    return next(row for row in rows if row["student_id"] == student)


def test_a_due_date_that_moves_renews_penalties_and_pages_and_runs_nothing(late, grading):
    assert f"2 {LATE}" in late.page("ada").read_text()
    status, out, err = grading("due", "ps1", "2026-11-24 12:00:00 UTC", "--course", late.root)
    assert status == 0 and out.splitlines() == [
        "ps1  due 2026-11-24 12:00:00 UTC",
        "penalties for being late have changed: 1; `python -m grading autograde` makes their pages and grades.csv anew",
    ]
    assert grade_again(late)[:3] == ([], ["ada", "bob", "cyd"], []), "each page says when it was due"
    assert penalty(late) == 0.0 and LATE not in late.page("ada").read_text()
    assert row(late)["late_submission_penalty"] == "0.0"
    assert grade_again(late)[:2] == ([], [])


def test_nbgraders_own_due_date_and_settings_too(late):
    set_option(late, "c.PointsPerDay.points_per_day = 0.5")
    assert grade_again(late)[:3] == ([], ["ada"], ["penalties for being late have changed: 1"])
    assert penalty(late) == 1.0 and ONE_LATE in late.page("ada").read_text()
    set_option(late, "c.PointsPerDay.points_per_day = 0.0\nc.PointsPerDay.penalty_method = 'zero'")
    assert read_class(late).scores["ada"] == 0.0 and penalty(late) == 1.0, "a report writes nothing"
    assert renew_penalties(late) == ["ada"] and penalty(late) == 3.0
    with late.gradebook() as gradebook:
        gradebook.update_or_create_assignment("ps1", duedate="2026-11-24 12:00:00 UTC")
    assert grade_again(late)[:2] == ([], ["ada"]) and penalty(late) == 0.0


def test_points_given_by_hand_are_penalised_by_the_same_rule(late):
    set_option(late, "c.PointsPerDay.points_per_day = 0.0\nc.PointsPerDay.penalty_method = 'zero'")
    autograde_class(late)
    assert penalty(late) == 3.0
    grade_by_hand(late, "ada", 2.0)
    assert [outcome.problem for outcome in write_feedback(late)] == [""] * 3
    assert penalty(late) == 5.0 and "<strong>0</strong> of 5 points" in late.page("ada").read_text()


def test_nbgraders_own_commands_bring_penalties_up_to_date(late, tmp_path):
    grade_by_hand(late, "ada", 2.0)
    set_option(late, "c.PointsPerDay.points_per_day = 2.0")
    late.run(GenerateFeedback, student_id="ada", force=True)
    assert penalty(late) == 4.0 and f"4 {LATE}" in late.page("ada").read_text()
    set_option(late, "c.PointsPerDay.points_per_day = 1.0")

    class Parent(CsvExport):
        coursedir = type("directory", (), {"root": str(late.root)})

    plugin = CsvExport(to=str(tmp_path / "grades.csv"), parent=Parent(config=late.config()))
    with late.gradebook() as gradebook:
        plugin.export(gradebook)
    assert penalty(late) == 2.0 and ",2.0,3.0,5.0" in (tmp_path / "grades.csv").read_text()
    assert grade_again(late)[:2] == ([], ["ada"])


def test_an_extension_before_and_after_handing_in(late, grading):
    place = ("--course", late.root)
    status, out, err = grading("extend", "ada,eve", "2d", *place)
    assert status == 0 and "eve is not in the gradebook" in err
    assert out.splitlines()[:2] == [
        "ada  until 2026-11-12 12:00:00 UTC, 2 days more",
        "eve  until 2026-11-12 12:00:00 UTC, 2 days more",
    ]
    assert penalty(late) == 0.0 and row(late)["duedate"] == "2026-11-12 12:00:00"
    assert "nobody" not in grading("extend", *place)[1]
    hand_in(late, "eve")
    late.notebook("submitted", "eve").with_name("timestamp.txt").write_text("2026-11-11 13:00:00 UTC")
    assert grade_again(late, force=True)[0] == ["ada", "bob", "cyd", "eve"]
    assert penalty(late) == penalty(late, "eve") == 0.0, "it survives a regrade"
    assert "Your own due date was 2026-11-12 12:00 UTC." in late.page("eve").read_text()
    assert set(read_class(late).extended) == {"ada", "eve"} and read_class(late).late == {}
    table = results_table(late, autograde_class(late))
    assert "extended until 2026-11-12 12:00:00 UTC" in list(table.columns[2].cells)[0]
    late.run(Autograde, student_id="eve", force=True)
    assert penalty(late, "eve") == 0.0, "nor does nbgrader's own command lose it"
    with late.gradebook() as gradebook:
        gradebook.remove_student("eve")
    autograde_class(late)
    assert penalty(late, "eve") == 0.0, "nor a student who was removed"
    status, out, err = grading("extend", "eve", "none", *place)
    assert out.splitlines()[0] == "eve  no extension" and penalty(late, "eve") == 2.0 and penalty(late) == 0.0


def test_an_extension_by_date_stays_when_the_due_date_moves(late, grading):
    place = ("--course", late.root)
    grading("extend", "ada", "2026-11-11 14:00:00 +0100", *place)
    assert penalty(late) == 0.0
    grading("due", "2026-11-09 12:00:00 UTC", *place)
    assert penalty(late) == 0.0
    grading("due", "none", *place)
    assert penalty(late) == 0.0 and "once there is a due date" in grading("extend", *place)[1]
    autograde_class(late, force=True)
    grading("due", "2026-11-05 12:00:00 UTC", *place)
    assert penalty(late) == 0.0
    grading("extend", "ada", "none", *place)
    assert penalty(late) == 3.0, "seven points, of which there are three"


def test_a_due_date_that_is_taken_away_elsewhere(late, grading):
    grading("extend", "ada", "1h", "--course", late.root)
    with late.gradebook() as gradebook:
        gradebook.update_or_create_assignment("ps1", duedate=None)
    assert read_class(late).late == {}
    assert autograde_class(late, force=True)[0].problem == ""
    assert penalty(late) == 0.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("due", "ps1", "soon"),
        ("due", "soon"),
        ("due", "2026-11-10 12:00:00 CET"),
        ("extend", "ada", "2 fortnights"),
        ("extend", ",", "2d"),
        ("extend", "a/b", "2d"),
        ("extend", "ada", "2026-11-01 12:00:00 UTC"),
        ("extend", "ada", "2d", "ps9"),
    ],
)
def test_what_cannot_be_read_changes_nothing(late, grading, arguments):
    status, out, err = grading(*arguments, "--course", late.root)
    assert status == 2 and out == "" and err.startswith("error: ") and err.count("\n") == 1
    assert penalty(late) == 2.0


def test_an_extension_needs_a_due_date(course, grading):
    status, _, err = grading("extend", "ada", "2d", "--course", course.root)
    assert status == 2 and "has no due date: set it by `python -m grading due` first" in err
    assert grading("due", "--course", course.root)[1] == "ps1  no due date\n"


def test_minutes_of_grace_cost_nothing():
    config = {"points_per_day": 3.0, "grace_minutes": 15.0}
    plugin = PointsPerDay(config=Config(PointsPerDay=config))
    minutes = (1, 15, 15.1, 24 * 60 + 15, 24 * 60 + 16)
    assert [plugin.late_submission_penalty("ada", 90.0, 60 * each) for each in minutes] == [None, None, 3.0, 3.0, 6.0]
    plugin = PointsPerDay(config=Config(PointsPerDay={"grace_minutes": 15.0, "penalty_method": "zero"}))
    assert [plugin.late_submission_penalty("ada", 90.0, 60 * each) for each in (15, 16)] == [None, 90.0]


class Failing(LateSubmissionPlugin):
    """A policy that an instructor has got wrong."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1 / 0


def test_a_policy_that_fails_is_named_in_one_line(late, grading):
    set_option(late, f"c.AssignLatePenalties.plugin_class = '{__name__}.Failing'")
    status, _, err = grading("due", "2026-11-09 12:00:00 UTC", "--course", late.root)
    assert status == 2 and err == "error: the late policy Failing failed at ada: ZeroDivisionError: division by zero\n"
    assert grading("due", "--course", late.root)[1] == "ps1  due 2026-11-10 12:00:00 UTC\n", "nothing has changed"
