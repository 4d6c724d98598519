"""`--student`: only some of a class are graded, and everybody is in grades.csv all the same."""

import csv
import shutil

import pytest

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.course.chosen import chosen_students, near_names
from grading.course.chosen_cells import chosen_cells
from grading.course.course import Course
from grading.examiner.secret import SECRET_FILE
from grading.util.errors import CourseError

CLASS = ("perfect", "untouched", "not-json")


@pytest.fixture
def course(sample_class, tmp_path):
    """Three students of the sample class, not graded yet."""
    for name in ("gradebook.db", SECRET_FILE):
        shutil.copy(sample_class[0].root / name, tmp_path)
    for student in CLASS:
        shutil.copytree(
            sample_class[0].folder("submitted", student), tmp_path / "submitted" / student / "07_optimizers"
        )
    return Course(tmp_path)


def graded(course):
    return sorted(path.name for path in course.root.glob("autograded/*"))


def test_only_who_is_named_is_graded(course, grading):
    status, out, _ = grading("autograde", "--student", "perfect", "--student", "not-json", "--course", course.root)
    assert status == 0 and graded(course) == ["perfect"]
    assert "1 of 2 submissions are graded" in out and "not a notebook" in out and "untouched" not in out
    with open(course.root / "grades.csv", newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores["perfect"] == 90 and {"sgd-import-error", "untouched"} <= scores.keys()


def test_feedback_is_written_anew_for_who_is_named(course, grading):
    autograde_class(course, only=["perfect,untouched"], feedback=False)
    assert graded(course) == ["perfect", "untouched"]
    outcomes = write_feedback(course, only=["untouched", "not-json"])
    assert [(outcome.student, outcome.problem) for outcome in outcomes] == [
        ("not-json", "not graded, so no page"),
        ("untouched", ""),
    ]
    assert not course.page("perfect").exists() and course.page("untouched").exists()


def test_a_name_that_nobody_has_is_one_line(course, grading):
    asked = ("--course", course.root)
    status, _, err = grading("autograde", "--student", "perfetc", *asked)
    assert (status, err) == (2, "error: no student is called 'perfetc': did you mean perfect?\n")
    status, _, err = grading("autograde", "--student", "perfect,zzz", *asked)
    assert (status, err) == (2, "error: no student is called 'zzz'\n") and graded(course) == []
    status, _, err = grading("feedback", "--student", "adamw-coupled", *asked)  # who is in the gradebook
    assert (status, err) == (2, "error: adamw-coupled has handed in nothing, so there is nothing to do\n")
    status, _, err = grading("autograde", "--student", "a\x1b[2J\nb", *asked)
    assert status == 2 and "\x1b" not in err and err.count("\n") == 1


def test_names_with_commas_and_blanks():
    known = ["ada", "Lovelace, A", "müller"]
    assert chosen_students([], known) == known
    assert chosen_students(["Lovelace, A"], known) == ["Lovelace, A"]
    assert chosen_students([" müller , ada", "ada"], known) == ["ada", "müller"]
    with pytest.raises(CourseError, match="--student names nobody"):
        chosen_students([" , "], known)
    assert near_names("MÜLER", known) == ["müller"]
    assert near_names("love", known) == ["Lovelace, A"]


def test_graded_cells_are_found_as_the_table_calls_them():
    known = {"1": ("p1", "test-double"), "2": ("p1", "why"), "3": ("p2", "test-double"), "4": ("p2", "double")}
    assert set(chosen_cells("", known)) == set(known)
    assert chosen_cells("why", known) == chosen_cells("p1/why", known) == {"2": "p1/why"}
    assert chosen_cells("double", known) == {"4": "p2/double"}, "a cell's own name goes first"
    assert chosen_cells("p1/double", known) == {"1": "p1/test-double"}
    assert set(chosen_cells("test-double", known)) == {"1", "3"}
    with pytest.raises(CourseError, match="^no graded cell is called 'p2/why': did you mean p1/why"):
        chosen_cells("p2/why", known)
