"""Who is graded is what the gradebook says; what has changed since is graded again, and why is said."""

import json
import os
import shutil

import nbformat
import pytest
from nbgrader.converters import Autograde

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.autograde.currency import made_from, warning
from grading.course.course import Course
from grading.course.sample import generate_assignment
from grading.examiner.secret import SECRET_FILE, make_secret
from grading.report import read_class
from grading.util.errors import CourseError
from tests.grading.autograde.graded_class import class_of_three, course, edit, grade_again
from tests.grading.course.own_course import scores
from tests.plain_course import NAMES, filled_in, plain_course, plain_source, scores_in
from tests.plain_course import hand_in as hand_in_several

__all__ = ["class_of_three", "course", "plain_course", "plain_source"]  # fixtures
SCORES = {"ada": 3.0, "bob": 0.0, "cyd": 3.0}
EVERYBODY = list(SCORES)


def test_nobody_is_graded_twice(course):
    assert grade_again(course)[:3] == ([], [], [])
    assert warning(course) == ""


def test_a_new_gradebook_holds_no_grades(course):
    (course.root / "gradebook.db").unlink()
    generate_assignment(course, force=True)
    course = Course(course.root)
    problems = [outcome.problem for outcome in write_feedback(course)]
    assert len(problems) == 3 and all("the gradebook holds no grade" in problem for problem in problems)
    with pytest.raises(CourseError, match="3 handed in, none of them graded: run `python -m grading autograde`"):
        read_class(course)
    assert warning(course).startswith("3 without a current grade (3 have no grade in the gradebook)")
    assert grade_again(course)[:3] == (EVERYBODY, EVERYBODY, ["grading 3: 3 have no grade in the gradebook"])
    assert scores(course) == SCORES


def test_a_student_who_was_removed_is_graded_again(course):
    with course.gradebook() as gradebook:
        gradebook.remove_student("bob")
    assert [outcome.student for outcome in write_feedback(course) if outcome.problem] == ["bob"]
    assert read_class(course).ungraded == ["bob"]
    assert grade_again(course)[:3] == (["bob"], ["bob"], ["grading 1: 1 has no grade in the gradebook"])
    assert scores(course) == SCORES


def test_an_assignment_that_was_removed_and_generated_again(course):
    with course.gradebook() as gradebook:
        gradebook.remove_assignment("ps1")
    generate_assignment(course, force=True)
    assert grade_again(course)[0] == EVERYBODY
    assert scores(course) == SCORES


def test_an_older_gradebook_put_back(course):
    """With the autograded notebooks of then, and without: what is handed in now counts."""
    backup = course.root.with_name("backup")
    backup.mkdir()
    for name in ("gradebook.db", "autograded"):
        (shutil.copytree if name == "autograded" else shutil.copy)(course.root / name, backup / name)
    edit(course, "bob", "double", "def double(x):\n    return x + x")
    assert grade_again(course)[2] == ["grading 1: 1 handed in again"]
    assert scores(course) == SCORES | {"bob": 3.0}
    for with_notebooks in (False, True):
        shutil.copy(backup / "gradebook.db", course.root)
        if with_notebooks:
            shutil.rmtree(course.root / "autograded")
            shutil.copytree(backup / "autograded", course.root / "autograded", copy_function=shutil.copyfile)
        assert scores(course) == SCORES
        assert grade_again(course)[0] == ["bob"]
        assert scores(course) == SCORES | {"bob": 3.0}


def test_autograded_notebooks_that_are_gone_or_of_another_submission(course):
    older = course.notebook("autograded", "ada").read_bytes()
    shutil.rmtree(course.root / "autograded" / "bob")
    gone = "because an autograded notebook is missing, or of another submission"
    assert grade_again(course)[:3] == (["bob"], ["bob"], [f"grading 1: 1 {gone}"])
    edit(course, "ada", "double", "def double(x):\n    return x + x")
    grade_again(course)
    course.notebook("autograded", "ada").write_bytes(older)
    assert grade_again(course)[2] == [f"grading 1: 1 {gone}"]


