"""What stands in the gradebook and in autograded/ after a class was graded is what ``nbgrader autograde`` leaves."""

import re
import shutil

import nbformat
import pytest
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.plugins import LateSubmissionPlugin

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from tests.course07 import ASSIGNMENT

STUDENTS = ("adam-broken-cell", "edited-tests", "perfect", "sgd-averaged-velocity", "untouched")
CELL_ID = re.compile(r"cell-id=[\w-]+")
LATE = "sgd-averaged-velocity"


class TenPoints(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 10


class LateCourse(Course):
    """A course in which late work costs ten points."""

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.AssignLatePenalties.plugin_class = TenPoints
        return config


def nbgrader(course):
    for student in STUDENTS:
        course.run(Autograde, student_id=student, force=True)
        course.run(GenerateFeedback, student_id=student, force=True)


def ours(course):
    autograde_class(course, force=True)


@pytest.fixture(scope="module")
def graded(sample_class, tmp_path_factory):
    """The same class, graded by nbgrader and by us, and again after a person has given points and written comments."""
    courses = []
    for grade in (nbgrader, ours):
        course = LateCourse(tmp_path_factory.mktemp(grade.__name__) / "course")
        course.root.mkdir()
        shutil.copytree(sample_class[0].root / "release", course.root / "release")
        for name in ("gradebook.db", "gradebook.secret"):
            shutil.copy(sample_class[0].root / name, course.root)
        with course.gradebook() as gradebook:
            for submission in gradebook.assignment_submissions(ASSIGNMENT):
                gradebook.remove_submission(ASSIGNMENT, submission.student.id)
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-01 12:00:00")
        for student in STUDENTS:
            shutil.copytree(sample_class[0].folder("submitted", student), course.folder("submitted", student))
        course.folder("submitted", "perfect").joinpath("notes").mkdir()
        course.folder("submitted", "perfect").joinpath("notes", "mine.txt").write_text("a file beside the notebook")
        course.folder("submitted", LATE).joinpath("timestamp.txt").write_text("2026-11-02 12:00:00 UTC\n")
        course.folder("submitted", "perfect").joinpath("timestamp.txt").write_text("2026-10-31 12:00:00 UTC\n")
        grade(course)
        first = everything(course)
        by_hand(course)
        grade(course)
        courses.append((course, first, everything(course)))
    return courses


def by_hand(course):
    """What a person does in the formgrader."""
    with course.gradebook() as gradebook:
        where = ASSIGNMENT, ASSIGNMENT, "perfect"
        gradebook.find_grade("q1-answer", *where).manual_score = 1.5
        gradebook.find_grade("test-sgd-step", *where).manual_score = 2
        gradebook.find_grade("test-sgd-step", *where).extra_credit = 1
        gradebook.find_comment("q1-answer", *where).manual_comment = "Well said."
        gradebook.db.commit()


def everything(course):
    """All that the gradebook knows of the submissions."""
    with course.gradebook() as gradebook:
        return {
            submission.student.id: {
                "timestamp": submission.timestamp,
                "late": submission.total_seconds_late,
                "penalty": submission.notebooks[0].late_submission_penalty,
                "score": submission.score,
                "grades": sorted(
                    (g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, g.score, g.max_score)
                    for g in submission.notebooks[0].grades
                ),
                "comments": sorted(
                    (c.name, c.auto_comment or "", c.manual_comment or "") for c in submission.notebooks[0].comments
                ),
            }
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("time", ["first", "after a person"])
def test_the_gradebook_holds_the_same(graded, student, time):
    theirs, mine = (first if time == "first" else again for _, first, again in graded)
    assert mine[student] == theirs[student]


def test_nobody_else_is_in_it(graded):
    assert [set(again) for _, _, again in graded] == [set(STUDENTS)] * 2


def test_what_was_asked_of_it_is_there(graded):
    """The class has a late submission, a score given by a person and an answer not given, or it would show nothing."""
    (_, _, again), _ = graded
    assert again[LATE]["penalty"] == 10 and again["perfect"]["penalty"] is None
    assert ("q1-answer", None, 1.5, None, True, 1.5, 2.0) in again["perfect"]["grades"]
    assert ("q1-answer", "No response.", "") in again["untouched"]["comments"]


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("step", ["autograded", "feedback"])
def test_the_same_files(graded, student, step):
    theirs, mine = (
        {path.relative_to(folder): oct(path.stat().st_mode) for path in folder.rglob("*")}
        for folder in (course.folder(step, student) for course, *_ in graded)
    )
    assert mine == theirs


@pytest.mark.parametrize("student", STUDENTS)
def test_the_same_notebook(graded, student):
    theirs, mine = (plain(course.notebook("autograded", student)) for course, *_ in graded)
    assert mine == theirs


def plain(path):
    """A notebook without what differs from run to run."""
    nb = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nb.metadata.pop("usage")
    nb.metadata.pop("submission", None)  # what ours adds
    known = {cell.id for cell in nbformat.read(path.parents[3] / "release" / ASSIGNMENT / path.name, 4).cells}
    for cell in nb.cells:
        cell.metadata.pop("slideshow", None)  # what ours leaves behind
        if cell.id not in known:  # one that came back
            cell.pop("id")
    return nb


@pytest.mark.parametrize("student", STUDENTS)
def test_the_same_page(graded, student):
    name = f"{ASSIGNMENT}.html"
    pages = (course.folder("feedback", student).joinpath(name).read_text() for course, *_ in graded)
    theirs, mine = (CELL_ID.sub("", page) for page in pages)  # a cell that comes back has a new one
    assert mine == theirs
