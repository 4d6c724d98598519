"""`python -m grading new-course`: what it makes and says, and where there can be no course."""

import os
import sys

import pytest
from own_course import run

from grading.course import new_course as making
from grading.course.course import Course
from grading.course.new_course import course_id_of, new_course
from grading.course.paths import CONFIG, DEFAULT_COURSE
from grading.util.errors import CourseError
from tests.ordinary_user import folder_for_all, ordinary_user  # noqa: F401 - a fixture


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_what_is_made_and_what_comes_next(tmp_path):
    done = run("grading", "new-course", "algebra 1", cwd=tmp_path)
    root = tmp_path / "algebra 1"
    assert done.returncode == 0 and done.stdout.splitlines() == [
        f"1. put your notebook, with its solutions and tests, into {root}/source/NAME/",
        f"2. run `nbgrader generate_assignment NAME` in {root}",
        f"3. put what students hand in into {root}/submitted/STUDENT/NAME/",
        f"4. run `python -m grading autograde NAME --course '{root}'`",
    ]
    assert everything(root) == ["exams", "exams/README.md", CONFIG, "source"]
    assert root.stat().st_mode & 0o777 == 0o700, "solutions and grades will lie in it"
    course = Course(root)
    assert (course.home, course.exams_folder) == (root, root / "exams")
    settings = course.settings()
    assert settings.CourseDirectory.course_id == "algebra-1"
    assert settings.CourseDirectory.source_directory == str(root / "source")
    assert settings.ConfinedExecute.skip_cells_with_tag == "explore", "a setting of ours"


def test_an_empty_folder_will_do_also_the_current_one(tmp_path):
    assert run("grading", "new-course", ".", cwd=tmp_path).returncode == 0
    assert Course(tmp_path).home == tmp_path


def place(tmp_path, kind):
    """A place where there can be no new course."""
    path = tmp_path / "place"
    match kind:
        case "full":
            path.mkdir()
            (path / "notes").touch()
        case "file":
            path.touch()
        case "course":
            new_course(path)
        case "orphan":
            path = path / "deeper"
        case "clone":
            path = DEFAULT_COURSE.parent / "my-course"
        case _:
            path = tmp_path / kind
    return path


REFUSED = {
    "full": "is not empty. Name another folder",
    "file": "is a file. Name a folder",
    "course": f"is a course already: it has an {CONFIG}",
    "orphan": "there is no folder",
    "clone": f"lies in {DEFAULT_COURSE.parent}, which an upgrade replaces",
    "a[b]": "nbgrader takes [ in its path for part of a pattern. Choose another path",
    "a{b}$c": "nbgrader takes $ and { and } in its path for part of a pattern",
    "a\nb": "its path has control characters",
}


@pytest.mark.parametrize("kind", REFUSED, ids=ascii)
def test_where_there_can_be_no_course_one_line_says_so(tmp_path, kind):
    path = place(tmp_path, kind)
    before = everything(tmp_path), everything(path) if path.is_dir() else path.exists()
    done = run("grading", "new-course", path, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and REFUSED[kind] in line
    assert (everything(tmp_path), everything(path) if path.is_dir() else path.exists()) == before


def test_a_folder_that_may_not_be_written(ordinary_user):  # noqa: F811
    with folder_for_all() as parent:
        (parent / "empty").mkdir()
        ordinary_user.give(parent)
        for folder in (parent / "empty", parent):
            folder.chmod(0o555)
        for path in (parent / "new", parent / "empty"):
            done = ordinary_user.run([sys.executable, "-m", "grading", "new-course", str(path)], parent)
            (line,) = done.stderr.splitlines()
            assert done.returncode == 2 and "Permission denied" in line and "no course can be made in" in line
        assert everything(parent) == ["empty"]


@pytest.mark.parametrize("is_there", [False, True])
def test_what_fails_halfway_leaves_nothing(tmp_path, monkeypatch, is_there):
    root = tmp_path / "course"
    if is_there:
        root.mkdir()
    monkeypatch.setattr(making, "SETTINGS", "\ud800")  # which no file can hold
    with pytest.raises(UnicodeEncodeError):
        new_course(root)
    assert everything(tmp_path) == ["course"] * is_there


@pytest.mark.parametrize(
    ("name", "course_id"),
    [("algebra", "algebra"), ("Übung 50%", "bung-50"), ("../.x", "x"), ("数学", "course"), ("a/b+c", "a-b-c")],
)
def test_the_name_in_the_exchange_is_plain(name, course_id):
    assert course_id_of(name) == course_id


def test_a_folder_that_is_removed_meanwhile(tmp_path):
    """A command without `--course`, in a folder that is no longer there, means this package's course."""
    gone = tmp_path / "gone"
    gone.mkdir()
    program = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); from grading.course import paths; " + (
        "assert paths.course_here() == paths.DEFAULT_COURSE"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", program]) == 0


def test_a_problem_is_one_of_the_users(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError):
        new_course(tmp_path / "file")
