"""A question is voided: the sums are right in every tool, nothing puts it back, and undo brings back what was given."""

import csv
import datetime
import json

import nbformat
import pytest
from changed_lesson import (
    course,
    edit,
    graded_once,
    grades,
    remove,
    rename,
    set_points,
    totals,
    update,
)
from own_course import NAME, hand_in, run, set_option

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.course import voided
from grading.course.update import REMOVED
from grading.report import read_class
from grading.util.errors import CourseError
from tests.plain_course import NAMES, filled_in, plain_course, plain_source
from tests.plain_course import hand_in as hand_in_several

__all__ = ["course", "graded_once", "plain_course", "plain_source"]  # fixtures

# ada has 3 of 3 for the test and 1.5 of 2, with a quarter extra, for the answer; bob 0 and 0, unanswered
VOID = {
    ("why", "none"): {"ada": (3, 3), "bob": (0, 3)},
    ("why", "full"): {"ada": (5.25, 5), "bob": (2, 5)},
    ("test-double", "none"): {"ada": (1.75, 2), "bob": (0, 2)},
    ("test-double", "full"): {"ada": (4.75, 5), "bob": (3, 5)},
}
void = pytest.mark.parametrize(("cell", "points"), VOID, ids=map(" ".join, VOID))


def exported(course):
    """What ``nbgrader export`` writes."""
    done = run("nbgrader", "export", "--to", "out.csv", cwd=course.root)
    assert done.returncode == 0, done.stderr
    with open(course.root / "out.csv", newline="") as file:
        return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}


@void
def test_the_sums_are_right_everywhere(course, cell, points):
    voided.void_question(course, cell, points)
    expected = VOID[cell, points]
    assert totals(course) == expected == exported(course)
    write_feedback(course)
    for student, (score, most) in expected.items():
        page = course.page(student).read_text()
        assert f"<strong>{score:g}</strong> of {most:g} points" in page
        effect = "everybody gets its points" if points == "full" else "this question does not count"
        assert "Questions that were voided" in page and f": {effect}</li>" in page
        if cell == "why":
            assert "still wait" not in page
    found = read_class(course)
    assert found.scores == {student: score for student, (score, _) in expected.items()}
    assert found.max_score == expected["ada"][1]
    (rate,) = found.checks
    assert (rate.passed, rate.graded) == (1, 2) and ("(" in rate.name) == (cell == "test-double")


@void
def test_nothing_puts_it_back(course, cell, points):
    before = grades(course)
    voided.void_question(course, cell, points)
    expected = VOID[cell, points]
    assert [outcome.problem for outcome in autograde_class(course, force=True)] == ["", ""]
    assert totals(course) == expected
    for command in ("autograde", "generate_assignment"):
        done = run("nbgrader", command, NAME, "--force", cwd=course.root)
        assert done.returncode == 0, done.stderr
        assert totals(course) == expected
    hand_in(course, "eve")
    autograde_class(course)
    assert totals(course)["eve"] == {"none": (expected["ada"][1] - 2 * (cell == "test-double"), expected["ada"][1]),
                                     "full": (3 + 2 * (cell == "why"), 5)}[points]  # fmt: skip
    assert voided.undo_void(course, cell) == cell
    after = {key: given for key, given in grades(course).items() if key[0] != "eve"}
    reopened = cell == "why"  # nbgrader's own command has graded it while it was void
    needs = {key: (*given[:3], True) if reopened and given[1:2] == (1.5,) else given for key, given in before.items()}
    assert after == needs
    assert totals(course)["ada"] == (4.75, 5) and totals(course)["eve"] == (3, 5)


@void
def test_undo_brings_back_what_was_given(course, cell, points):
    before = grades(course)
    voided.void_question(course, cell, "full")
    voided.void_question(course, cell, points)  # in another way
    assert totals(course) == VOID[cell, points]
    voided.undo_void(course, cell)
    assert grades(course) == before and totals(course) == {"ada": (4.75, 5), "bob": (0, 5)}
    with pytest.raises(CourseError, match=f"{cell} is not void"):
        voided.undo_void(course, cell)