def test_a_changed_assignment_is_graded_again_only_when_it_was_generated(course):
    path = course.lesson_path
    nb = nbformat.read(path, as_version=4)
    nb.cells[2].source = nb.cells[2].source.replace("double(3) == 6", "double(3) == 9")
    nb.cells[2].metadata.nbgrader.points = 4
    nbformat.write(nb, path)
    course = Course(course.root)
    with pytest.raises(CourseError, match="is not as it was generated"):
        grade_again(course)
    generate_assignment(course, force=True)
    edit(course, "cyd", "double", "def double(x):\n    return 3 * x")
    assert grade_again(course)[2] == [
        "grading 3: 1 handed in again, 2 because the assignment was generated again",
    ]
    assert scores(course) == {"ada": 0.0, "bob": 0.0, "cyd": 0.0}
    generate_assignment(course, force=True)
    assert grade_again(course)[:3] == ([], [], []), "generated again, and nothing has changed"
    os.utime(path)
    assert grade_again(course)[0] == []


def test_a_file_beside_the_notebook_belongs_to_the_assignment(course):
    (course.source_folder / "numbers.txt").write_text("1\n")
    assert grade_again(course)[2] == ["grading 3: 3 because the files beside the assignment have changed"]


def test_an_exam_that_has_changed_grades_again(course):
    make_secret(course.root)
    (course.exams_folder / "ps1.py").write_text('"""An exam without checks."""\n')
    assert grade_again(course)[2] == ["grading 3: 3 because what judges it has changed"]
    os.utime(course.exams_folder / "ps1.py")
    assert grade_again(course)[0] == []


def test_what_is_not_known_is_graded_again(course):
    """A gradebook that an older version has written, or nbgrader alone."""
    with course.gradebook() as gradebook, gradebook.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE grading_record")
    unknown = "because it is not known what the grade was made from"
    assert grade_again(course)[2] == [f"grading 3: 3 {unknown}"]


def test_what_nbgraders_own_command_has_graded_is_judged_too(course):
    edit(course, "bob", "double", "def double(x):\n    return x + x")
    course.run(Autograde, student_id="bob", force=True)
    assert scores(course) == SCORES | {"bob": 3.0}
    assert grade_again(course)[0] == [], "nbgrader has graded what is handed in"
    edit(course, "bob", "double", "def double(x):\n    return x")
    assert grade_again(course)[2] == ["grading 1: 1 handed in again"]
    assert scores(course) == SCORES


def test_the_report_names_who_has_changed_since(course):
    edit(course, "bob", "double", "def double(x):\n    return x + x")
    assert read_class(course).outdated == {"bob": "handed in again"}
    assert warning(course) == "1 without a current grade (1 handed in again): run `python -m grading autograde`"


@pytest.mark.parametrize("text", ["{", "", '{"cells": []}'])
def test_a_newer_file_that_cannot_be_graded_does_not_wipe_the_older_grade(course, text):
    course.notebook("submitted", "ada").write_text(text)
    page = course.page("ada").read_text()
    for _ in range(2):
        outcome = grade_again(course)[3]["ada"]
        assert outcome.problem.startswith("not graded: ")
        assert outcome.problem.endswith("; the grade of the older file stays") and not outcome.needs_person
        assert scores(course) == SCORES and course.page("ada").read_text() == page
    edit(course, "bob", "double", "def double(x):\n    return 2 * x")
    shutil.copy(course.notebook("submitted", "bob"), course.notebook("submitted", "ada"))
    assert grade_again(course)[3]["ada"].problem == ""


def test_of_several_notebooks_the_one_that_cannot_be_read_keeps_its_grade(plain_course):
    """One that was not handed in again has none any more."""
    first, second, third = NAMES
    hand_in_several(plain_course, "ada", {name: filled_in(plain_course, name) for name in NAMES})
    autograde_class(plain_course)
    hand_in_several(plain_course, "ada", {third: "{"})
    for _ in range(2):
        assert grade_again(plain_course)[3]["ada"].lacking.endswith("; the grade of the older file stays")
        assert scores_in(plain_course) == {"ada": (7.0, 0.0, 3.0)}
        assert plain_course.page("ada", third).exists()
    plain_course.notebook("submitted", "ada", third).unlink()
    assert grade_again(plain_course)[3]["ada"].lacking == f"{third}.ipynb: no such file"
    assert scores_in(plain_course) == {"ada": (7.0, 0.0, 0.0)}
    assert not plain_course.page("ada", third).exists()
    plain_course.notebook("autograded", "ada", second).unlink()
    assert grade_again(plain_course)[0] == ["ada"]
    assert plain_course.notebook("autograded", "ada", second).exists()


