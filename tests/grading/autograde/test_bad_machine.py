"""Grading where it cannot write: one line says why, the exit status is 2, and what was there before is whole."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.converters import GenerateAssignment

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from tests.course07 import ASSIGNMENT, fill_in

WITHOUT_ROOTS_RIGHTS = ["--bounding-set=-dac_override", "--inh-caps=-dac_override"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """One student is graded, and another has handed in since."""
    course = Course(tmp_path_factory.mktemp("course"))
    course.run(GenerateAssignment)
    for student in ("ada", "emmy"):
        course.notebook("submitted", student).parent.mkdir(parents=True)
        released = nbformat.read(course.notebook("release", "."), as_version=4)
        nb = fill_in(released)
        if student == "emmy":
            nb.cells.append(new_markdown_cell("I had much to say. " * 20_000))
        nbformat.write(nb, course.notebook("submitted", student))
        if student == "ada":
            autograde_class(course)
    return course


def autograde(course, *flags, before=(), **options):
    command = [*before, sys.executable, "-m", "grading", "autograde", "--course", str(course.root), *flags]
    return subprocess.run(command, capture_output=True, text=True, **options)


def files(course):
    """Everything that grading makes."""
    made = [path for step in ("autograded", "feedback") for path in (course.root / step).rglob("*") if path.is_file()]
    return {str(path.relative_to(course.root)): path.read_bytes() for path in made}


def scores(course):
    with course.gradebook() as gradebook:
        return {each.student.id: each.score for each in gradebook.assignment_submissions(ASSIGNMENT)}


def refusal(done):
    """The one line that says why."""
    assert done.returncode == 2, done.stdout
    (line,) = (line for line in done.stderr.splitlines() if line)
    assert line.startswith("error: ")
    return line


def test_a_full_disk_stops_the_grading_and_costs_nobody_points(course):
    """As full as it gets without a disk of our own: no file may be as large as emmy's notebook."""
    before = files(course)

    def small():  # the hard limit stays, for the confined processes to have one of their own
        resource.setrlimit(resource.RLIMIT_FSIZE, (400 * 1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    line = refusal(autograde(course, preexec_fn=small))
    assert "grading stopped at emmy, mend it and run again: OSError: [Errno 27] File too large" in line
    after = files(course)
    assert before.items() <= after.items() and scores(course)["ada"] == 90.0
    for name in after.keys() - before.keys():
        assert name.startswith("autograded/emmy/"), name
        assert not name.endswith(".ipynb") or nbformat.reads(after[name].decode(), as_version=4).metadata["usage"]
    assert not (course.root / "grades.csv").exists()


def test_when_there_is_room_again_the_rest_is_graded(course):
    done = autograde(course)
    assert done.returncode == 0, done.stderr
    assert scores(course) == {"ada": 90.0, "emmy": 90.0}


@pytest.mark.parametrize("what", [".", "gradebook.db"])
def test_a_folder_or_gradebook_that_may_not_be_written(course, need_program, what):
    path, before = course.root / what, files(course)
    mode = path.stat().st_mode
    path.chmod(mode & ~0o222)
    try:
        line = refusal(autograde(course, before=[need_program("setpriv"), *WITHOUT_ROOTS_RIGHTS]))
    finally:
        path.chmod(mode)
    assert f"you may not write to {course.root / what}" in line
    assert files(course) == before


def test_a_gradebook_that_another_program_has_locked(course):
    before = files(course)
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        line = refusal(autograde(course, "--force"))
    assert line == "error: the gradebook cannot be used: database is locked"
    assert files(course) == before


def test_a_gradebook_that_is_none(course, tmp_path):
    shutil.copytree(course.root / "submitted", tmp_path / "submitted")
    (tmp_path / "gradebook.db").write_text("not a database, but long enough to be taken for one\n" * 100)
    line = refusal(autograde(Course(tmp_path)))
    assert line == "error: the gradebook cannot be used: file is not a database"
    assert not (tmp_path / "autograded").exists()
