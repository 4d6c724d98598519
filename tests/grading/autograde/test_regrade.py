"""What a person has given stays when the program grades again, and what it costs to be late."""

import datetime
import shutil

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from traitlets.config import Config

from grading.autograde.class_grader import Outcome, autograde_class
from grading.autograde.results_table import results_table
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.paths import DEFAULT_COURSE
from grading.course.submission import GradedNotebook, GradingResult
from grading.nbgrader_plugins.late_penalty import PointsPerDay
from tests import forked
from tests.course07 import ASSIGNMENT, fill_in

STUDENT = "ada"
DUE = datetime.datetime(2026, 1, 1, 12)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course folder like grading/, in which one student has handed in the lesson's own solutions."""
    root = tmp_path_factory.mktemp("handed_in")
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", root)
    (root / "source").symlink_to(DEFAULT_COURSE / "source")
    course = Course(root)
    course.run(GenerateAssignment)
    course.notebook("submitted", STUDENT).parent.mkdir(parents=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    nbformat.write(fill_in(released), course.notebook("submitted", STUDENT))
    return root


@pytest.fixture
def course(handed_in, tmp_path):
    return Course(shutil.copytree(handed_in, tmp_path / "course", symlinks=True))


def test_what_is_written_together_is_written_whole_or_not_at_all(course):
    graded = {ASSIGNMENT: GradedNotebook(b"", {"test-sgd-step": 10.0})}  # the scores of the other cells are missing
    half = GradingResult("half", notebooks=graded)
    with GradebookWriter(course) as records, pytest.raises(KeyError):
        records.write([(GradingResult("first", "cannot be read"), None), (half, None)])
    with course.gradebook() as gradebook:
        assert gradebook.students == []
    with GradebookWriter(course) as records:
        records.write([(GradingResult(name, "cannot be read"), None) for name in ("first", "second")])
        records.write([(GradingResult("third", "cannot be read"), None)])
        assert records.scores("second", ASSIGNMENT).score == 0
    with course.gradebook() as gradebook:
        assert sorted(student.id for student in gradebook.students) == ["first", "second", "third"]


@pytest.mark.parametrize("program", ["nbgrader", "grading"])
def test_points_and_comments_given_by_hand_survive_a_regrade(course, program):
    assert autograde_class(course) == [Outcome(STUDENT)]
    with course.gradebook() as gradebook:
        for cell, points in (("q1-answer", 1.5), ("test-sgd-step", 4.0)):  # an answer, and a correction of the program
            grade = gradebook.find_grade(cell, ASSIGNMENT, ASSIGNMENT, STUDENT)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("q1-answer", ASSIGNMENT, ASSIGNMENT, STUDENT).manual_comment = "And the unit?"
        gradebook.db.commit()
    before = course.notebook("autograded", STUDENT).stat().st_mtime_ns

    which = [ASSIGNMENT] if program == "nbgrader" else ["--course", course.root]
    forked.run(program, "autograde", "--force", *which, cwd=course.root).check_returncode()

    assert course.notebook("autograded", STUDENT).stat().st_mtime_ns > before
    with course.gradebook() as gradebook:
        answer = gradebook.find_grade("q1-answer", ASSIGNMENT, ASSIGNMENT, STUDENT)
        corrected = gradebook.find_grade("test-sgd-step", ASSIGNMENT, ASSIGNMENT, STUDENT)
        assert (answer.score, corrected.score, corrected.auto_score) == (1.5, 4.0, 5.0)
        assert not (answer.needs_manual_grade or corrected.needs_manual_grade), "it is the same answer"
        assert gradebook.find_comment("q1-answer", ASSIGNMENT, ASSIGNMENT, STUDENT).comment == "And the unit?"
        assert gradebook.find_submission(ASSIGNMENT, STUDENT).score == 90.5
    if program == "grading":  # it writes feedback, too
        page = (course.folder("feedback", STUDENT) / f"{ASSIGNMENT}.html").read_text()
        assert "<strong>90.5</strong> of 100 points" in page and "And the unit?" in page


class CourseWith(Course):
    """A course whose settings say more than nbgrader_config.py."""

    def __init__(self, root, **penalties):
        super().__init__(root)
        self.penalties = penalties

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.PointsPerDay.update(self.penalties)
        return config


@pytest.mark.parametrize(
    ("settings", "penalty"),
    [({}, 0.0), ({"points_per_day": 5.0}, 10.0), ({"penalty_method": "zero"}, 90.0)],
)
def test_being_a_day_and_a_bit_late(course, settings, penalty):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
    course.notebook("submitted", STUDENT).with_name("timestamp.txt").write_text("2026-01-02 12:00:01 UTC")
    course = CourseWith(course.root, **settings)
    outcomes = autograde_class(course)
    assert outcomes == [Outcome(STUDENT)]
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, STUDENT)
        assert (submission.score, submission.late_submission_penalty) == (90.0, penalty)
    row = [list(column.cells)[0] for column in results_table(course, outcomes).columns]
    assert row[1] == f"{90 - penalty:g} / 100"
    assert ("points off for being late" in row[2]) == bool(penalty)


def test_a_day_begun_counts_whole():
    plugin = PointsPerDay(config=Config(PointsPerDay={"points_per_day": 3.0}))
    hours = (0.001, 24, 24.001, 72)
    assert [plugin.late_submission_penalty("ada", 90.0, each * 3600) for each in hours] == [3.0, 3.0, 6.0, 9.0]
