"""What a page says of whose it is, when it came, what that cost, and of points that a person gave."""

import re

import pytest
from nbgrader.converters import GenerateFeedback

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.feedback_page.facts import length
from grading.feedback_page.texts import load_texts
from tests.grading.autograde.graded_class import class_of_three, course, grade_again, grade_by_hand
from tests.grading.course.own_course import set_option
from tests.grading.feedback_page.test_feedback import Text

__all__ = ["class_of_three", "course"]  # fixtures


def hand_in_at(course, student, time):
    course.notebook("submitted", student).with_name("timestamp.txt").write_text(time)


def enter_name(course, student, first, last):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student, first_name=first, last_name=last)


def said(course, student):
    return " ".join(str(Text(course.page(student).read_text())).split())


@pytest.fixture
def late(course, grading):
    """Ada is a day, two hours and some more late; Bob is in time, and nobody knows when Cyd handed in."""
    set_option(course, "c.PointsPerDay.points_per_day = 1.5")
    hand_in_at(course, "ada", "2026-11-03 14:20:30 UTC")
    hand_in_at(course, "bob", "2026-11-02 12:00:00 UTC")
    grading("due", "2026-11-02 12:00:00 UTC", "--course", course.root)
    for student, name in {"ada": ("Ada", "Lovelace"), "bob": (None, "<b>Bobby</b>"), "cyd": (" ", None)}.items():
        enter_name(course, student, *name)
    autograde_class(course, force=True)
    write_feedback(course)
    return course


def test_a_page_says_whose_it_is_and_when_it_came(late):
    due = "It was due on 2026-11-02 12:00 UTC."
    ada, bob, cyd = (said(late, student) for student in ("ada", "bob", "cyd"))
    assert ada.startswith("Feedback: ps1 Feedback: ps1 Ada Lovelace (ada) ")
    assert f"Handed in on 2026-11-03 14:20:30 UTC, 1 day 2 hours late: 3 points were taken off. {due}" in ada
    assert "<b>Bobby</b> (bob)" in bob and "<b>Bobby" not in late.page("bob").read_text()
    assert f"Handed in on 2026-11-02 12:00 UTC, in time. {due}" in bob
    assert cyd.startswith("Feedback: ps1 Feedback: ps1 cyd 3 of 5") and "Handed in" not in cyd and due in cyd


def test_nbgraders_own_command_says_the_same(late):
    pages = {student: late.page(student).read_text() for student in ("ada", "bob", "cyd")}
    late.run(GenerateFeedback, force=True)
    assert pages == {student: late.page(student).read_text() for student in pages}


def test_an_extension_and_a_late_one_that_costs_nothing(late, grading):
    grading("extend", "ada", "1d", "--course", late.root)
    set_option(late, "c.PointsPerDay.points_per_day = 0.0")
    assert grade_again(late)[:2] == ([], ["ada"]), "its page says another due date"
    assert (
        "Handed in on 2026-11-03 14:20:30 UTC, 2 hours 20 minutes late. No points were taken off. "
        "Your own due date was 2026-11-03 12:00 UTC."
    ) in said(late, "ada")


def test_without_times_nothing_is_said_of_them(course):
    assert not re.search("Handed in|due", said(course, "ada"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, ""), (0.5, "1 second"), (1, "1 second"), (61, "1 minute 1 second"), (3600, "1 hour"), (86400 + 59, "1 day"),
     (3 * 86400 + 3600, "3 days 1 hour"), (86399, "23 hours 59 minutes")],
)  # fmt: skip
def test_a_length_of_time_in_words(seconds, words):
    assert length(seconds, load_texts()) == words


def test_extra_points_are_explained_and_the_parts_add_up(late):
    grade_by_hand(late, "ada", 2.0)
    with late.gradebook() as gradebook:
        gradebook.find_grade("why", "ps1", "ps1", "ada").extra_credit = 2.0
        test = gradebook.find_grade("test-double", "ps1", "ps1", "bob")
        assert test.score == 0.0
        test.extra_credit = 1.0
        gradebook.db.commit()
    grade_by_hand(late, "cyd", 2.5)
    write_feedback(late)
    ada, bob, cyd = (said(late, student) for student in ("ada", "bob", "cyd"))
    assert "Your answer in Part 1. Twice: 2 extra points were given." in ada
    assert "Part 1. Twice 7 of 5 2 of them extra Handed in late −3 In all 4 of 5" in ada
    assert ada.count("4 of 5") == 2, "the score, and the sum of the table"
    assert "test double: 1 extra point was given." in bob and "test double −3" in bob, "extra credit hides no loss"
    assert "Part 1. Twice 1 of 5 1 of them extra In all 1 of 5" in bob
    assert "Your answer in Part 1. Twice: 0.5 extra points were given." in cyd and "In all 5.5 of 5" in cyd
    assert "Your answer: Part 1. Twice 4 of 2 points" in ada
    widths = [float(width) for width in re.findall(r'style="width: ([\d.]+)%', late.page("ada").read_text())]
    assert len(widths) == 2 and sum(widths) <= 100


def test_without_extra_points_there_is_no_word_of_them(late):
    assert "extra" not in said(late, "ada") and "In all" not in said(late, "bob")
