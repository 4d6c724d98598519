"""nbgrader's own commands and its formgrader, unchanged, on this course."""

import csv
import json
import shutil
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from server import TOKEN, jupyter

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests import forked
from tests.course07 import ASSIGNMENT

STUDENTS = ("adam-m-uncorrected", "perfect")
# A page of a submission waits for a file, and says by another one that it does.
PAGES_WAIT = """
import time
from pathlib import Path

from grading.nbgrader_plugins import html_filters

html = html_filters.rendered


def rendered(source, pictures):
    Path("begun").touch()
    while Path("wait").exists():
        time.sleep(0.01)
    return html(source, pictures)


if Path("nbgrader_config.py").exists():  # the server, which runs in this folder; a test only reads the settings
    html_filters.rendered = rendered
c.FormgraderExporter.page_seconds = 60.0
"""


@pytest.fixture(scope="module")
def course(sample_class, tmp_path_factory):
    """A course folder like grading/, with two students in it, ready for nbgrader's commands."""
    root = tmp_path_factory.mktemp("stock")
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", root)
    shutil.copytree(DEFAULT_COURSE / "source", root / "source")
    for student in STUDENTS:
        shutil.copytree(sample_class[0].root / "submitted" / student, root / "submitted" / student)
    return Course(root)


def nbgrader(course, *arguments):
    done = forked.run("nbgrader", *arguments, cwd=course.root)
    assert done.returncode == 0, done.stderr


def scores(course):
    with open(course.root / "grades.csv", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_the_commands(course):
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    nbgrader(course, "autograde", ASSIGNMENT)
    nbgrader(course, "generate_feedback", ASSIGNMENT)
    nbgrader(course, "export", "--to", "grades.csv")
    assert scores(course) == {"adam-m-uncorrected": 82.0, "perfect": 90.0}
    for student in STUDENTS:
        assert (course.folder("feedback", student) / f"{ASSIGNMENT}.html").exists()


@pytest.fixture(scope="module")
def formgrader(course):
    """A Jupyter server in the course folder; calls its formgrader."""
    with open(course.root / "nbgrader_config.py", "a") as settings:
        settings.write(PAGES_WAIT)

    def call(path, method="GET"):
        request = urllib.request.Request(f"{address}/formgrader/{path}", method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read().decode()
            return json.loads(text) if path.startswith("api") else text

    with jupyter(course.root, "server", "--ServerApp.disable_check_xsrf=True") as address:
        yield call


def test_the_formgrader_lists_the_assignment_and_grades_a_submission(course, formgrader):
    (assignment,) = formgrader("api/assignments")
    assert (assignment["name"], assignment["max_score"]) == (ASSIGNMENT, 100)
    assert assignment["num_submissions"] == 2

    before = course.notebook("autograded", "perfect").stat().st_mtime_ns
    answer = formgrader(f"api/submission/{ASSIGNMENT}/perfect/autograde", "POST")
    assert answer["success"], answer
    assert course.notebook("autograded", "perfect").stat().st_mtime_ns > before
    submissions = {row["student"]: row for row in formgrader(f"api/submissions/{ASSIGNMENT}")}
    assert {name: row["score"] for name, row in submissions.items()} == {"adam-m-uncorrected": 82.0, "perfect": 90.0}
    assert all(row["autograded"] for row in submissions.values())


def test_the_formgrader_answers_others_while_it_makes_a_page(course, formgrader):
    (row, *_) = formgrader(f"api/submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
    begun, wait = course.root / "begun", course.root / "wait"
    begun.unlink(missing_ok=True)
    wait.touch()
    try:
        with ThreadPoolExecutor() as threads:
            page = threads.submit(formgrader, f"submissions/{row['id']}/")
            while not begun.exists():
                assert not page.done(), page.result()
                time.sleep(0.01)
            assert formgrader("api/assignments")[0]["name"] == ASSIGNMENT
            assert not page.done()
            wait.unlink()
            assert f"{ASSIGNMENT}.ipynb" in page.result() and "test-sgd-step" in page.result()
    finally:
        wait.unlink(missing_ok=True)
    assert "<h1" in formgrader(f"submissions/{row['id']}")  # without the slash at its end it is sent on
