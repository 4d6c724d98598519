"""nbgrader's own commands and its formgrader, unchanged, on this course."""

import csv
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from grading.course import ASSIGNMENT, HOME, Course

STUDENTS = ("adam-m-uncorrected", "perfect")


@pytest.fixture(scope="module")
def course(sample_class, tmp_path_factory):
    """A course folder like grading/, with two students in it, ready for nbgrader's commands."""
    root = tmp_path_factory.mktemp("stock")
    shutil.copy(HOME / "nbgrader_config.py", root)
    shutil.copytree(HOME / "source", root / "source")
    for student in STUDENTS:
        shutil.copytree(sample_class[0].root / "submitted" / student, root / "submitted" / student)
    return Course(root)


def nbgrader(course, *arguments):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def scores(course):
    with open(course.root / "grades.csv", newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_the_commands(course):
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    nbgrader(course, "autograde", ASSIGNMENT)
    nbgrader(course, "generate_feedback", ASSIGNMENT)
    nbgrader(course, "export", "--to", "grades.csv")
    assert scores(course) == {"adam-m-uncorrected": 79.0, "perfect": 90.0}
    for student in STUDENTS:
        assert (course.folder("feedback", student) / f"{ASSIGNMENT}.html").exists()


@pytest.fixture(scope="module")
def formgrader(course):
    """A Jupyter server in the course folder; calls its formgrader."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = open(course.root / "server.log", "w")  # noqa: SIM115 - the server writes to it until it ends
    server = subprocess.Popen(
        [Path(sys.executable).with_name("jupyter"), "server", "--no-browser", "--allow-root", "--ip=127.0.0.1",
         f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=secret",
         "--ServerApp.disable_check_xsrf=True"],
        cwd=course.root, stdout=log, stderr=log,
    )  # fmt: skip

    def call(path, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/formgrader/{path}", method=method)
        request.add_header("Authorization", "token secret")
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())

    deadline = time.monotonic() + 60
    while True:
        try:
            call("api/assignments")
            break
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None and time.monotonic() < deadline, Path(log.name).read_text()
            time.sleep(0.1)
    yield call
    server.terminate()
    server.wait()
    log.close()


def test_the_formgrader_lists_the_assignment_and_grades_a_submission(course, formgrader):
    (assignment,) = formgrader("api/assignments")
    assert (assignment["name"], assignment["max_score"]) == (ASSIGNMENT, 100)
    assert assignment["num_submissions"] == 2

    before = course.notebook("autograded", "perfect").stat().st_mtime_ns
    answer = formgrader(f"api/submission/{ASSIGNMENT}/perfect/autograde", "POST")
    assert answer["success"], answer
    assert course.notebook("autograded", "perfect").stat().st_mtime_ns > before
    submissions = {row["student"]: row for row in formgrader(f"api/submissions/{ASSIGNMENT}")}
    assert {name: row["score"] for name, row in submissions.items()} == {"adam-m-uncorrected": 79.0, "perfect": 90.0}
    assert all(row["autograded"] for row in submissions.values())
