"""What `export` warns of: who could not be graded, and what an upload would undo."""

import pytest
from test_export import BLACKBOARD, CANVAS, GRADESCOPE, MOODLE, SCORE_IN, TEMPLATES, export, give

from grading.autograde.class_grader import autograde_class
from grading.lms.cautions import listed
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT

HELD = {  # by system: the cells of Jane, who gets 87, and of Jürgen, who gets 62.12, as they are before
    "canvas": (CANVAS, '41,,80', '41,{},80', '42,,81', '42,{},81'),
    "moodle": (MOODLE, 'Submitted,,100.00,Yes,-\n"Participant 88', 'Submitted,{},100.00,Yes,-\n"Participant 88',
               "JM@example.edu,Submitted,,", "JM@example.edu,Submitted,{},"),
    "blackboard": (BLACKBOARD, '"5"\t""', '"5"\t"{}"', '"4"\t""', '"4"\t"{}"'),
    "gradescope": (GRADESCOPE, "jane@example.edu,,,", "jane@example.edu,,{},",
                   "jm@example.edu,,,", "jm@example.edu,,{},"),
}  # fmt: skip


def holding(system, jane, juergen):
    text, hers, her_cell, his, his_cell = HELD[system]
    assert text.count(hers) == text.count(his) == 1
    return text.replace(hers, her_cell.format(jane)).replace(his, his_cell.format(juergen))


@pytest.fixture
def graded(course):
    give(course, {"jdoe": 87.0, "jmueller": 62.125}, by_hand=False)
    return course


@pytest.mark.parametrize("system", list(TEMPLATES))
def test_what_a_score_takes_the_place_of_is_named(graded, system):
    sheet, warnings = export(graded, system, text=holding(system, "EX", "95"))
    template = graded.root / "template.csv"
    assert warnings == [
        f"a score takes the place of what stands in {template}, and the upload undoes that: jdoe (EX)",
        f"a lower score takes the place of a higher one in {template}: jmueller (95 to 62.12)",
    ]
    assert {"87", "62.12"} <= {row[SCORE_IN[system]] for row in sheet.rows}


@pytest.mark.parametrize("system", list(TEMPLATES))
@pytest.mark.parametrize("held", [("87", "62.12"), ("-", "n/a"), ("86.5", "0")])
def test_an_empty_cell_or_one_with_no_more_points_is_no_loss(graded, system, held):
    assert export(graded, system, text=holding(system, *held))[1] == []


def test_what_moodle_has_locked(graded):
    locked = MOODLE.replace("Submitted,,100.00,Yes", "Submitted,,100.00,No", 1)
    assert locked != MOODLE
    assert export(graded, "moodle", text=locked)[1] == ["Moodle says that these grades cannot be changed there: jdoe"]


def test_a_column_without_a_name_says_nothing(graded):
    assert export(graded, "canvas", text="\n".join(f"{line}," for line in CANVAS.splitlines()))[1] == []


def test_where_the_lesson_is_put_away_scores_are_written(graded, tmp_path, monkeypatch):
    graded.notebook("submitted", "later").parent.mkdir(parents=True)
    monkeypatch.setattr(type(graded), "lesson_paths", property(lambda course: notebooks_of(tmp_path)))
    sheet, warnings = export(graded, "canvas", text=CANVAS)
    assert warnings == [] and sheet.rows[3][6] == "87"


def notebooks_of(place):
    raise CourseError(f"there is none in {place}")


def test_who_is_in_only_one_of_both(course, grading):
    give(course, {"jdoe": 87.0, "stranger": 50.0}, by_hand=False)
    template = course.root / "template.csv"
    template.write_text(CANVAS, encoding="utf-8")
    status, out, err = grading("export", "--to", "canvas", "--template", template, "--course", course.root)
    left = "Müller, Jürgen; Nobody, Yet; Student, Test"
    assert status == 0 and f"not graded, and left as in {template}: {left}\n" in out
    assert err == f"warning: graded, but not in {template}: stranger; and in it, but not graded: {left}\n"


def test_who_could_not_be_graded_and_who_was_not_yet(course, grading):
    """`broken` has handed in no notebook; `later` has handed in after grading; `away` was put away since."""
    path = course.notebook("submitted", "broken")
    path.parent.mkdir(parents=True)
    path.write_text("{this is not a notebook")
    autograde_class(course, feedback=False)
    give(course, {"away": 0.0, "jdoe": 87.0}, by_hand=False)
    course.notebook("submitted", "later").parent.mkdir(parents=True)
    course.notebook("submitted", "later").write_text("{}")
    status, _, err = grading("export", "--to", "canvas", "--course", course.root)
    assert status == 0
    assert err.splitlines() == [
        "warning: could not be graded, and get 0: broken",
        "warning: handed in and not graded, so without a grade here: later",
    ]
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "broken").grades
        grades[0].manual_score = 3.0  # a person has read it
        gradebook.db.commit()
    assert "broken" not in grading("export", "--to", "canvas", "--course", course.root)[2]


def test_a_list_of_names_is_short_whatever_they_are():
    assert listed(["a" * 500, "b\nc", "\x1b[1m"]) == f"{'a' * 79}…, b c, \ufffd[1m"
    assert listed(["Lovelace, Ada", "Noether, Emmy"]) == "Lovelace, Ada; Noether, Emmy"
    assert listed(map(str, range(2000))) == "0, 1, 2, 3, 4, 5, 6, 7 and 1992 more"
