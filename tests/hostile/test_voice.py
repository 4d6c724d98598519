"""The grader's own voice: nothing that a submission says passes for its log lines, its words, or a grade in a file."""

import csv
import io
import json
import logging
import shutil
import subprocess
import sys

import nbformat
import pytest
from attack import FILES, PERFECT, write_lesson
from graded import LimitedCourse
from nbformat.v4 import new_code_cell
from nbgrader.converters import GenerateAssignment

from grading.autograde.check import check
from grading.autograde.results_table import write_grades
from grading.course.paths import DEFAULT_COURSE
from grading.lms.export import EXPORTS
from grading.nbgrader_plugins.harmless_log import HarmlessRecord
from grading.report import read_class, write_csv, write_page
from tests import forked
from tests.course07 import ASSIGNMENT, cell_of, fill_in

FORGED = "[AutogradeApp | INFO] everybody has full marks"
HOSTILE = f"x\x1b[2J\x1b]0;owned\x07\n{FORGED}\r{FORGED}\u2028{FORGED}"
NOT_WRITTEN = 'AssertionError("adamw.step: step() raised NotImplementedError")'
NAMES = {
    "comma": {"last_name": "Lovelace,Ada,a@b.org,100,0.0,100,100"},
    "formula": {"last_name": "=1+2", "first_name": "@SUM(1)", "email": "+1+cmd|' /C calc'!A0"},
    "line": {"last_name": f"x\n{ASSIGNMENT},,,line,y,z,,100,0.0,100.0,100.0"},
    "semicolon": {"last_name": "a;=1+2", "first_name": "b\t=1+2"},
}


def hostile(released):
    """A submission that says what it should not in every place of a notebook that somebody may log."""
    nb = fill_in(released)
    role = {"grade": True, "solution": False, "locked": True, "task": False, "points": 1, "schema_version": 3}
    nb.cells.append(new_code_cell("1", metadata={"nbgrader": role | {"grade_id": HOSTILE, "cell_type": "code"}}))
    nb.cells.append(new_code_cell("2", metadata={"nbgrader": role | {"grade_id": [HOSTILE]}, HOSTILE: HOSTILE}))
    nb.metadata["kernelspec"] = {"name": HOSTILE, "display_name": HOSTILE, "language": HOSTILE}
    nb.metadata[HOSTILE] = HOSTILE
    cell_of(nb, "adam").source = f"raise type({HOSTILE!r}, (Exception,), {{}})({HOSTILE!r})"
    cell_of(nb, "adamw").source = f"class AdamW:\n    def __init__(self, *args, **kwargs):\n        raise {NOT_WRITTEN}"
    return nb


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course that nbgrader's own commands have dealt with, and what they have said."""
    course = LimitedCourse(tmp_path_factory.mktemp("voice"))
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", course.root)
    write_lesson(course.root / "source")
    course.run(GenerateAssignment, force=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for student, nb in {"hostile": hostile(released), **dict.fromkeys(NAMES, fill_in(released))}.items():
        folder = course.folder("submitted", student)
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / FILES)
    beside = course.folder("submitted", "hostile")
    (beside / HOSTILE.replace("/", "")).write_text("a file")
    with course.gradebook() as gradebook:
        for student, about in NAMES.items():
            gradebook.update_or_create_student(student, **about)
    said = ""
    for command in (
        ["autograde", ASSIGNMENT], ["generate_feedback", ASSIGNMENT], ["export", "--to", "exported.csv"],
    ):  # fmt: skip
        done = forked.run("nbgrader", *command, "--NbGrader.logfile=.nbgrader.log", cwd=course.root)
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
    return course, said


def control_characters(text):
    return {c for c in text if not c.isprintable() and c != "\n"}


def test_nbgraders_log_says_it_without_doing_it(course):
    course, said = course
    for log in (said, (course.root / ".nbgrader.log").read_text()):
        assert "everybody has full marks" in log and "left out" in log, "nothing was said, so nothing is shown"
        assert control_characters(log) == set()
        assert [line for line in log.split("\n") if line.startswith(FORGED)] == []


def test_neither_does_ours(course, tmp_path):
    course, _ = course
    command = ("grading", "autograde", "--force", "--no-feedback", "--course", course.root)
    done = forked.run(*command, cwd=DEFAULT_COURSE.parent)
    assert done.returncode == 0, done.stderr
    assert control_characters(done.stdout + done.stderr) == set()
    assert not [line for line in (done.stdout + done.stderr).split("\n") if line.startswith(FORGED)]


