"""The report about a class: its numbers, what it keeps to itself, and what it says where there is nothing to tell."""

import csv
import datetime
import html
import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import nbformat
import pytest

from grading.cli import report
from grading.course.course import Course
from grading.course.results import failures
from grading.exams.optimizers.families import FAMILIES
from grading.exams.optimizers.mutants import MISCONCEPTIONS
from grading.report import read_class, write_csv, write_page
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT, EXAM, LESSON, cell_of, lesson

SIZE = 200
WRONG = {  # a plausible class: a misconception, the checks that it costs, and how many of 200 hold it
    "momentum.averaged": (("sgd-momentum", "sgd-weight-decay"), 41),
    "adam.no_correction": (("adam-bias-correction",), 30),
    "adam.eps_inside": (("adam-epsilon",), 55),
    "adamw.coupled": (("adamw-decay", "adamw-moments"), 23),
    "state.alias_out": (("sgd-get-state",), 62),
}
HINT = "\nHint: "
CHECKS = lesson().checks  # of a test cell, the checks it asks for; to read them takes milliseconds, and that adds up


@pytest.fixture(scope="module")
def large_class(sample_class, tmp_path_factory):
    """200 students, made through nbgrader's API: the graded notebook of one, with other verdicts for each."""
    root, chance = tmp_path_factory.mktemp("large"), random.Random(7)
    shutil.copy(sample_class[0].root / "gradebook.db", root)
    perfect = nbformat.read(sample_class[0].notebook("autograded", "perfect"), as_version=4)
    perfect.cells = [cell for cell in perfect.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    course, names = Course(root), [f"student-{number:03}" for number in range(SIZE)]
    holders = {name: set(chance.sample(names, count)) for name, (_, count) in WRONG.items()}
    with course.gradebook() as gradebook:
        gradebook.db().expire_on_commit = False  # nbgrader commits every student, and would read everything again
        for student in [submission.student.id for submission in gradebook.assignment_submissions(ASSIGNMENT)]:
            gradebook.remove_student(student)
        gradebook.find_assignment(ASSIGNMENT).duedate = datetime.datetime(2026, 3, 1, 12)
        for number, student in enumerate(names):
            gradebook.add_student(student)
            late = datetime.timedelta(hours=number - 189)  # the last ten, by up to ten hours
            submission = gradebook.add_submission(ASSIGNMENT, student)
            submission.timestamp = datetime.datetime(2026, 3, 1, 12) + late
            failed = {}
            for name, (checks, _) in WRONG.items():
                if student in holders[name]:
                    failed |= {f"test-{check}": MISCONCEPTIONS[name] for check in checks}
            write_notebook(course, student, perfect, failed, seconds=1 + chance.expovariate(1), stopped=number == 150)
            for grade in submission.notebooks[0].grades:
                if grade.name in CHECKS:
                    grade.auto_score = 0 if grade.name in failed else grade.max_score
                    grade.needs_manual_grade = False
                else:
                    grade.needs_manual_grade = number >= 120
                    grade.manual_score = None if number >= 120 else 1.5
        gradebook.db.commit()
    course.notebook("autograded", "student-199").unlink()  # and one was no notebook
    course.notebook("submitted", "student-199").parent.mkdir(parents=True)
    course.notebook("submitted", "student-199").write_text("{")
    course.notebook("autograded", "student-198").write_text("no longer a notebook")
    return course, holders


def write_notebook(course, student, perfect, failed, seconds, stopped):
    for name, (check,) in CHECKS.items():
        cell = cell_of(perfect, name)
        held = failed.get(name)
        cell.outputs = []
        message = f"{check}: after step 1, it is off{HINT}{held.hint}" if held else ""
        cell.metadata["verdicts"] = [
            {"check": check, "message": message, "misconception": held.name if held else "", "belief": ""}
        ]
    perfect.metadata["usage"] = {"seconds": seconds, "cpu": seconds, "memory": 1}
    if stopped:
        perfect.metadata["usage"]["stopped"] = "it computed for more than 120 s"
    path = course.notebook("autograded", student)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(perfect))


@pytest.fixture(scope="module")
def found(large_class):
    return read_class(large_class[0])


