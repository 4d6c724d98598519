"""A checkout works in a folder of any name, or one line says which character of its path is in the way."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grading.course.installation import check_folder, check_links, check_packages, check_writable
from grading.course.paths import DEFAULT_COURSE, LONGEST_PATH, why_unusable
from grading.util.errors import CourseError

REPOSITORY = DEFAULT_COURSE.parent
MADE = shutil.ignore_patterns(
    "__pycache__", "submitted", "autograded", "feedback", "release", "downloaded", "grad*.*b*"
)


@pytest.fixture
def checkout(tmp_path):
    """Make a checkout in a folder of some name."""

    def checkout(name):
        folder = tmp_path / name
        for part in ("grading", "modules", "tinytorch"):
            shutil.copytree(REPOSITORY / part, folder / part, symlinks=True, ignore=MADE)
        shutil.copy(REPOSITORY / "pyproject.toml", folder)
        return folder

    return checkout


def run(folder, *command, cwd=""):
    """Run a module of a checkout, as its own environment would."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": ""}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder / cwd, env=environment, capture_output=True, text=True
    )


def test_a_name_that_browsers_and_people_give(checkout):
    folder = checkout('-c++ tinytorch-main (1) 50%20off 100% ü it\'s "new" #1; `x` \\y')
    assert run(folder, "grading.course.installation", "--before").stderr == ""
    done = run(folder, "grading", "sample")
    assert (done.returncode, done.stdout) == (0, f"14 sample submissions in {folder / 'grading' / 'submitted'}\n")
    for student in (folder / "grading" / "submitted").iterdir():
        if student.name != "untouched":
            shutil.rmtree(student)
    graded = run(folder, "nbgrader", "autograde", "07_optimizers", cwd="grading")
    assert graded.returncode == 0 and (folder / "grading" / "autograded" / "untouched").exists(), graded.stderr


@pytest.mark.parametrize(("status", "command"), [(2, ("grading", "sample")), (1, ("nbgrader", "autograde", "x"))])
def test_a_name_that_nbgrader_takes_for_a_pattern(checkout, status, command):
    folder = checkout("week [7]")
    done = run(folder, *command, cwd="grading")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (status, "")
    assert line.startswith(
        f"error: {folder / 'grading'} cannot be the folder of a course: nbgrader takes [ in its path"
    )
    assert not (folder / "grading" / "gradebook.db").exists()


@pytest.mark.parametrize("character", ["*", "?", "[", "{", "}", "$", "\n", "\t", "\x7f", "\udcff"], ids=ascii)
def test_the_check_before_anything_is_installed_names_the_character(character):
    shown = character if character.isprintable() else ascii(character)
    with pytest.raises(CourseError) as raised:
        check_folder(Path("/home") / f"a{character}b")
    assert shown in str(raised.value).partition(": ")[2]


def test_a_path_that_is_too_long_for_sqlite(tmp_path):
    below = "".join("/" if place % 150 == 0 else "x" for place in range(LONGEST_PATH - len(str(tmp_path))))
    folder = Path(f"{tmp_path}{below}")
    folder.mkdir(parents=True)
    assert why_unusable(folder) == ""
    with sqlite3.connect(folder / "gradebook.db") as gradebook:
        gradebook.execute("CREATE TABLE grade (score)")
    with pytest.raises(CourseError, match=f"its path has {LONGEST_PATH + 1} bytes, and SQLite"):
        check_folder(Path("/" + "x" * LONGEST_PATH))


def test_packages_that_hide_those_of_the_environment(tmp_path, monkeypatch):
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    check_packages(("hidden", "json"))
    check_packages(("json",), str(tmp_path))
    with pytest.raises(CourseError, match=f"PYTHONPATH names {tmp_path}, whose hidden .* unset PYTHONPATH"):
        check_packages(("json", "hidden"), f"/nowhere{os.pathsep}{tmp_path}")


def test_packages_that_pip_has_put_elsewhere():
    with pytest.raises(CourseError, match="not_there is not installed in .* `pip config list`"):
        check_packages(("json", "not_there"))


def test_a_checkout_that_may_only_be_read(tmp_path, monkeypatch):
    check_writable(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path or mode != os.W_OK)  # root may write anywhere
    with pytest.raises(CourseError, match=f"you may not write to {tmp_path}, .* copy the whole folder"):
        check_writable(tmp_path.parent, tmp_path)


def test_a_link_that_was_unpacked_as_a_file(tmp_path):
    (tmp_path / "modules" / "ps1").mkdir(parents=True)
    source = tmp_path / "a course" / "source"
    source.mkdir(parents=True)
    (source / "ps1").write_text("../../modules/ps1")
    (source / "header.ipynb").write_text("{}")
    with pytest.raises(CourseError, match="should be a link to ../../modules/ps1") as raised:
        check_links(source)
    subprocess.run(["bash", "-c", str(raised.value).partition("Say: ")[2]], check=True)
    check_links(source)
    assert (source / "ps1").resolve() == tmp_path / "modules" / "ps1"
