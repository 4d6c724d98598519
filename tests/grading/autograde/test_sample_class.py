"""The class that `python -m grading sample` makes gets the grades it should, and keeps them."""

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from scores import FAILED, SCORES

from grading.autograde.class_grader import Outcome, autograde_class, write_feedback
from grading.autograde.results_table import results_table, write_grades
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.results import failures
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT, SAMPLE_CLASS, make_sample_class


def scores(course):
    with course.gradebook() as gradebook:
        return {submission.student.id: submission.score for submission in gradebook.assignment_submissions(ASSIGNMENT)}


def is_lost(grade):
    return grade.score < grade.max_score and not grade.needs_manual_grade


def failed(course, student):
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {grade.name.removeprefix("test-") for grade in grades if is_lost(grade)}


def test_every_sample_student_is_expected_somewhere():
    assert set(SAMPLE_CLASS) == set(SCORES) == set(FAILED)


def test_scores_are_exact(sample_class):
    course, _ = sample_class
    assert scores(course) == SCORES


@pytest.mark.parametrize("student", [name for name, checks in FAILED.items() if checks is not None])
def test_only_the_checks_of_the_mistake_fail(sample_class, student):
    assert failed(sample_class[0], student) == FAILED[student]


def test_what_cannot_be_graded_is_reported_and_the_rest_is_graded(sample_class):
    _, problems = sample_class
    assert problems["no-notebook"] == "not graded: no such file"
    assert problems["not-json"].startswith("not graded: not a notebook (")
    assert [name for name, problem in problems.items() if problem] == ["no-notebook", "not-json"]


def test_a_failed_check_says_what_went_wrong(sample_class):
    graded = nbformat.read(sample_class[0].notebook("autograded", "sgd-averaged-velocity"), as_version=4)
    messages = {name: failure.message for name, failure in failures(graded).items()}
    assert messages["test-sgd-momentum"].startswith("sgd.momentum: after step 1, the velocity")
    assert "\nHint: Your velocity settles at the size of the gradient." in messages["test-sgd-momentum"]
    assert messages["test-sgd-step"] == ""


def test_a_broken_cell_is_named_where_its_class_is_missed(sample_class):
    graded = nbformat.read(sample_class[0].notebook("autograded", "adam-broken-cell"), as_version=4)
    assert str(failures(graded)["test-adam-moments"]).startswith(
        "NameError: name 'Adam' is not defined\nThe cell 'adam' did not run: SyntaxError: expected ':'"
    )


def test_the_table_names_everybody(sample_class):
    course, problems = sample_class
    outcomes = autograde_class(course)  # nothing is left to do
    assert {outcome.student: outcome.problem for outcome in outcomes} == problems
    table = results_table(course, outcomes)
    assert list(table.columns[0].cells) == sorted(SAMPLE_CLASS)
    assert dict(zip(table.columns[0].cells, table.columns[1].cells, strict=True))["edited-tests"] == "87 / 100"
    failures = dict(zip(table.columns[0].cells, table.columns[2].cells, strict=True))
    assert failures["untouched"] == "everything"
    assert failures["perfect"] == "(5 answers to grade by hand)"
    assert failures["edited-tests"] == "adam-epsilon (5 answers to grade by hand)"


def test_the_table_says_everything_also_where_answers_wait(sample_class, tmp_path):
    course = Course(tmp_path)
    shutil.copy(sample_class[0].root / "gradebook.db", tmp_path)
    with course.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook(course.assignment, course.assignment, "untouched")
        for grade in notebook.grades:
            if grade.cell.name in ("q1-answer", "q2-answer"):
                grade.needs_manual_grade = True
        gradebook.db.commit()
        assert last_column(course, "untouched") == "everything (2 answers to grade by hand)"
        next(grade for grade in notebook.grades if grade.cell.name == "q3-answer").manual_score = 1.5
        gradebook.db.commit()
    assert "q3-answer (1.5 of 2)" in last_column(course, "untouched")


def last_column(course, student):
    """What the table says of a student in its last column."""
    (text,) = results_table(course, [Outcome(student)]).columns[2].cells
    return text