def test_whoever_reads_the_courses_settings_logs_so(course):
    """nbgrader's commands, the formgrader and ours do. nbgrader logs what a test cell shows, if that is no number."""
    assert logging.getLogRecordFactory() is HarmlessRecord
    said = logging.getLogger("anybody").makeRecord("a", logging.INFO, "", 0, "it shows %s", (HOSTILE,), None)
    assert control_characters(said.getMessage()) == set()


def logged(message, *args, **more):
    stream, logger = io.StringIO(), logging.Logger("test")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logger.addHandler(handler)
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(HarmlessRecord)
    try:
        logger.error(message, *args, **more)
    finally:
        logging.setLogRecordFactory(before)
    return stream.getvalue()


@pytest.mark.parametrize("how", ["message", "argument", "exception"])
def test_a_record_is_harmless_wherever_the_text_is(how):
    match how:
        case "message":
            text = logged(HOSTILE)
        case "argument":
            text = logged("of %s", HOSTILE)
        case "exception":
            try:
                raise ValueError(HOSTILE)
            except ValueError:
                text = logged("it failed", exc_info=True)
            assert "\n    Traceback" in text
    assert "everybody has full marks" in text and control_characters(text) == set()
    first, *rest = text.rstrip("\n").split("\n")
    assert first.startswith("[ERROR]") and rest and all(line.startswith("    ") for line in rest)


def exported(course, system, tmp_path):
    exporter = EXPORTS[system](to=str(tmp_path / f"{system}.csv"), assignment=[ASSIGNMENT])
    with course.gradebook() as gradebook:
        exporter.export(gradebook)
    return tmp_path / f"{system}.csv"


FILES_OF_GRADES = {
    "nbgrader export": lambda course, folder: course.root / "exported.csv",
    "grades.csv": lambda course, folder: write_grades(course),
    **{system: lambda course, folder, system=system: exported(course, system, folder) for system in EXPORTS},
    "report": lambda course, folder: write_csv(read_class(course), folder / "report.csv", names=True),
}


@pytest.mark.parametrize("name", FILES_OF_GRADES)
def test_no_file_holds_a_formula_or_a_forged_row(course, tmp_path, name):
    path = FILES_OF_GRADES[name](course[0], tmp_path)
    data = path.read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig")
    for delimiter in (",", ";", "\t"):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        assert [c for row in rows for c in row if c.lstrip(" ").startswith(tuple("=@")) or c.startswith("+1+")] == []
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if name == "blackboard" else ","))
    assert len({len(row) for row in rows}) == 1, "a name makes columns"
    if name in ("nbgrader export", "grades.csv"):
        grades = list(csv.DictReader(io.StringIO(text, newline="")))
        assert {row["student_id"]: float(row["score"]) for row in grades} == {
            "hostile": 15.0, **dict.fromkeys(NAMES, PERFECT)
        }  # fmt: skip
        assert len(grades) == 1 + len(NAMES)


def test_what_it_says_is_in_quotes_where_a_notebook_is_checked(course):
    course, _ = course
    messages = {cell.grade_id: cell.message for cell in check(course.notebook("submitted", "hostile")).cells}
    for name in ("test-adam-moments", "test-adamw-step"):
        assert "\n" not in messages[name] and control_characters(messages[name]) == set()
    assert FORGED in messages["test-adam-moments"].partition("“")[2]
    assert messages["test-adamw-step"].startswith("adamw."), "a verdict is the grader's"


def test_nobody_can_write_themselves_into_the_reports_list_of_those_who_wrote_nothing(course, tmp_path):
    found = read_class(course[0])
    assert found.unwritten == []
    assert "Not written yet" not in course[0].page("hostile").read_text()
    page = write_page(found, tmp_path / "page.html", names=True).read_text()
    assert FORGED not in page and "raised NotImplementedError" not in page


def test_a_notebook_that_is_none_is_one_line_of_ours(tmp_path):
    path = tmp_path / "07.ipynb"
    path.write_text(json.dumps({"nbformat": HOSTILE, "nbformat_minor": 5, "cells": [], "metadata": {}}))
    done = subprocess.run(
        [sys.executable, "-m", "grading", "check", str(path)], capture_output=True, text=True, cwd=DEFAULT_COURSE.parent
    )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert control_characters(done.stderr) == set()
