"""The secret that cases are drawn from: made once, kept with the gradebook, asked for where it is lost, never shown."""

import multiprocessing
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment

from grading.autograde import check as checking
from grading.autograde import grade
from grading.autograde.class_grader import autograde_class
from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.course.handed_in import SubmittedReader
from grading.course.paths import DEFAULT_COURSE
from grading.examiner import in_process, secret
from grading.examiner.examination import seed_of
from grading.examiner.secret import SECRET_FILE, case_key, course_secret, make_secret, read_secret
from grading.sandbox.limits import Limits
from grading.util.errors import CourseError
from tests import forked
from tests.course07 import ASSIGNMENT, EXAM, epsilon_in_root
from tests.repository import git

STUDENT = "ada"


def mode(path):
    return path.stat().st_mode & 0o777


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    assert read_secret(tmp_path) == ""
    made = make_secret(tmp_path)
    assert len(made) == 64 and mode(tmp_path / SECRET_FILE) == 0o600
    assert make_secret(tmp_path) == read_secret(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


@pytest.mark.parametrize(
    ("gradebook", "expected"), [(0o600, 0o600), (0o644, 0o640), (0o664, 0o660), (0o666, 0o660), (0o640, 0o640)]
)
def test_who_shares_the_gradebook_shares_it_and_nobody_else(tmp_path, gradebook, expected):
    (tmp_path / "gradebook.db").touch()
    (tmp_path / "gradebook.db").chmod(gradebook)
    make_secret(tmp_path)
    assert mode(tmp_path / SECRET_FILE) == expected


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file to any group")
def test_it_belongs_to_the_gradebooks_group(tmp_path):
    (tmp_path / "gradebook.db").touch()
    os.chown(tmp_path / "gradebook.db", -1, 12345)
    make_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).stat().st_gid == 12345


def test_a_group_that_is_not_ours_gets_no_rights(tmp_path, monkeypatch):
    (tmp_path / "gradebook.db").touch()
    (tmp_path / "gradebook.db").chmod(0o660)
    other = os.stat_result([0o100660, 1, 1, 1, 0, 54321, 0, 0, 0, 0])
    monkeypatch.setattr(Path, "stat", lambda self, **_: other)

    def refused(*arguments):
        raise PermissionError

    monkeypatch.setattr(secret.os, "chown", refused)
    make_secret(tmp_path)
    assert os.stat(tmp_path / SECRET_FILE).st_mode & 0o777 == 0o600


def start_together(barrier, root):
    barrier.wait()
    return make_secret(root)


def test_of_two_who_make_it_at_once_both_have_the_same(tmp_path):
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(4, context) as pool:
        barrier = manager.Barrier(4)
        for number in range(10):
            root = tmp_path / str(number)
            root.mkdir()
            waiting = [pool.submit(start_together, barrier, root) for _ in range(4)]
            assert len({future.result() for future in waiting}) == 1
            assert [path.name for path in root.iterdir()] == [SECRET_FILE]


@pytest.mark.parametrize("content", [b"", b"secret", b"0" * 63, b"0" * 64 + b"\n\n", b"\xff" * 64, b"G" * 64])
def test_what_is_no_secret_is_not_taken_for_one(tmp_path, content):
    (tmp_path / SECRET_FILE).write_bytes(content)
    with pytest.raises(CourseError, match="holds no secret that cases were ever drawn from: put it back"):
        read_secret(tmp_path)


def test_what_cannot_be_read_or_written_is_said_in_one_line(tmp_path):
    (tmp_path / SECRET_FILE).mkdir()
    with pytest.raises(CourseError, match=f"{SECRET_FILE}, which cases are drawn from, cannot be read: Is a directory"):
        read_secret(tmp_path)
    with pytest.raises(CourseError, match="cannot be written: No such file or directory"):
        make_secret(tmp_path / "nowhere")


def test_a_key_is_of_one_secret_and_one_submission():
    keys = {case_key(of, digest) for of in ("0" * 64, "1" * 64) for digest in ("a", "b")}
    assert len(keys) == 4 and case_key("", "a") == ""
    seeds = {seed_of("ps1", "ada", key=key) for key in (*keys, "")}
    assert len(seeds) == 5 and seed_of("ps1", "ada", key="") == seed_of("ps1", "ada")


# --- in a course -------------------------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path):
    """A course folder like grading/, in which one student has handed in a mistake."""
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", tmp_path)
    (tmp_path / "source").symlink_to(DEFAULT_COURSE / "source")
    course = Course(tmp_path)
    course.run(GenerateAssignment)
    hand_in(course, STUDENT)
    return course


def hand_in(course, student, more="", name=""):
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    path = course.notebook("submitted", student)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(epsilon_in_root(released), path)
    if more:
        path.with_name(name).write_text(more)


@pytest.fixture
def drawn(monkeypatch):
    """The keys of the submissions that are graded in this process, in this order."""
    keys = []
    monkeypatch.setattr(grade, "case_key", lambda *of: keys.append(case_key(*of)) or keys[-1])
    return keys


