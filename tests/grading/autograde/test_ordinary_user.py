"""An instructor who is not root grades: what may not be read is a row with its reason, and the rest is graded."""

import csv
import re
import shutil
import sys

import nbformat
import pytest

from grading.course.course import Course
from grading.examiner.secret import SECRET_FILE
from tests.course07 import cell_of, fill_in
from tests.ordinary_user import folder_for_all, ordinary_user  # noqa: F401 - a fixture

# What becomes unreadable, by whose it is.
SHUT = {
    "file": "file/07_optimizers/notes",
    "folder": "folder/07_optimizers",
    "inner": "inner/07_optimizers/own",
    "notebook": "notebook/07_optimizers/07_optimizers.ipynb",
    "outer": "outer",
}
DIGS = "\nimport os\nos.makedirs('a/b/c')\nos.mkdir('a/shut', 0)\nos.mkdir('shut', 0)\n"
LOOKS_AT_THE_DEAD = """
import os, signal, time
from grading.sandbox import host
from grading.sandbox.profile import SandboxProfile
with host.child(SandboxProfile(), host.Limits()) as child:
    ended = os.pidfd_open(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    import select
    assert select.select([ended], [], [], 60)[0]
    child.watcher.look_for_nameless()
    child.watcher.look()
print("well")
"""


@pytest.fixture(scope="module")
def place():
    with folder_for_all() as folder:
        yield folder


@pytest.fixture(scope="module")
def handed_in(place, ordinary_user, sample_class):  # noqa: F811 - that fixture
    """A course of the user's, in which everybody was graded once, and then something became unreadable."""
    root, home = place / "course", place / "home"
    home.mkdir()
    root.mkdir()
    (place / "tmp").mkdir()
    for name in ("gradebook.db", SECRET_FILE):
        shutil.copy(sample_class[0].root / name, root)
    course = Course(root)
    right = fill_in(nbformat.read(sample_class[0].notebook("release", "."), as_version=4))
    digs = fill_in(nbformat.read(sample_class[0].notebook("release", "."), as_version=4))
    cell_of(digs, "sgd").source += DIGS
    for student in ("ada", "digs", *SHUT):
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(digs if student == "digs" else right, path)
    (course.folder("submitted", "file") / "notes").write_text("numbers")
    (course.folder("submitted", "inner") / "own").mkdir()
    (course.folder("submitted", "inner") / "own" / "numbers").write_text("1 2 3")
    ordinary_user.give(place)
    return course


def autograde(course, user, *flags):
    place = course.root.parent
    command = [sys.executable, "-m", "grading", "autograde", "--course", str(course.root), "--no-feedback", *flags]
    return user.run(command, place / "home", TMPDIR=str(place / "tmp"), COLUMNS="300")


def grades(course):
    with open(course.root / "grades.csv", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_what_may_not_be_read_costs_nobody_anything(handed_in, ordinary_user):  # noqa: F811
    course = handed_in
    first = autograde(course, ordinary_user)
    assert (first.returncode, first.stderr) == (0, ""), first.stdout
    before = grades(course)
    assert {name for name, score in before.items() if score == 90.0} >= {"ada", *SHUT}
    places = [course.root / "submitted" / place for place in SHUT.values()]
    for path in places:
        path.chmod(0)
    try:
        done = autograde(course, ordinary_user, "--force")
    finally:
        for path in places:
            path.chmod(0o700)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr == "error: 5 could not be done, by no fault of theirs: run it again to try again\n"
    rows = {line.split("│")[1].strip(): line for line in done.stdout.splitlines() if line.startswith("│")}
    assert "not graded" not in rows["ada"]
    for student, place in SHUT.items():
        assert "90 / 100" in rows[student], "who was graded before keeps the points"
        named = place.removeprefix(f"{student}/07_optimizers/")  # what lies in a submission, by its path in it
        reason = f"needs a person: (\\S*/)?{re.escape(named)}(/\\S*)? cannot be read: Permission denied"
        assert re.search(reason, rows[student])
    assert grades(course) == before

    again = autograde(course, ordinary_user)
    assert (again.returncode, again.stderr) == (0, ""), again.stdout
    for student in SHUT:
        assert course.notebook("autograded", student).stat().st_mtime > 0, "it was graded again"


def test_what_a_submission_has_shut_is_removed_all_the_same(handed_in):
    assert not list((handed_in.root.parent / "tmp").iterdir())


def test_a_gradebook_that_may_not_be_written(handed_in, ordinary_user):  # noqa: F811
    path = handed_in.root / "gradebook.db"
    path.chmod(0o444)
    try:
        done = autograde(handed_in, ordinary_user)
    finally:
        path.chmod(0o644)
    assert (done.returncode, done.stderr) == (
        2,
        f"error: you may not write to {path}, so there is no place for the grades\n",
    )


def test_a_course_that_may_not_be_written(handed_in, ordinary_user):  # noqa: F811
    handed_in.root.chmod(0o555)
    try:
        done = autograde(handed_in, ordinary_user)
    finally:
        handed_in.root.chmod(0o755)
    assert (done.returncode, done.stderr) == (
        2,
        f"error: you may not write to {handed_in.root}, so there is no place for the grades\n",
    )


def test_a_child_that_has_died_may_still_be_looked_at(place, ordinary_user):  # noqa: F811
    """Its open files are nobody's to see any more, but root's."""
    home = place / "home"
    done = ordinary_user.run([sys.executable, "-c", LOOKS_AT_THE_DEAD], home, TMPDIR=str(place / "tmp"))
    assert done.stdout == "well\n", done.stderr