@void
def test_a_grade_by_hand_stays_settled_where_it_is_graded_again_while_void(course, cell, points):
    before = grades(course)
    voided.void_question(course, cell, points)
    autograde_class(course, force=True)
    voided.undo_void(course, cell)
    assert grades(course) == before


@pytest.mark.parametrize("points", ["none", "full"])
def test_another_answer_that_came_while_it_was_void_is_to_be_looked_at(course, points):
    voided.void_question(course, "why", points)
    path = course.notebook("submitted", "ada")
    nb = nbformat.read(path, as_version=4)
    next(
        cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "why"
    ).source = "Another one."
    nbformat.write(nb, path)
    autograde_class(course)
    voided.undo_void(course, "why")
    assert grades(course)["ada", "why"][1:] == (1.5, 0.25, True)


def test_the_next_run_makes_the_pages_anew(course):
    autograde_class(course)
    for change, said in ((lambda: voided.void_question(course, "why", "none"), True),
                         (lambda: voided.undo_void(course, "why"), False)):  # fmt: skip
        change()
        autograde_class(course)
        assert ("Questions that were voided" in course.page("ada").read_text()) == said


def test_what_a_person_gives_in_the_formgrader_is_kept_for_later(course):
    voided.void_question(course, "why", "none")
    with course.gradebook() as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "bob")
        given.manual_score, given.extra_credit, given.needs_manual_grade = 2.0, 0.5, False
        gradebook.db.commit()
        assert given.score == 0
    assert totals(course) == VOID["why", "none"]
    voided.undo_void(course, "why")
    assert totals(course)["bob"] == (2.5, 5) and totals(course)["ada"] == (4.75, 5)


def test_what_it_costs_to_be_late_follows(course):
    with course.gradebook() as gradebook:
        due = datetime.datetime(2026, 1, 1, 12)
        gradebook.update_or_create_assignment(NAME, duedate=due)
        for submission in gradebook.find_assignment(NAME).submissions:
            submission.timestamp, submission.extension = due + datetime.timedelta(days=2), None
        gradebook.db.commit()
    set_option(course, "c.PointsPerDay.points_per_day = 2.0")
    autograde_class(course, force=True)

    def score_and_penalty():
        with course.gradebook() as gradebook:
            return {
                each.student_id: (each.score, each.late_submission_penalty)
                for each in gradebook.find_assignment(NAME).submissions
            }

    assert score_and_penalty() == {"ada": (4.75, 4.0), "bob": (0.0, 0.0)}
    voided.void_question(course, "test-double", "none")
    assert score_and_penalty() == {"ada": (1.75, 1.75), "bob": (0.0, 0.0)}
    voided.void_question(course, "test-double", "full")
    assert score_and_penalty() == {"ada": (4.75, 4.0), "bob": (3.0, 3.0)}
    autograde_class(course, force=True)
    assert score_and_penalty() == {"ada": (4.75, 4.0), "bob": (3.0, 3.0)}
    voided.undo_void(course, "test-double")
    assert score_and_penalty() == {"ada": (4.75, 4.0), "bob": (0.0, 0.0)}


def test_a_voided_question_changes_its_points_and_its_name(course):
    voided.void_question(course, "test-double", "none")
    voided.void_question(course, "why", "full")
    edit(course, set_points("test-double", 9))
    edit(course, set_points("why", 4))
    update(course)
    assert totals(course) == {"ada": (4.25, 4), "bob": (4, 4)}
    edit(course, rename("test-double", "test-twice"))
    update(course)
    autograde_class(course)
    assert totals(course) == {"ada": (4.25, 4), "bob": (4, 4)}
    assert {cell: each.max_score for (_, cell), each in voided.voided_questions(course).items()} == {
        "test-twice": 9,
        "why": 4,
    }
    for cell in ("test-twice", "why"):
        voided.undo_void(course, cell)
    assert totals(course) == {"ada": (10.75, 13), "bob": (0, 13)}


