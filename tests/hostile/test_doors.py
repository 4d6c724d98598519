"""What is handed in is odd as files: at every door to grading it costs whoever handed it in, and nobody else."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from attack import PERFECT, write_lesson
from nbgrader.converters import GenerateAssignment
from odd_files import LESSON_FILES, ODD, SECRET, Target, sound

from grading.autograde.check import check
from grading.autograde.class_grader import autograde_class
from grading.autograde.results_table import results_table, write_grades
from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.course.reader import NotGradable
from grading.sandbox.folders import remove
from tests.course07 import ASSIGNMENT, fill_in

INNOCENT = ("a-innocent", "zz-innocent")
SECONDS = 600  # whoever waits for a pipe waits for ever


@pytest.fixture(scope="module")
def place():
    """A folder that is removed whole, however deep it is; pytest cannot remove that from its own."""
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    yield folder
    remove(folder)


class CourseWithFiles(Course):
    """A course with a part of the lesson, beside which stand files."""

    def settings(self):
        config = super().settings()
        config.CourseDirectory.source_directory = str(self.root / "source")
        return config


def make_class(root: Path) -> Course:
    """A course, and a class with innocent and with odd submissions in it."""
    course = CourseWithFiles(root / "course")
    write_lesson(course.root / "source")
    for name, text in LESSON_FILES.items():
        path = course.root / "source" / ASSIGNMENT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    course.run(GenerateAssignment, force=True)
    secret = root / "private" / "secret"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    target = Target(course.lesson_path, secret, nbformat.writes(fill_in(released)).encode())
    for student in INNOCENT:
        sound(course.folder("submitted", student), target)
    for student, submission in ODD.items():
        submission.make(course.folder("submitted", student), target)
    (course.root / "submitted" / "notes about the class.txt").write_text("no student")
    return course


def scores(course):
    with course.gradebook() as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(ASSIGNMENT)}


def named(student):
    """A student's name as it is in ``submitted/``; two cannot stand in the name of a test."""
    return {
        "student-with-a-line-break": "student\nwith-a-line-break",
        "student-whose-name-is-no-utf-8": "student-\udcff\udcfe",
    }.get(student, student)