def test_grades_csv_holds_the_same_scores(sample_class):
    course, _ = sample_class
    with open(write_grades(course), newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {student: float(row["score"]) for student, row in rows.items()} == SCORES
    assert not (course.root / ".grades.csv.partial").exists()


def test_feedback_is_there_for_everybody_graded(sample_class):
    course, problems = sample_class
    for student, problem in problems.items():
        page = course.folder("feedback", student) / f"{ASSIGNMENT}.html"
        assert page.exists() == (not problem)


def test_grading_again_touches_nothing_that_is_up_to_date(sample_class):
    course, _ = sample_class
    pages = sorted([*course.root.glob("autograded/*/*/*.ipynb"), *course.root.glob("feedback/*/*/*.html")])
    before = [page.stat().st_mtime_ns for page in pages]
    autograde_class(course)
    assert [page.stat().st_mtime_ns for page in pages] == before


def test_a_resubmission_is_graded_again(sample_class, tmp_path):
    course = only(tmp_path, "adam-epsilon-in-root", "perfect")
    autograde_class(course)
    assert scores(course) == {"adam-epsilon-in-root": 87.0, "perfect": 90.0}
    course.notebook("submitted", "adam-epsilon-in-root").write_bytes(
        course.notebook("submitted", "perfect").read_bytes()
    )
    autograde_class(course)
    assert scores(course) == {"adam-epsilon-in-root": 90.0, "perfect": 90.0}
    course.notebook("submitted", "perfect").write_text("no longer a notebook")
    autograde_class(course)
    assert scores(course) == {"adam-epsilon-in-root": 90.0, "perfect": 90.0}, "the grade of the older file stays"
    assert course.notebook("autograded", "perfect").exists()


def only(root, *students):
    """A course in which only these sample students have handed something in."""
    course = Course(root)
    make_sample_class(course)
    for name in set(SAMPLE_CLASS) - set(students):
        folder = course.folder("submitted", name)
        for path in folder.glob("*"):
            path.unlink()
        folder.rmdir()
        folder.parent.rmdir()
    return course


def begin(course):
    """Start grading; return when somebody is graded, and others are not."""
    before = len(list(course.root.glob("autograded/*")))
    return started(course, lambda process: len(list(course.root.glob("autograded/*"))) > before)


def started(course, is_time):
    """Start grading; return when it is time."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    hears = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a shell's background jobs do not
    process = subprocess.Popen(command(course), start_new_session=True, text=True, **pipes, **hears)
    deadline = time.monotonic() + 120
    while not is_time(process):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    return process


def command(course):
    return [sys.executable, "-m", "grading", "autograde", "--course", str(course.root), "--workers", "1"]


def whole(course):
    return {path.parent.parent.name: path.stat().st_mtime_ns for path in course.root.glob("autograded/*/*/*.ipynb")}


def test_stopped_and_killed_in_the_middle_and_run_again(tmp_path):
    students = sorted(SCORES)  # several of them are graded in a second, and then written down together
    course = only(tmp_path, *students)
    process = begin(course)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: the workers hear it, too
    _, said = process.communicate()
    assert process.returncode == 130 and said.endswith("stopped; run the same again to go on from here\n"), said
    stopped = whole(course)
    assert stopped and "untouched" not in stopped and "Traceback" not in said

    process = begin(course)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert stopped.items() <= whole(course).items() and "untouched" not in whole(course)

    done = subprocess.run(command(course), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert stopped.items() <= whole(course).items()
    assert scores(course) == {student: SCORES[student] for student in students}
    assert "adamw-coupled" in done.stdout and "79 / 100" in done.stdout


def run_in(temporary, course):
    environment = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.run(command(course), env=environment, capture_output=True, text=True)


def test_workers_leave_nothing_among_the_temporary_files(tmp_path):
    course = only(tmp_path, "perfect")
    with tempfile.TemporaryDirectory() as temporary:
        done = run_in(temporary, course)
        assert "1 of 1 submissions are graded" in done.stdout, done.stderr
        assert not list(Path(temporary).glob("grading-*"))


def test_a_temporary_folder_that_no_socket_can_be_in_is_named(tmp_path):
    temporary = tmp_path / ("x" * 100)
    temporary.mkdir()
    done = run_in(temporary, Course(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: workers cannot be started from {temporary}/")
    assert line.endswith(" (AF_UNIX path too long): set TMPDIR to a short path")


@pytest.mark.parametrize("children", [1, 2, 3])
def test_stopped_while_it_loads(children, tmp_path):
    """One after the other, it starts the template of submissions, a tracker of resources, and the fork server."""
    course = only(tmp_path, "perfect")
    listed = "/proc/{0}/task/{0}/children"
    process = started(course, lambda process: len(Path(listed.format(process.pid)).read_text().split()) >= children)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said in ("", "stopped; run the same again to go on from here\n")  # as long as it loads, nothing is stopped
    assert not whole(course)


def test_the_sample_class_never_mixes_with_a_real_one(sample_class, tmp_path):
    course, _ = sample_class
    with pytest.raises(CourseError, match="not empty"):
        make_sample_class(course)
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted" / "roster.txt").write_text("someone's notes")
    with pytest.raises(CourseError, match="not empty"):
        make_sample_class(Course(tmp_path))


def test_grading_before_the_assignment_was_generated(tmp_path):
    with pytest.raises(CourseError, match="nbgrader generate_assignment 07_optimizers"):
        autograde_class(Course(tmp_path))


def test_a_class_of_zero(sample_class, tmp_path):
    shutil.copy(sample_class[0].root / "gradebook.db", tmp_path)
    for step in (autograde_class, write_feedback):
        with pytest.raises(CourseError, match="nobody has handed anything in: there is no .*/submitted/STUDENT/07_opt"):
            step(Course(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]


def test_the_grades_of_a_submission_are_found_without_looking_through_those_of_the_class(sample_class, tmp_path):
    def answer(question):
        # On a connection of its own: SQLite plans by the tables it knows of, and looks for new ones when it reads.
        with closing(sqlite3.connect(tmp_path / "gradebook.db")) as gradebook:
            return [row[-1] for row in gradebook.execute(question)]

    plan = "EXPLAIN QUERY PLAN SELECT sum(auto_score) FROM grade WHERE notebook_id = 'x'"
    shutil.copy(sample_class[0].root / "gradebook.db", tmp_path)
    answer("DROP INDEX ix_grade_notebook_id")  # as nbgrader's commands make it
    assert answer(plan) == ["SCAN grade"]
    with GradebookWriter(Course(tmp_path)) as records:
        records.write([])
    assert answer(plan) == ["SEARCH grade USING INDEX ix_grade_notebook_id (notebook_id=?)"]