def test_a_first_file_that_cannot_be_graded_scores_zero(course):
    place = course.notebook("submitted", "dan")
    place.parent.mkdir(parents=True)
    place.write_text("{")
    for _ in range(2):
        problem = grade_again(course)[3]["dan"].problem
        assert problem.startswith("not graded: ") and "older" not in problem
    assert scores(course) == SCORES | {"dan": 0.0}


def test_without_feedback_pages_come_with_the_next_run(course):
    edit(course, "bob", "double", "def double(x):\n    return x + x")
    assert grade_again(course, feedback=False)[1] == []
    assert grade_again(course)[:2] == ([], ["bob"])


def test_force_says_that_it_is_the_reason(course):
    assert grade_again(course, force=True)[2] == ["grading 3: 3 because of --force"]
    assert autograde_class(course)


def test_what_an_autograded_notebook_says_it_was_made_from(tmp_path):
    """What a student writes into a cell is not taken for what the grader has written."""
    path, ours, theirs = tmp_path / "graded.ipynb", {"submission": "a" * 64, "judged_by": "c" * 64}, "b" * 64
    text = f'x\n  "submission": "{theirs}"\n  "judged_by": "{theirs}"\n'
    forged = nbformat.v4.new_markdown_cell(text, metadata={"submission": theirs, "judged_by": theirs})
    nb = nbformat.v4.new_notebook(cells=[forged], metadata=ours | {"usage": {"submission": theirs}})
    nbformat.write(nb, path)
    assert made_from(path) == ("a" * 64, "c" * 64)
    path.write_text(json.dumps(nb))
    assert made_from(path) == ("a" * 64, "c" * 64), "written by another program"
    for damaged in (path.read_text()[:-10], "{}", "[]", "", "[" * 100_000):
        path.write_text(damaged)
        assert made_from(path) is None
    assert made_from(tmp_path) is None


def test_an_older_gradebook_does_not_go_with_notebooks_that_were_judged_by_other_tests(course):
    shutil.copy(course.root / "gradebook.db", course.root / "backup.db")
    nb = nbformat.read(course.lesson_path, as_version=4)
    nb.cells[2].source = nb.cells[2].source.replace("double(3) == 6", "double(3) == 9")
    nbformat.write(nb, course.lesson_path)
    generate_assignment(course, force=True)
    grade_again(course)
    assert scores(course) == dict.fromkeys(SCORES, 0.0)
    shutil.copy(course.root / "backup.db", course.root / "gradebook.db")
    with pytest.raises(CourseError, match="is not as it was generated"):
        grade_again(course)
    generate_assignment(course, force=True)
    assert grade_again(course)[0] == EVERYBODY
    assert scores(course) == dict.fromkeys(SCORES, 0.0), "the tests are those of the lesson"


def test_an_exam_that_comes_after_plain_asserts_gets_its_secret(course):
    exam = course.exams_folder / "ps1.py"
    exam.parent.mkdir(exist_ok=True)
    exam.write_text(
        "from grading.examiner import call, check\n\n\n"
        '@check("ps1.double", about="twice")\ndef cases(rng):\n    yield call(rng.normal())\n'
    )
    lesson = nbformat.read(course.lesson_path, as_version=4)
    test = next(cell for cell in lesson.cells if cell.id == "test")
    asks = 'from grading.examiner import examine\nexamine("ps1.double", double)'
    test.source = f"### BEGIN HIDDEN TESTS\n{asks}\n### END HIDDEN TESTS\n{test.source}"
    nbformat.write(lesson, course.lesson_path)
    generate_assignment(Course(course.root), force=True)
    assert grade_again(Course(course.root))[0] == EVERYBODY and (course.root / SECRET_FILE).exists()
    (course.root / SECRET_FILE).unlink()
    with pytest.raises(CourseError, match=f"{SECRET_FILE} is missing, and submissions are graded already"):
        autograde_class(Course(course.root), force=True)


def test_where_no_assignment_has_an_exam_audit_says_where_it_would_be(course, grading):
    where = course.exams_folder / "NAME.py"
    assert grading("audit", "--course", course.root) == (
        2,
        "",
        f"error: no assignment has an exam; it would be {where}\n",
    )
