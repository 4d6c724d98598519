"""One command at a time writes in a course; another one is told who does, and the lock goes with the process."""

import getpass
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.lock import NAME, course_lock
from grading.course.paths import DEFAULT_COURSE
from grading.course.submission import GradingResult
from grading.util.errors import CourseError
from tests import forked

HOLDER = """
import sys
from pathlib import Path
from grading.course.lock import course_lock
with course_lock(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def course(sample_class, tmp_path):
    return Course(shutil.copytree(sample_class[0].root, tmp_path / "course"))


@contextmanager
def holder(course):
    """Another process that has the course locked."""
    command = [sys.executable, "-c", HOLDER, str(course.root)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=DEFAULT_COURSE.parent
    ) as process:
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


def grading(course, *arguments):
    return forked.run("grading", arguments[0], "--course", course.root, *arguments[1:])


@pytest.mark.parametrize(
    "arguments",
    [["autograde"], ["feedback"], ["collect", "all.zip"], ["export", "--to", "canvas", "--feedback", "pages.zip"]],
    ids=lambda arguments: arguments[0],
)
def test_a_second_command_is_told_who_writes(course, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = times(course)
    with holder(course) as process:
        done = grading(course, *arguments)
        (line,) = done.stderr.splitlines()
    assert done.returncode == 2, done.stdout
    who = f"process {process.pid} of {getpass.getuser()} on {socket.gethostname()} since 20"
    assert line.startswith(f"error: {course.root} is being written by {who}")
    assert line.endswith(": wait until that has ended")
    assert times(course) == before


def times(course):
    """When each file was written, but for what a command touches that only reads."""
    return {path: path.stat().st_mtime_ns for path in course.root.rglob("*") if path.name not in (NAME, "gradebook.db")}


def test_the_lock_goes_with_the_process(course):
    with holder(course) as process:
        with pytest.raises(CourseError, match="is being written by process"), course_lock(course.root):
            pass
        process.kill()
        process.wait()
        assert (course.root / NAME).exists(), "nobody was left to remove it"
        with course_lock(course.root):
            pass
    assert not (course.root / NAME).exists()


def test_whoever_has_the_gradebook_open_to_write_has_the_lock(course):
    with holder(course), pytest.raises(CourseError, match="is being written by process"):
        GradebookWriter(course)
    with GradebookWriter(course), course_lock(course.root):  # the same process
        assert (course.root / NAME).exists()
    assert not (course.root / NAME).exists()


def test_who_has_just_taken_it_need_not_have_said_so_yet(course):
    with holder(course):
        os.truncate(course.root / NAME, 0)
        with pytest.raises(CourseError, match="by another process, since a moment ago"), course_lock(course.root):
            pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(course, tmp_path):
    (tmp_path / "precious").write_text("data")
    (course.root / NAME).symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"), course_lock(course.root):
        pass
    assert (tmp_path / "precious").read_text() == "data"


def test_other_programs_write_before_a_batch_or_after_it(course, monkeypatch):
    """Such as nbgrader's own commands, which know nothing of the lock."""
    enter, seen = GradebookWriter.enter, []

    def try_to_write(self, *arguments):
        with closing(sqlite3.connect(course.root / "gradebook.db", timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                other.execute("INSERT INTO student (id, lms_user_id) VALUES ('zoe', '')")
            seen.append(self)
        return enter(self, *arguments)

    monkeypatch.setattr(GradebookWriter, "enter", try_to_write)
    with GradebookWriter(course) as records:
        records.write([(GradingResult("perfect", "cannot be read"), None)])
        assert len(seen) == 1