def everything(folder):
    """All bytes of all files below a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@dataclass(repr=False)
class Graded:
    course: Course
    outcomes: dict


@pytest.fixture(scope="module")
def graded(place):
    """The class, graded by ``python -m grading autograde``."""
    course = make_class(place / "grading")
    return Graded(course, {outcome.student: outcome for outcome in autograde_class(course)})


every = pytest.mark.parametrize("student", ODD)


@every
def test_it_costs_whoever_handed_it_in_and_is_told_in_one_line(graded, student):
    outcome, expected = graded.outcomes[named(student)], ODD[student]
    if expected.problem:
        assert outcome.problem.startswith("not graded: ") and re.search(expected.problem, outcome.problem)
        assert scores(graded.course).get(named(student), 0.0) == 0.0
        assert not os.path.lexists(graded.course.folder("autograded", student))
    else:
        assert outcome.problem == "" and scores(graded.course)[student] == PERFECT
    warnings = "\n".join(outcome.warnings)
    assert re.search(expected.left_out, warnings) if expected.left_out else not warnings
    assert len(warnings.splitlines()) <= 1 and len(outcome.problem.splitlines()) <= 1


@every
def test_a_page_is_there_for_whoever_is_graded(graded, student):
    page = graded.course.page(student)
    assert page.is_file() == (not ODD[student].problem)
    if page.is_file():
        assert "of 46 points" in page.read_text() or f"<strong>{PERFECT:g}</strong>" in page.read_text()
        assert "forged by the student" not in page.read_text()


@pytest.mark.parametrize("student", INNOCENT)
def test_the_innocent_are_graded_as_ever(graded, student):
    assert graded.outcomes[student].problem == "" and scores(graded.course)[student] == PERFECT
    assert graded.course.page(student).is_file()


def test_nothing_that_they_lead_to_is_in_what_grading_makes(graded):
    for step in ("autograded", "feedback"):
        made = everything(graded.course.root / step)
        assert SECRET.encode() not in made and b"BEGIN SOLUTION" not in made
        assert not [path for path in (graded.course.root / step).rglob("*") if path.is_symlink()]


def test_what_the_lesson_gives_takes_the_place_of_what_is_in_its_way(graded):
    folder = graded.course.folder("autograded", "a-file-where-the-lesson-has-a-folder-and-a-folder-where-it-has-a-file")
    for name, text in LESSON_FILES.items():
        assert (folder / name).read_text() == text


def test_all_are_in_the_table_and_a_second_run_changes_nothing(graded):
    course = graded.course
    pages = sorted([*course.root.glob("autograded/*/*/*.ipynb"), *course.root.glob("feedback/*/*/*.html")])
    before = [page.stat().st_mtime_ns for page in pages]
    outcomes = autograde_class(course)
    assert {o.student: o.problem for o in outcomes} == {name: o.problem for name, o in graded.outcomes.items()}
    assert [page.stat().st_mtime_ns for page in pages] == before
    names = list(results_table(course, outcomes).columns[0].cells)
    assert len(names) == len(ODD) + len(INNOCENT) and all(name.isprintable() for name in names)
    assert write_grades(course).exists()
    assert not (course.root / ".partial").exists() or not list((course.root / ".partial").iterdir())


@every
def test_check_refuses_it_too(graded, student):
    path, expected = graded.course.notebook("submitted", named(student)), ODD[student]
    if expected.problem and "beside the notebook" not in expected.problem and "plain text" not in expected.problem:
        with pytest.raises(NotGradable) as refused:
            check(path)
        assert re.search(expected.problem, str(refused.value)), refused.value


def test_check_follows_no_link_that_the_instructor_gives_it(place, graded):
    link = place / "a link.ipynb"
    link.symlink_to(graded.course.notebook("submitted", "a-innocent"))
    with pytest.raises(NotGradable, match="a link.ipynb is a link, not a file"):
        check(link)


@pytest.fixture(scope="module")
def stock(place):
    """The class, graded by nbgrader's own commands, with this course's settings."""
    course = make_class(place / "stock")
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", course.root)
    said = {}
    for command in ("autograde", "generate_feedback"):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", command, ASSIGNMENT],
            cwd=course.root, capture_output=True, text=True, errors="replace", timeout=SECONDS,
        )  # fmt: skip
        said[command] = done
    return course, said


@every
def test_nbgraders_own_command_refuses_it_too(stock, student):
    course, said = stock
    expected, lines = ODD[student], said["autograde"].stderr.splitlines()
    shown = named(student).replace("\n", "\ufffd").replace("\udcff", "\ufffd").replace("\udcfe", "\ufffd")
    if expected.problem:
        (line,) = (line for line in lines if f"Not graded: {shown}: " in line)
        assert re.search(expected.problem, line)
        assert student not in scores(course) and not os.path.lexists(course.folder("autograded", student))
    else:
        assert scores(course)[student] == PERFECT and course.page(student).is_file()
        if expected.left_out:
            assert [line for line in lines if f"{student}: left out: " in line and re.search(expected.left_out, line)]


def test_nbgraders_own_command_grades_the_innocent_and_says_that_it_is_not_done(stock):
    course, said = stock
    assert said["autograde"].returncode == 1 and "Traceback" not in said["autograde"].stderr
    assert said["generate_feedback"].returncode == 0, said["generate_feedback"].stderr
    for student in INNOCENT:
        assert scores(course)[student] == PERFECT and course.page(student).is_file()
    for step in ("autograded", "feedback"):
        made = everything(course.root / step)
        assert SECRET.encode() not in made and b"BEGIN SOLUTION" not in made


def test_nbgraders_own_command_leaves_submitted_as_it_is_named(stock):
    course, said = stock
    assert {path.name for path in course.root.iterdir()} == {
        *("autograded", "feedback", "release", "source", "submitted"),
        *("gradebook.db", "gradebook.secret", "nbgrader_config.py"),
    }
