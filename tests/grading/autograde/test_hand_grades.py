"""Points that a person has given stay settled for the same answer; for another one they are looked at again."""

import shutil

import nbformat
import pytest
from nbgrader.converters import Autograde, GenerateFeedback

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.hand_grades import earlier_of
from grading.course.sample import generate_assignment
from grading.nbgrader_plugins.isolated_exporter import FormgraderExporter
from tests.grading.autograde.graded_class import (
    class_of_three,
    course,
    edit,
    grade_again,
    grade_by_hand,
    grade_of,
)

__all__ = ["class_of_three", "course"]  # fixtures
FIRST, SECOND = "Because it is even.", "Because <b>two</b> and two is four."


@pytest.fixture
def answered(course):
    """The class; ada has answered the question, and a person has given points and a comment for that."""
    edit(course, "ada", "why", FIRST)
    autograde_class(course)
    grade_by_hand(course, "ada", 1.5, "And the unit?")
    return course


def by_us(course):
    autograde_class(course, force=True)


def by_nbgrader(course):
    course.run(Autograde, student_id="ada", force=True)


BOTH = pytest.mark.parametrize("grade", [by_us, by_nbgrader])


def earlier(course, student="ada"):
    """The earlier answers of a student, by cell."""
    with course.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook("ps1", "ps1", student)
        return earlier_of(gradebook.db.connection(), notebook)


@BOTH
def test_the_same_answer_stays_settled(answered, grade):
    edit(answered, "ada", "why", f"{FIRST}  \r\n")  # nobody can see that
    edit(answered, "ada", "double", "def double(x):\n    return 3 * x")
    grade(answered)
    assert grade_of(answered, "ada") == (1.5, False)
    assert earlier(answered) == {}


@BOTH
def test_another_answer_is_open_and_the_first_is_kept_beside_it(answered, grade):
    edit(answered, "ada", "why", SECOND)
    for _ in range(2):
        grade(answered)
        assert grade_of(answered, "ada") == (1.5, True)
        kept = earlier(answered)["why"]
        assert (kept.text, kept.score, kept.comment) == (FIRST, 1.5, "And the unit?")
    edit(answered, "ada", "why", FIRST)
    grade(answered)
    assert grade_of(answered, "ada") == (1.5, False), "the answer that it was given for"


def test_pages_say_that_a_comment_is_on_the_earlier_answer(answered):
    edit(answered, "ada", "why", SECOND)
    autograde_class(answered)
    note = "On an earlier version of this answer: And the unit?"
    page = answered.page("ada").read_text()
    assert page.count(note) == 2 and page.count("And the unit?") == 2
    answered.run(GenerateFeedback, student_id="ada", force=True)
    assert answered.page("ada").read_text().count(note) == 2
    grade_by_hand(answered, "ada", 2.0)
    answered.run(GenerateFeedback, student_id="ada", force=True)
    assert note not in answered.page("ada").read_text(), "a person has seen the new one"


@BOTH
def test_a_comment_without_points_is_said_to_be_on_the_earlier_code(course, grade):
    right, wrong = ("def double(x):\n    return " + body for body in ("2 * x", "3 * x"))
    with course.gradebook() as gradebook:
        gradebook.find_comment("double", "ps1", "ps1", "ada").manual_comment = "Nice."
        gradebook.find_comment("why", "ps1", "ps1", "ada").manual_comment = "Say why."
        gradebook.db.commit()
    note = "On an earlier version of this answer: Nice."
    for source, is_earlier in ((right, False), (wrong, True), (f"{wrong}  # really", True), (right, False)):
        edit(course, "ada", "double", source)
        grade(course)
        write_feedback(course)
        page = course.page("ada").read_text()
        assert (note in page) == is_earlier and "Nice." in page and "answer: Say why." not in page


def test_the_formgrader_shows_the_earlier_answer_as_text(answered):
    edit(answered, "ada", "why", SECOND)
    autograde_class(answered)
    edit(answered, "ada", "why", "Another one.")
    autograde_class(answered)
    with answered.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook("ps1", "ps1", "ada").id
    config = answered.config()
    config.HTMLExporter.template_name = "formgrade"
    resources = dict.fromkeys(("student", "base_url", "last_name", "first_name", "notebook_path"), "")
    resources |= {"assignment_id": "ps1", "notebook_id": "ps1", "submission_id": submission, "index": 0, "total": 1}
    exporter = FormgraderExporter(config=config)
    page, _ = exporter.from_filename(str(answered.notebook("autograded", "ada")), resources=resources)
    assert f"<pre>{FIRST}</pre>" in page and "1.5 points, “And the unit?”" in page and "Another one." in page