def test_a_voided_question_is_removed(course):
    voided.void_question(course, "why", "none")
    edit(course, remove("why"))
    _, kept = update(course)
    row = json.loads((kept / REMOVED).read_text())[0]
    assert (row["student"], row["manual_score"], row["extra_credit"]) == ("ada", 1.5, 0.25)
    assert voided.voided_questions(course) == {} and totals(course)["ada"] == (3, 3)


def test_partial_credit_a_task_and_notebooks_that_are_missing(plain_course):
    first, words, again = NAMES
    hand_in_several(plain_course, "ada", {name: filled_in(plain_course, name) for name in NAMES})
    hand_in_several(plain_course, "first", {first: filled_in(plain_course, first)})
    autograde_class(plain_course)
    with pytest.raises(CourseError, match=f"which test-double. Say {first}/test-double or {again}/test-double"):
        voided.void_question(plain_course, "test-double", "none")
    voided.void_question(plain_course, f"{again}/test-double", "full")
    voided.void_question(plain_course, "test-partial", "none")
    voided.void_question(plain_course, "draw", "full")
    expected = {"ada": (11, 15), "first": (9, 15)}
    assert totals(plain_course) == expected
    assert [outcome.problem for outcome in autograde_class(plain_course, force=True)] == ["", ""]
    assert totals(plain_course) == expected


def test_partial_credit_by_nbgraders_own_command(course):
    edit(course, lambda named, cells: named["test-double"].update(source="2.5 if double(3) == 6 else 1.0"))
    update(course)
    voided.void_question(course, "test-double", "none")
    done = run("nbgrader", "autograde", NAME, "--force", cwd=course.root)
    assert done.returncode == 0, done.stderr
    assert totals(course) == VOID["test-double", "none"]
    voided.undo_void(course, "test-double")
    assert totals(course) == {"ada": (4.25, 5), "bob": (1, 5)}


def test_the_commands(course, grading):
    status, out, err = grading("void", "why", "--course", course.root, "--points", "full")
    assert (status, err) == (0, "") and out.startswith("why: everybody gets its points\n") and "autograde ps1" in out
    assert totals(course) == VOID["why", "full"]
    status, out, _ = grading("void", "--course", course.root)
    assert (status, out) == (0, "ps1/why: everybody gets its points\n")
    status, out, _ = grading("check", course.notebook("submitted", "bob"), "--course", course.root, "--json")
    cells = {cell["grade_id"]: (cell["score"], cell["max_score"]) for cell in json.loads(out)["cells"]}
    assert cells == {"test-double": (0, 3), "why": (2, 2)}
    status, _, err = grading("void", "because", "--course", course.root)
    assert (status, err) == (2, "error: no graded cell is called 'because'; there are test-double, why\n")
    status, _, err = grading("void", "test-doubel", "--course", course.root)
    assert (status, err) == (2, "error: no graded cell is called 'test-doubel': did you mean test-double?\n")
    status, out, _ = grading("void", "double", "--course", course.root, "--points", "full")  # as the table calls it
    assert status == 0 and out.startswith("test-double: everybody gets its points\n")
    assert grading("void", "double", "--course", course.root, "--undo")[0] == 0
    status, out, _ = grading("void", "why", "--course", course.root, "--undo")
    assert status == 0 and out.startswith("why counts again\n")
    status, out, _ = grading("void", "--course", course.root)
    assert (status, out) == (0, "no question of ps1 is void\n")


def test_everything_is_voided(course):
    voided.void_question(course, "why", "none")
    voided.void_question(course, "test-double", "none")
    write_feedback(course)
    assert "<strong>0</strong> of 0 points" in course.page("ada").read_text()
    assert read_class(course).max_score == 0
    nb = nbformat.read(course.notebook("autograded", "ada"), as_version=4)
    assert nb.cells