def test_every_misconception_has_one_family():
    assert {EXAM.family_of(name) for name in MISCONCEPTIONS} == set(FAMILIES)
    patterns = Counter(pattern for family in FAMILIES for pattern in family.members)
    assert set(patterns.values()) == {1}
    prose = "\n".join(cell.source for cell in nbformat.read(LESSON, as_version=4).cells)
    for place in ("Part 2.2. A velocity adds up", "Question 4. Two kinds of decay"):  # to which suggestions point
        assert f"### {place}" in prose
    words = {family.suggestion for family in FAMILIES}
    assert len(words) == len(FAMILIES) and all(len(word) > 60 for word in words)


def test_the_numbers_of_a_large_class(large_class, found):
    _, holders = large_class
    readable = {f"student-{number:03}" for number in range(198)}
    held = {entry.name: set(entry.students) for entry in found.misconceptions}
    assert held == {name: students & readable for name, students in holders.items()}
    passed = {check.name: (check.passed, check.graded) for check in found.checks}
    ill = holders["adam.eps_inside"] - {"student-199"}
    assert passed["Adam: epsilon"] == (199 - len(ill), 199)
    assert passed["SGD: a plain step"] == (199, 199)
    assert sum(check.points for check in found.checks) == 90
    tell = {check.name for check in found.checks if check.discrimination is not None}
    assert "Adam: epsilon" in tell and "SGD: a plain step" not in tell  # which everybody passed
    assert len(found.scores) == 200 and len(found.waiting) == 80 and len(found.seconds) == 198
    assert sorted(found.late.values()) == list(range(1, 11))
    assert found.stopped == {"student-150": "it computed for more than 120 s"}
    assert list(found.ungradable) == ["student-199"] and found.ungradable["student-199"].startswith("not a notebook")
    assert list(found.unreadable) == ["student-198"]


def test_the_page_names_nobody_unless_asked(found, tmp_path):
    page = write_page(found, tmp_path / "report.html").read_text()
    numbers = write_csv(found, tmp_path / "report.csv").read_text()
    assert "student-" not in page + numbers
    named = write_page(found, tmp_path / "named.html", names=True).read_text()
    with_names = write_csv(found, tmp_path / "named.csv", names=True).read_text()
    assert "student-199" in named and "student-199" in with_names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["named.csv", "named.html", "report.csv", "report.html"]


def test_the_page_says_what_to_do(found, tmp_path):
    page = html.unescape(write_page(found, tmp_path / "report.html").read_text())
    rates = [int(rate) for rate in re.findall(r'<td class="number">(\d+)\u00a0%', page)]
    assert rates == sorted(rates) and len(rates) == len(found.checks) and rates[0] < 75  # the hardest first
    held = next(entry for entry in found.misconceptions if entry.name == "adam.eps_inside")
    assert EXAM.family_of("adam.eps_inside").suggestion in page and held.belief in page and held.hint in page
    assert f'<span class="count">{len(held.students)} students</span>: {held.belief}.' in page
    assert page.count('<td class="number">80</td><td class="number">0</td>') == 5  # answers to each question
    assert "1 student</span>: it computed for more than 120 s" in page
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(pictures) == 2
    for picture in map(ElementTree.fromstring, pictures):
        assert picture.get("role") == "img" and len(picture.get("aria-label")) > 40
    assert "<script" not in page and "http-equiv" in page