def test_a_regrade_draws_the_same_and_who_hands_in_again_gets_other_numbers(course, drawn):
    autograde_class(course, feedback=False)
    autograde_class(course, force=True, feedback=False)
    hand_in(course, STUDENT, "a table of what it was asked", "answers.txt")
    autograde_class(course, feedback=False)
    first, again, other = drawn
    assert first == again != other and first == case_key(read_secret(course.root), digest(course, STUDENT, "answers"))


def digest(course, student, without=""):
    for path in course.folder("submitted", student).glob(f"{without}*.txt" if without else "nothing"):
        path.unlink()
    reader = SubmittedReader(course.root / "submitted", ASSIGNMENT, Limits(), course.ignored)
    return reader.read(student, ASSIGNMENT).submission.digest


def test_it_stands_in_no_notebook_page_log_or_name(course, drawn):
    told = nbgrader(course, "autograde", "--force", "--debug")
    autograde_class(course, force=True)
    kept, (key, *_) = read_secret(course.root), drawn
    files = [path for path in course.root.rglob("*") if path.is_file() and path.name != SECRET_FILE]
    assert course.notebook("autograded", STUDENT) in files and course.page(STUDENT) in files
    for text in (kept, key):
        assert [path for path in files if text.encode() in path.read_bytes()] == []
        assert text not in told.stdout + told.stderr + repr(assignment_of(course, kept))


def nbgrader(course, command, *arguments):
    return forked.run("nbgrader", command, ASSIGNMENT, *arguments, cwd=course.root)


def message(course):
    graded = nbformat.read(course.notebook("autograded", STUDENT), as_version=4)
    return [v["message"] for cell in graded.cells for v in cell.metadata.get("verdicts", []) if v["message"]]


def test_nbgraders_own_command_and_a_kernel_draw_the_same(course, monkeypatch):
    told = nbgrader(course, "autograde")
    assert told.returncode == 0, told.stderr
    by_nbgrader = message(course)
    autograde_class(course, force=True, feedback=False)
    assert by_nbgrader == message(course) != []
    kept = read_secret(course.root)
    monkeypatch.chdir(course.folder("autograded", STUDENT))
    assert in_process.key_here(ASSIGNMENT) == case_key(kept, digest(course, STUDENT))
    monkeypatch.setenv(in_process.CASE_KEY, "told")
    assert in_process.key_here(ASSIGNMENT) == "told"
    monkeypatch.delenv(in_process.CASE_KEY)
    for elsewhere in (course.folder("submitted", STUDENT), course.root, Path("/")):
        monkeypatch.chdir(elsewhere)
        assert in_process.key_here(ASSIGNMENT) == ""


def test_where_it_is_lost_grading_stops_and_says_what_to_do(course):
    autograde_class(course, feedback=False)
    before, kept = course.notebook("autograded", STUDENT).read_bytes(), (course.root / SECRET_FILE).read_bytes()
    (course.root / SECRET_FILE).unlink()
    done = run(course, "autograde", "--force")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert f"{SECRET_FILE} is missing" in done.stderr and "backup of gradebook.db" in done.stderr
    assert "python -m grading new-secret" in done.stderr and "autograde --force" in done.stderr
    assert course.notebook("autograded", STUDENT).read_bytes() == before

    told = nbgrader(course, "autograde", "--force")
    assert told.returncode != 0 and "Grading refused: " in told.stderr and f"{SECRET_FILE} is missing" in told.stderr
    assert not (course.root / SECRET_FILE).exists()

    assert run(course, "new-secret").returncode == 0
    assert (course.root / SECRET_FILE).read_bytes() != kept
    assert run(course, "autograde", "--force").returncode == 0
    refused = run(course, "new-secret")
    assert refused.returncode == 2 and "is there: take it away first" in refused.stderr


def run(course, *arguments):
    return forked.run("grading", *arguments, "--course", course.root)


def test_nothing_is_lost_where_nobody_was_graded(course):
    kept = course_secret(course.root, course.db_url)
    (course.root / SECRET_FILE).unlink()
    assert course_secret(course.root, course.db_url) not in ("", kept)


def test_check_draws_from_the_secret_of_the_course_where_there_is_one(course, drawn):
    path = course.notebook("submitted", STUDENT)
    checking.check(path, root=course.root)
    assert drawn == [""] and not (course.root / SECRET_FILE).exists()
    kept = make_secret(course.root)
    checking.check(path, root=course.root)
    assert drawn[1] == case_key(kept, digest(course, STUDENT))


def test_git_leaves_it_out():
    path = f"grading/{SECRET_FILE}"
    assert git(DEFAULT_COURSE.parent, "check-ignore", path) == f"{path}\n"


def test_students_are_asked_different_numbers():
    key, check = case_key("0" * 64, "a"), EXAM.checks["sgd.step"]
    drawn = [check.examination(ASSIGNMENT, student, key).data for student in ("ada", "emmy", "ada")]
    assert drawn[0] == drawn[2] != drawn[1]
    assert check.examination(ASSIGNMENT, "ada").data != drawn[0]
