"""What the report says of who and what needs a person, what it counts once, and that it names nobody unasked."""

import csv
import html
import re
import shutil
from datetime import datetime, timedelta
from urllib.parse import unquote

import nbformat
import numpy as np
import pytest

from grading.course.course import Course
from grading.report import Links, read_class, write_csv, write_page
from grading.report.discrimination import discrimination
from tests.course07 import ASSIGNMENT, cell_of
from tests.grading.report.test_lookalikes import SGD, renamed

ABSENT = "leonhard <euler>"
DUE = datetime(2026, 3, 1, 12)


@pytest.fixture(scope="module")
def course(sample_class, tmp_path_factory):
    """The sample class, with one who was late, one whose answer is to be looked at again, one absent, and a copy."""
    root = tmp_path_factory.mktemp("needs")
    shutil.copy(sample_class[0].root / "gradebook.db", root)
    for step in ("submitted", "autograded", "feedback"):
        shutil.copytree(sample_class[0].root / step, root / step)
    course = Course(root)
    disguised = re.sub(r"^class \w+", "class SGD", renamed(SGD), flags=re.MULTILINE)
    for student, source in (("sgd-state-not-copied", SGD), ("sgd-import-error", disguised)):
        path = course.notebook("autograded", student)
        path.chmod(0o644)
        nb = nbformat.read(path, as_version=4)
        cell_of(nb, "sgd").source = source
        nbformat.write(nb, path)
    with course.gradebook() as gradebook:
        gradebook.add_student(ABSENT)
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        for student in ("perfect", "untouched"):
            gradebook.find_submission(ASSIGNMENT, student).timestamp = DUE + timedelta(hours=12)
        for grade in gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "edited-tests").grades:
            if grade.name in ("q1-answer", "q2-answer"):
                grade.manual_score, grade.needs_manual_grade = 2.0, grade.name == "q1-answer"
        gradebook.db.commit()
    return course


@pytest.fixture(scope="module")
def found(course):
    settings = Course.settings

    def strict(course):
        config = settings(course)
        config.PointsPerDay.points_per_day = 30.0
        return config

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Course, "settings", strict)
        return read_class(course)


def page_of(course, found, tmp_path, names):
    path = tmp_path / "report.html"
    return write_page(found, path, names, Links(course, path, "http://localhost:9999/formgrader/", names)).read_text()


def test_answers_are_counted_by_question_and_new_ones_apart(found):
    counts = {question.name: (question.new, question.again) for question in found.by_hand}
    assert list(counts)[0] == "Question 1. Memory" and len(counts) == 5
    assert counts["Question 1. Memory"] == (10, 1) and counts["Question 2. Steps and time"] == (10, 0)
    assert counts["Question 3. Bias correction"] == (11, 0)


def test_penalties_are_told_apart_from_scores(found, course, tmp_path):
    assert found.raw_scores["perfect"] == 90 and found.scores["perfect"] == 60
    assert found.raw_scores["untouched"] == found.scores["untouched"] == 0  # never below zero
    assert "median before late penalties" in page_of(course, found, tmp_path, names=False)


def test_a_cell_that_does_not_run_counts_once(found):
    assert found.broken == {"adam: SyntaxError": ["adam-broken-cell"], "sgd: ModuleNotFoundError": ["sgd-import-error"]}
    everywhere = [student for students in found.unexplained.values() for student in students]
    assert "adam-broken-cell" not in everywhere and "sgd-import-error" not in everywhere
    held = [student for entry in found.misconceptions for student in entry.students]
    assert len(held) == len(set(held))  # in the sample class everybody has one at most


def test_the_roster(found, course, tmp_path):
    assert found.absent == [ABSENT]
    page = html.unescape(page_of(course, found, tmp_path, names=True))
    assert (
        "14</b> handed in, of 15 on the roster" in page and "1 student</span>: on the roster, and no submission" in page
    )
    assert found.made.tzinfo and (datetime.now().astimezone() - found.made).total_seconds() < 3600
    assert f"Made on {found.made:%Y-%m-%d %H:%M}" in page


def test_nobody_is_named_unasked_not_even_in_a_link(found, course, tmp_path):
    page = unquote(html.unescape(page_of(course, found, tmp_path, names=False)))
    numbers = write_csv(found, tmp_path / "n.csv").read_text()
    for student in [*found.scores, ABSENT]:
        if student != "perfect":  # a word, too
            assert student not in page and student not in numbers
    assert "SlotsSGD" not in page and "class SGD" not in page  # nobody's code
    assert "1 pair</span>" in page and "no proof" in page
    assert Links(course, tmp_path / "report.html").feedback("perfect") == ""
    links = re.findall(r'<a href="([^"]*)"', page)
    assert set(links) == {f"http://localhost:9999/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}"}


def test_links_lead_to_feedback_and_to_the_formgrader(found, course, tmp_path):
    page = page_of(course, found, tmp_path, names=True)
    links = {unquote(html.unescape(link)) for link in re.findall(r'<a href="([^"]*)"', page)}
    pages = {link for link in links if not link.startswith("http")}
    assert len(pages) == 12 and all((tmp_path / link).resolve().is_file() for link in pages)
    assert f"http://localhost:9999/formgrader/manage_submissions/{ASSIGNMENT}" in links
    assert "leonhard &lt;euler&gt;" in page and "<euler>" not in page


def test_look_alikes_are_shown_side_by_side(found, course, tmp_path):
    (pair,) = found.lookalikes
    assert pair.students == ("sgd-import-error", "sgd-state-not-copied") and pair.cells == ("sgd",)
    page = page_of(course, found, tmp_path, names=True)
    one, other = re.findall(r"<pre.*?</pre>", page, re.DOTALL)
    assert "mine_" in one and "mine_" not in other
    assert one.count('class="shared"') > 20 < other.count('class="shared"')
    with open(write_csv(found, tmp_path / "n.csv", names=True), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["what"] == "look-alike"]
    assert [row["students"] for row in rows] == ["sgd-import-error sgd-state-not-copied"]


def test_discrimination_is_the_correlation_with_the_other_points():
    chance = np.random.default_rng(3)
    ability = chance.normal(size=200)
    results = {
        f"s{n}": {"tells": bool(a > 0.3), "chance": bool(chance.random() < 0.5), "all": True, "big": bool(a > 0),
                  "against": bool(a < 0.5)}
        for n, a in enumerate(ability)
    }  # fmt: skip
    worth = {"tells": 1.0, "chance": 1.0, "all": 5.0, "big": 10.0, "against": 1.0}
    told = discrimination(results, worth)
    assert told.keys() == {"tells", "chance", "big", "against"}
    rest = [10.0 * row["big"] + row["chance"] + row["against"] + 5 for row in results.values()]
    assert told["tells"] == pytest.approx(np.corrcoef([row["tells"] for row in results.values()], rest)[0, 1])
    assert told["tells"] > 0.5 and abs(told["chance"]) < 0.2 and told["against"] < -0.3
    assert discrimination(dict(list(results.items())[:19]), worth) == {}


def test_a_small_class_is_told_no_discrimination(found, course, tmp_path):
    page = page_of(course, found, tmp_path, names=False)
    assert {check.discrimination for check in found.checks} == {None}
    assert "is not said of fewer than 20" in page and "point-biserial" not in page
