"""`export --questions`: students by questions, with blanks where there is no grade yet."""

import csv
import datetime

import pytest

from grading.lms.questions import write_questions
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT, lesson


@pytest.fixture
def graded(course):
    """Two graded by program, one of them late and with one answer graded by hand; one who handed in nothing."""
    with course.gradebook() as gradebook:
        for student, name in (("ada", "=1+1"), ("bob", "Bob"), ("eve", None)):
            gradebook.update_or_create_student(student, last_name=name)
        for student in ("ada", "bob"):
            gradebook.update_or_create_submission(ASSIGNMENT, student)
            book = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
            for grade in book.grades:
                is_answer = grade.name.endswith("-answer")
                grade.auto_score, grade.needs_manual_grade = (None if is_answer else grade.max_score), is_answer
            if student == "bob":
                book.late_submission_penalty = 100.0
                answer = next(grade for grade in book.grades if grade.name == "q1-answer")
                answer.manual_score, answer.needs_manual_grade = 1.5, False
        gradebook.find_assignment(ASSIGNMENT).duedate = datetime.datetime(2026, 3, 1)
        gradebook.db.commit()
    return course


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_everybody_has_a_row_and_every_question_a_column(graded, tmp_path):
    found = rows(write_questions(graded, tmp_path / "q.csv"))
    assert list(found) == ["ada", "bob", "eve"]
    columns = list(found["ada"])[4:-5]
    assert [name.partition(" (")[0] for name in columns] == [
        name for name in lesson().places if name.startswith("test-") or name.endswith("-answer")
    ]
    assert found["ada"]["test-sgd-step (5 pts)"] == "5" and found["ada"]["q1-answer (2 pts)"] == ""
    assert found["bob"]["q1-answer (2 pts)"] == "1.5" and found["bob"]["q2-answer (2 pts)"] == ""
    assert {found["eve"][name] for name in columns} == {""}


def test_the_sums_agree_with_the_gradebook(graded, tmp_path):
    found = rows(write_questions(graded, tmp_path / "q.csv"))
    sums = [found["bob"][name] for name in ("to_grade_by_hand", "raw_score", "late_submission_penalty", "score")]
    assert sums == ["4", "91.5", "100", "0"]
    assert [found["ada"][name] for name in ("raw_score", "score", "max_score")] == ["90", "90", "100"]
    assert [found["eve"][name] for name in ("to_grade_by_hand", "raw_score", "score")] == ["", "0", "0"]
    assert found["ada"]["last_name"] == "'=1+1"  # a spreadsheet shows it, and runs nothing


def test_a_question_that_waits_again_keeps_its_points(graded, tmp_path):
    with graded.gradebook() as gradebook:
        book = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "bob")
        next(grade for grade in book.grades if grade.name == "q1-answer").needs_manual_grade = True
        gradebook.db.commit()
    bob = rows(write_questions(graded, tmp_path / "q.csv"))["bob"]
    assert bob["q1-answer (2 pts)"] == "1.5" and bob["to_grade_by_hand"] == "5"


def test_only_some_students(graded, tmp_path, grading):
    status, out, err = grading(
        "export", "--questions", tmp_path / "q.csv", "--student", "eve,ada", "--course", graded.root
    )
    assert (status, err) == (0, "") and out.startswith("points for each question: ")
    assert list(rows(tmp_path / "q.csv")) == ["ada", "eve"]
    status, _, err = grading("export", "--questions", tmp_path / "r.csv", "--student", "ad", "--course", graded.root)
    assert status == 2 and err == "error: no student is called 'ad': did you mean ada?\n"
    assert not (tmp_path / "r.csv").exists()
    status, _, err = grading(
        "export", "--to", "canvas", "--student", "bob", "-o", tmp_path / "c.csv", "--course", graded.root
    )
    assert status == 0 and "bob" in (tmp_path / "c.csv").read_text() and "ada" not in (tmp_path / "c.csv").read_text()


def test_what_cannot_be_is_one_line(graded, course, tmp_path, grading):
    status, _, err = grading("export", "--course", graded.root)
    assert status == 2 and err.startswith("error: for which system?")
    with pytest.raises(CourseError, match="nowhere/q.csv cannot be written: No such file or directory"):
        write_questions(graded, tmp_path / "nowhere" / "q.csv")


def test_nobody_is_graded_yet(course, tmp_path):
    with pytest.raises(CourseError, match="nobody has been graded yet"):
        write_questions(course, tmp_path / "q.csv")
    assert not (tmp_path / "q.csv").exists()
