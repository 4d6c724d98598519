"""A large class in the gradebook: read a part at a time, with as many queries a part as for a small one."""

import gc
from datetime import datetime

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event

from grading.course import stream
from grading.course.stream import graded_students, submissions_of, with_submissions

NAME, MANY = "ps", 12
NAMES = [f"s{number:02}" for number in reversed(range(MANY))] + ["Ärger", "a b", "Z"]


@pytest.fixture
def gradebook(tmp_path, monkeypatch):
    """A gradebook with two assignments, submissions of one, and a student who has handed in nothing."""
    monkeypatch.setattr(stream, "PART", 4)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as opened:
        for name in (NAME, "other"):
            opened.add_assignment(name)
            opened.add_notebook("book", name)
            opened.add_grade_cell("test", "book", name, max_score=3, cell_type="code")
        opened.add_student("absent")
        opened.add_student("other-only")
        opened.add_submission("other", "other-only")
        for number, student in enumerate(NAMES):
            opened.add_student(student, last_name=f"name of {student}")
            opened.add_submission(NAME, student, timestamp=datetime(2026, 11, 1))
            grade = opened.find_submission_notebook("book", NAME, student).grades[0]
            grade.auto_score = number % 4
        opened.db.commit()
        opened.db.expunge_all()
        yield opened


def test_everybody_comes_with_grades_and_sums(gradebook):
    found = {}
    for submission in submissions_of(gradebook, NAME, grades=True):
        (book,) = submission.notebooks
        assert submission.student.last_name == f"name of {submission.student_id}"
        assert submission.score == book.grades[0].score and submission.late_submission_penalty == 0
        found[submission.student_id] = submission.score
    assert found == {student: number % 4 for number, student in enumerate(NAMES)}
    assert sorted(graded_students(gradebook, NAME)) == sorted(NAMES)
    chosen = submissions_of(gradebook, NAME, students=["s03", "absent"])
    assert [submission.student_id for submission in chosen] == ["s03"]


def test_students_are_paired_with_their_submissions_in_order(gradebook):
    asked = ["absent", "other-only", "s07", "Ärger", "zz", "Z", "a b", "s01"]
    found = [(student, submission and submission.student_id)
             for student, submission in with_submissions(gradebook, NAME, asked)]  # fmt: skip
    without = {"absent", "other-only", "zz"}
    assert found == [(student, None if student in without else student) for student in sorted(asked)]


def test_what_was_seen_is_forgotten_and_costs_no_query_of_its_own(gradebook):
    asked = []
    event.listen(gradebook.engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    held = 0
    for submission in submissions_of(gradebook, NAME, grades=True):
        _ = submission.score, submission.student.email, [grade.score for grade in submission.notebooks[0].grades]
        gc.collect()
        held = max(held, len(gradebook.db.identity_map))
    parts = -(-len(NAMES) // stream.PART)
    assert len(asked) <= 2 + 3 * parts < len(NAMES)  # the assignment, the submissions, and three for each part
    assert held <= 4 * stream.PART + 3