def test_the_csv_has_the_same_numbers(found, tmp_path):
    with open(write_csv(found, tmp_path / "report.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter(row["what"] for row in rows)
    assert kinds["score"] == 200 and kinds["check passed"] == len(CHECKS) and kinds["seconds"] == 198
    beliefs = {row["name"]: int(row["count"]) for row in rows if row["what"] == "misconception"}
    assert beliefs == {entry.name: len(entry.students) for entry in found.misconceptions}


def test_the_sample_class(sample_class):
    found = read_class(sample_class[0])
    held = {entry.name: entry.students for entry in found.misconceptions}
    assert held["adam.eps_inside"] == ("adam-epsilon-in-root", "edited-tests")
    assert held["momentum.averaged"] == ("sgd-averaged-velocity",)
    assert found.unwritten == ["untouched"]
    assert found.ungradable["no-notebook"] == "no such file" and len(found.ungradable) == 2
    assert len(found.seconds) == 12 and not found.late and not found.stopped
    assert [students for students in found.unexplained.values() if "untouched" in students] == []
    assert found.broken["adam: SyntaxError"] == ["adam-broken-cell"]
    assert [students for students in found.unexplained.values() if "adam-broken-cell" in students] == []


def test_without_the_sandbox_beliefs_come_from_the_hints(sample_class, tmp_path):
    shutil.copy(sample_class[0].root / "gradebook.db", tmp_path)
    shutil.copytree(sample_class[0].root / "autograded", tmp_path / "autograded")
    for path in tmp_path.glob("autograded/*/*/*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        nb.metadata.pop("usage", None)
        for cell in nb.cells:
            cell.metadata.pop("verdicts", None)
        path.chmod(0o644)
        nbformat.write(nb, path)
    found, right = read_class(Course(tmp_path)), read_class(sample_class[0])
    assert [(h.name, h.students) for h in found.misconceptions] == [(h.name, h.students) for h in right.misconceptions]
    assert found.seconds == {} and "is not known" in write_page(found, tmp_path / "report.html").read_text()


def test_the_report_takes_no_word_for_the_graders_that_a_submission_says(forger_of_words, tmp_path):
    nb = nbformat.read(forger_of_words.notebook("autograded", "words"), as_version=4)
    errors = [output.ename for cell in nb.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert "Stopped" in errors and "stopped" not in nb.metadata["usage"]
    assert "Hint: Full marks" in str(failures(nb)["test-q1-adam-state"]), "or nothing was forged"
    found = read_class(forger_of_words)
    assert not found.stopped and not found.slips and not found.misconceptions
    assert found.unexplained["Question 1. Memory: adam state"] == ["words"]
    page = write_page(found, tmp_path / "report.html", names=True).read_text()
    numbers = write_csv(found, tmp_path / "report.csv", names=True).read_text()
    assert "Full marks" not in page + numbers and "more than 1000 s" not in page + numbers


def test_the_command(sample_class, tmp_path):
    command = [sys.executable, "-m", "grading", "report", "--course", sample_class[0].root,
               "-o", tmp_path / "page.html", "--csv", tmp_path / "n.csv"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.html").exists() and (tmp_path / "n.csv").exists()
    assert "adam-epsilon-in-root" not in (tmp_path / "page.html").read_text()


def test_a_page_that_cannot_be_written_is_one_line(sample_class, tmp_path):
    with pytest.raises(CourseError, match="nowhere/report.html cannot be written: No such file or directory"):
        report(course=sample_class[0].root, page=tmp_path / "nowhere" / "report.html")


def test_a_class_with_nothing_to_tell(sample_class, tmp_path):
    with pytest.raises(CourseError, match="no gradebook yet"):
        read_class(Course(tmp_path))
    shutil.copy(sample_class[0].root / "gradebook.db", tmp_path)
    course = Course(tmp_path)
    with course.gradebook() as gradebook:
        for submission in list(gradebook.assignment_submissions(ASSIGNMENT)):
            gradebook.remove_student(submission.student.id)
    with pytest.raises(CourseError, match="nobody has handed anything in"):
        read_class(course)
    shutil.copytree(sample_class[0].folder("submitted", "perfect"), course.folder("submitted", "perfect"))
    with pytest.raises(CourseError, match="1 handed in, none of them graded: run"):
        read_class(course)


@pytest.mark.parametrize("damage", [b"no database at all, but long enough to be looked at" * 50, None])
def test_a_damaged_gradebook_is_one_line(sample_class, tmp_path, damage):
    data = (sample_class[0].root / "gradebook.db").read_bytes()
    half = bytearray(data)
    half[4096 * 2 :] = bytes(len(data) - 4096 * 2)
    (tmp_path / "gradebook.db").write_bytes(damage or bytes(half))
    with pytest.raises(CourseError, match=r"^\S+gradebook.db cannot be read \(.+\): put a copy of it back.+$"):
        read_class(Course(tmp_path))
