"""The commands, in a course of two assignments of which neither has an exam, and where none is named."""

import csv
import json

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.sample import generate_assignment
from tests.plain_course import (
    NAMES,
    filled_in,
    hand_in,
    plain_course,
    plain_source,
    released,
    scores_in,
    submissions,
    with_source,
)

__all__ = ["plain_course", "plain_source"]  # fixtures
P1, P2, P3 = NAMES


def checked(grading, *arguments):
    status, out, err = grading("check", *arguments, "--json")
    assert status == 0 and "so it is not known whose it is" in err
    assert "numbers" not in err, "nobody is asked any"
    return json.loads(out)


def test_check_knows_whose_notebook_it_is_by_its_cells(plain_course, grading, tmp_path):
    for name, score, most, cells in (
        (P1, 7.0, 7.0, {"test-double": 3.0, "test-total": 2.0, "test-partial": 2.0}),
        (P2, 0.0, 7.0, {"why": 0.0, "draw": 0.0}),
        (P3, 3.0, 3.0, {"test-double": 1.0, "test-shout": 2.0}),
    ):
        nb = filled_in(plain_course, name)
        for bare in (False, True):
            path = tmp_path / "any name.ipynb"
            if bare:
                for cell in nb.cells:
                    cell.metadata.pop("nbgrader", None)
            nbformat.write(nb, path)
            found = checked(grading, path)
            assert (found["score"], found["max_score"]) == (score, most)
            assert {cell["grade_id"]: cell["score"] for cell in found["cells"]} == cells
    ours = Course(plain_course.root, "ps2")
    generate_assignment(ours)
    nbformat.write(filled_in(ours, "ps2"), path)
    assert checked(grading, path)["score"] == 5.0
    status, out, err = grading("check", path, "ps1")
    assert (status, out) == (2, "") and err == (
        f"error: {path}: a notebook, but not of the assignment ps1: it has none of its cells\n"
    )


def test_check_says_why_a_test_failed(plain_course, grading, tmp_path):
    path = tmp_path / "x.ipynb"
    right = filled_in(plain_course, P3)
    nbformat.write(with_source(right, "shout", "def shout(text):\n    return text"), path)
    messages = {cell["grade_id"]: cell["message"] for cell in checked(grading, path)["cells"]}
    assert messages["test-double"] == "" and "it is not loud" in messages["test-shout"]


def test_a_notebook_of_no_assignment_or_of_several_gets_one_line(plain_course, plain_source, grading, tmp_path):
    path = tmp_path / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    assert grading("check", path) == (
        2,
        "",
        f"error: {path}: a notebook, but of none of the assignments ps1, ps2: it has none of their cells\n",
    )
    (plain_source / "ps3").mkdir()
    (plain_source / "ps3" / "p9.ipynb").write_text((plain_source / "ps1" / f"{P1}.ipynb").read_text())
    nbformat.write(filled_in(plain_course, P1), path)
    assert grading("check", path) == (
        2,
        "",
        f"error: {path} could be ps1/{P1}.ipynb or ps3/p9.ipynb: name its assignment\n",
    )
    assert checked(grading, path, "ps3")["score"] == 5.0, "without the file beside, which ps3 lacks"


@pytest.mark.parametrize("command", ["autograde", "feedback", "report", "sample"])
def test_of_two_assignments_one_has_to_be_named(plain_course, grading, command):
    generate_assignment(Course(plain_course.root, "ps2"))
    before = sorted(plain_course.root.rglob("*"))
    asked = (command, "--course", plain_course.root)
    assert grading(*asked) == (2, "", "error: which assignment? Name one of ps1, ps2\n")
    assert grading(*asked, "ps9") == (2, "", "error: no assignment is called 'ps9': there is ps1, ps2\n")
    assert sorted(plain_course.root.rglob("*")) == before


@pytest.mark.parametrize("command", ["autograde", "report"])
def test_one_that_was_not_generated_is_told_in_one_line(plain_course, grading, command):
    status, out, err = grading(command, "ps2", "--course", plain_course.root)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert "ps2 is not in the gradebook: run `nbgrader generate_assignment ps2 --force`" in err


def test_a_lesson_that_is_malformed_is_told_in_one_line_before_anybody_is_graded(plain_course, plain_source, grading):
    hand_in(plain_course, "ada", {P1: filled_in(plain_course, P1)})
    path = plain_source / "ps1" / f"{P2}.ipynb"
    unended = nbformat.read(path, as_version=4)
    unended.cells[1].source = "### BEGIN SOLUTION"
    for text, said in (("{", "is not a notebook"), (nbformat.writes(unended), "cannot be generated: no end solution")):
        path.write_text(text)
        status, out, err = grading("autograde", "ps1", "--course", plain_course.root, "--workers", 1)
        assert (status, out, len(err.splitlines())) == (2, "", 1) and f"{P2}.ipynb {said}" in err
        assert not (plain_course.root / "autograded").exists()


