"""`check` asks a submission in ``submitted/`` what grading the class asks it, and says whose it is."""

import shutil

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment

from grading.autograde import grade
from grading.autograde.check import check
from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.results import verdicts
from grading.examiner.secret import case_key
from tests.course07 import ASSIGNMENT, epsilon_in_root


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which a mistake was handed in by three: with a file beside it, under another name, and too high."""
    course = Course(tmp_path_factory.mktemp("course"))
    course.run(GenerateAssignment)
    nb = epsilon_in_root(nbformat.read(course.notebook("release", "."), as_version=4))
    for student, name in (("ada", f"{ASSIGNMENT}.ipynb"), ("eve", "mine (1).ipynb")):
        folder = course.folder("submitted", student)
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / name)
    (course.folder("submitted", "ada") / "notes.txt").write_text("mine")
    (course.folder("submitted", "ada") / "timestamp.txt").write_text("2026-11-10 11:30:00 UTC")
    (course.root / "submitted" / "high").mkdir()
    nbformat.write(nb, course.root / "submitted" / "high" / f"{ASSIGNMENT}.ipynb")
    return course


@pytest.fixture(scope="module")
def asked(course):
    """The keys of what the class was asked by grading it, by student, and what the check of epsilon said."""
    keys, key_of = {}, grade.case_key
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "case_key", lambda secret, digest: keys.setdefault(len(keys), key_of(secret, digest)))
        autograde_class(course, feedback=False)
    said = {}
    for student in ("ada", "eve"):
        nb = nbformat.read(course.notebook("autograded", student), as_version=4)
        said[student] = verdicts(nb)["test-adam-epsilon"][0]["message"]
    return dict(zip(("ada", "eve"), keys.values(), strict=True)), said


def checked(course, path, monkeypatch):
    """The key that a check draws with, what it says of epsilon, and whose it says that it is."""
    keys = []
    monkeypatch.setattr(grade, "case_key", lambda *of: keys.append(case_key(*of)) or keys[-1])
    report = check(path, root=course.root)
    (key,) = keys
    (said,) = (cell.message for cell in report.cells if cell.grade_id == "test-adam-epsilon")
    return key, said, report.whose


@pytest.mark.parametrize(("student", "name"), [("ada", f"{ASSIGNMENT}.ipynb"), ("eve", "mine (1).ipynb")])
def test_the_numbers_are_the_students_own(course, asked, monkeypatch, student, name):
    path = course.folder("submitted", student) / name
    assert checked(course, path, monkeypatch) == (
        asked[0][student],
        asked[1][student],
        f"{path}: of {student}, with the numbers that autograde asks",
    )


def test_by_a_relative_path_and_through_a_link_too(course, asked, monkeypatch, tmp_path):
    (tmp_path / "link").symlink_to(course.root)
    path = tmp_path / "link" / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert checked(course, path, monkeypatch)[0] == asked[0]["ada"]
    monkeypatch.chdir(course.root / "submitted")
    assert checked(course, f"ada/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", monkeypatch)[0] == asked[0]["ada"]


def test_where_it_is_not_known_whose_it_is_that_is_said(course, asked, tmp_path, grading):
    path = tmp_path / "x.ipynb"
    shutil.copy(course.notebook("submitted", "ada"), path)
    status, out, err = grading("check", path, "--course", course.root)
    assert (status, err) == (0, "")
    assert out.startswith(f"{path}: it is not in {course.root / 'submitted'}, so it is not known whose it is")
    status, out, err = grading("check", path, "--json", "--course", course.root)
    assert out.startswith("{") and err.startswith(f"{path}: it is not in")


def test_a_file_that_autograde_does_not_take(course, asked, monkeypatch):
    high = course.root / "submitted" / "high" / f"{ASSIGNMENT}.ipynb"
    assert "of high, but autograde does not look there: move it to" in checked(course, high, monkeypatch)[2]
    old = course.folder("submitted", "ada") / "old.ipynb"
    nb = nbformat.read(course.notebook("submitted", "ada"), as_version=4)
    nb.cells.append(nbformat.v4.new_markdown_cell("older", id="older"))
    nbformat.write(nb, old)
    key, _, whose = checked(course, old, monkeypatch)
    assert f"of ada, but autograde takes {ASSIGNMENT}.ipynb" in whose and key != asked[0]["ada"]