def test_what_a_person_saw_counts_where_a_run_was_stopped(answered, monkeypatch):
    """The gradebook knows of the second answer, and the page still shows the first one."""
    edit(answered, "ada", "why", SECOND)

    def killed(self, graded):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("grading.autograde.class_grader.ClassGrader.write_files", killed)
        autograde_class(answered)
    assert grade_of(answered, "ada") == (1.5, True)
    grade_by_hand(answered, "ada", 2.0)  # for what the page shows
    autograde_class(answered)
    assert grade_of(answered, "ada") == (2.0, True)
    assert (earlier(answered)["why"].text, earlier(answered)["why"].score) == (FIRST, 2.0)


def test_without_the_autograded_notebook_the_gradebook_knows_the_answer(answered):
    shutil.rmtree(answered.root / "autograded")
    autograde_class(answered)
    assert grade_of(answered, "ada") == (1.5, False)
    shutil.rmtree(answered.root / "autograded")
    edit(answered, "ada", "why", SECOND)
    autograde_class(answered)
    assert grade_of(answered, "ada") == (1.5, True) and earlier(answered)["why"].text == FIRST


def test_other_points_open_the_grade(answered):
    nb = nbformat.read(answered.lesson_path, as_version=4)
    nb.cells[3].metadata.nbgrader.points = 5
    nbformat.write(nb, answered.lesson_path)
    course = Course(answered.root)
    generate_assignment(course, force=True)
    assert grade_again(course)[2] == ["grading 3: 3 because the assignment was generated again"]
    assert grade_of(course, "ada") == (1.5, True)


def test_a_correction_of_the_program_stays_for_the_same_code_and_result(course):
    grade_by_hand(course, "bob", 2.0, cell="test-double")
    edit(course, "bob", "why", SECOND)
    autograde_class(course)
    assert grade_of(course, "bob", "test-double") == (2.0, False)
    edit(course, "bob", "double", "def double(x):\n    return 2 * x")
    autograde_class(course)
    assert grade_of(course, "bob", "test-double") == (2.0, True)
    with course.gradebook() as gradebook:
        assert gradebook.find_grade("test-double", "ps1", "ps1", "bob").auto_score == 3.0


def test_resolve_keeps_the_points_and_settles_nothing_else(answered, grading):
    edit(answered, "cyd", "why", FIRST)
    autograde_class(answered)
    grade_by_hand(answered, "bob", 1.0)
    for student in ("ada", "bob"):
        edit(answered, student, "why", SECOND)
    autograde_class(answered)
    assert grade_of(answered, "bob") == (1.0, True)
    place = ("--course", answered.root)
    status, out, err = grading("resolve", *place, "--question", "why", "--student", "bob")
    assert (status, out) == (0, "settled: 1 (why 1)\n"), err
    assert grade_of(answered, "bob") == (1.0, False) and grade_of(answered, "ada") == (1.5, True)
    status, out, err = grading("resolve", "ps1", *place)
    assert out == "settled: 1 (why 1)\nstill waiting for a first grade: 1 (why 1)\n"
    assert grade_of(answered, "ada") == (1.5, False) and grade_of(answered, "cyd") == (None, True)
    assert earlier(answered) == {}
    assert grade_again(answered)[1] == ["ada", "bob"], "their pages"
    for odd in (("--question", "who"), ("--student", "ada,eve")):
        status, out, err = grading("resolve", *place, *odd)
        assert status == 2 and err.startswith("error: ") and err.count("\n") == 1
    assert grading("resolve", *place, "--question", "double")[:2] == (0, "settled: 0\n"), "as the table calls it"


def test_an_older_gradebook_does_not_lend_its_points_to_a_newer_answer(answered):
    shutil.copy(answered.root / "gradebook.db", answered.root / "backup.db")
    edit(answered, "ada", "why", SECOND)
    autograde_class(answered)
    shutil.copy(answered.root / "backup.db", answered.root / "gradebook.db")
    assert grade_of(answered, "ada") == (1.5, False)
    autograde_class(answered)
    assert grade_of(answered, "ada") == (1.5, True)


def test_a_scores_record_is_read_with_what_it_is_on(answered):
    edit(answered, "ada", "why", SECOND)
    autograde_class(answered)
    with GradebookWriter(answered) as records:
        assert records.scores("ada", "ps1").comments["why"].on_earlier
        assert not records.scores("bob", "ps1").comments["why"].on_earlier