def test_a_lesson_that_nbgrader_refuses_is_told_in_one_line(plain_course, plain_source, grading, tmp_path):
    path, submitted = plain_source / "ps1" / f"{P3}.ipynb", tmp_path / "x.ipynb"
    nbformat.write(filled_in(plain_course, P3), submitted)
    nb = nbformat.read(path, as_version=4)
    nb.cells[3].metadata.nbgrader.grade_id = "double"
    nbformat.write(nb, path)
    status, out, err = grading("check", submitted, "ps1")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert f"ps1: {P3}.ipynb cannot be generated: Duplicate grade id: double" in err


def test_a_sample_class_of_any_assignment_is_made_graded_and_reported(plain_course, grading):
    root = plain_course.root
    status, out, err = grading("sample", "ps1", "--course", root)
    assert (status, err) == (0, "") and "5 sample submissions" in out
    status, out, err = grading("autograde", "ps1", "--course", root, "--workers", 2)
    assert (status, err) == (0, ""), err
    assert "4 of 5 submissions are graded" not in out and "3 of 5 submissions are graded" in out
    assert all(str(root / "feedback" / "STUDENT" / "ps1" / f"{name}.html") in out for name in NAMES)
    assert scores_in(plain_course) == {
        "perfect": (7.0, 0.0, 3.0),
        "untouched": (0.0, 0.0, 0.0),
        "first-notebook-only": (7.0, 0.0, 0.0),
        "no-notebook": (0.0, 0.0, 0.0),
        "not-json": (0.0, 0.0, 0.0),
    }
    assert grading("report", "ps1", "--course", root)[0] == 0


def test_the_report_has_every_test_of_every_notebook(plain_course, grading):
    for student, notebooks in submissions(plain_course).items():
        if student in ("perfect", "quiet", "partial", "first-only"):
            hand_in(plain_course, student, notebooks)
    hand_in(plain_course, "nothing", {P1: "{"})
    autograde_class(plain_course, feedback=False)
    page, table = plain_course.root / "page.html", plain_course.root / "numbers.csv"
    status, out, err = grading("report", "ps1", "--course", plain_course.root, "--names", "-o", page, "--csv", table)
    assert (status, err) == (0, "")
    rows = list(csv.DictReader(table.open()))
    assert [(r["detail"], r["name"], r["count"], r["of"]) for r in rows if r["what"] == "check passed"] == [
        (f"{P1}: Part 1. Twice", "test double", "4", "4"),
        (f"{P1}: Part 2. A file", "test total", "4", "4"),
        (f"{P1}: Part 2. A file", "test partial", "3", "4"),
        (f"{P3}: Part 1. Twice", "test double", "3", "3"),
        (f"{P3}: Part 1. Twice", "test shout", "2", "3"),
    ]
    assert [(r["name"], r["students"]) for r in rows if r["what"] == "no known mistake"] == [
        (f"{P3}: test shout", "quiet")
    ]
    needs = {(r["name"], r["students"]): r["detail"] for r in rows if r["what"] == "needs a person"}
    assert needs["Graded in part", "first-only"] == f"{P2}.ipynb, {P3}.ipynb: no such file"
    assert needs["Waiting for a grade by hand", "partial perfect quiet"] == "2 answers to grade by hand"
    assert f"{P2}.ipynb, {P3}.ipynb: no such file" in needs["Not gradable", "nothing"]
    text = page.read_text()
    assert "test shout" in text and "Graded in part" in text


def test_an_assignment_is_graded_beside_another_one(plain_course, grading):
    ours = Course(plain_course.root, "ps2")
    generate_assignment(ours)
    hand_in(plain_course, "ada", {name: released(plain_course, name) for name in NAMES})
    hand_in(ours, "ada", {"ps2": filled_in(ours, "ps2")})
    assert grading("autograde", "ps2", "--course", plain_course.root, "--workers", 1)[0] == 0
    assert scores_in(ours) == {"ada": (5.0,)} and scores_in(plain_course) == {}
    autograde_class(plain_course)
    assert scores_in(ours) == {"ada": (5.0,)} and scores_in(plain_course) == {"ada": (0.0, 0.0, 0.0)}
