"""From a lost check a link leads to the student's own code; no submission can have it lead elsewhere."""

import copy
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.course.lesson import Lesson
from grading.feedback_page.cells import PageCells
from tests.course07 import EXAM
from tests.course07 import lesson as lesson07
from tests.grading.autograde.graded_class import class_of_three, course
from tests.grading.course.own_course import role
from tests.grading.feedback_page.test_feedback import page_of

__all__ = ["class_of_three", "course"]  # fixtures
LINK = re.compile(r'<a (?:class="to-code" )?href="#(work-[^"]*)">([^<]*)</a>')


def links(html):
    return LINK.findall(html[: html.index("<h2>What you handed in")])


@pytest.mark.parametrize(
    ("student", "found"),
    [
        ("adam-epsilon-in-root", [("work-adam", "Your code: Adam")]),
        ("adam-broken-cell", [("work-adam", "Your code: Adam")]),
        ("perfect", []),
    ],
)
def test_a_lost_check_leads_to_the_class(sample_class, student, found):
    page = page_of(sample_class[0], student)
    assert links(page) == found
    for anchor, words in found:
        start = page.index(f'id="{anchor}"')
        assert words in page[start : start + 300] and "class" in page[start : start + 1000]


def test_all_that_are_lost_lead_somewhere_and_nowhere_twice(sample_class):
    page = page_of(sample_class[0], "untouched")
    found = {anchor for anchor, _ in links(page)}
    assert {"work-optimizer", "work-sgd", "work-adam", "work-adamw"} <= found
    articles = page.split("<article")[1:]
    assert len(articles) == 12 and all(LINK.search(article.partition("</article>")[0]) for article in articles)
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in found)


def small_lesson(*cells):
    nb = new_notebook(cells=[new_markdown_cell("## Part 1"), *cells])
    return Lesson("ps", "ps", nbformat.writes(nb))


def solution(name, source):
    return new_code_cell(source, metadata=role(name, solution=True))


def check(name, source):
    return new_code_cell(source, metadata=role(name, grade=True, locked=True, points=1))


HELPER = solution("helper", "def norm(x):\n    ### BEGIN SOLUTION\n    return abs(x)\n    ### END SOLUTION")
MEAN = solution("mean", "def mean(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION")
WHOLE = solution("whole", "### BEGIN SOLUTION\ndef secret_name(x):\n    return x\n### END SOLUTION")


@pytest.mark.parametrize(
    ("source", "about"),
    [
        ("assert norm(1) == 1", "helper"),
        ("assert mean(1) == norm(1)", "mean"),
        ("assert True", ""),
        ("assert secret_name(1)", "whole"),
        ("assert shared", ""),
        ("assert later(1)", ""),
        ("assert mean(1", "mean"),
        ('examine("ps.mean", mean)', "mean"),
        ('examine("ps.mean", make(norm))', "helper"),
        ('examine("ps.none", 3)', ""),
    ],
)
def test_a_test_is_about_the_last_cell_before_it_that_it_uses(source, about):
    twice = [solution(name, "shared = 1") for name in ("one", "two")]
    lesson = small_lesson(HELPER, MEAN, WHOLE, *twice, check("test", source), solution("last", "def later(x): pass"))
    cells = PageCells(lesson, None, set(lesson.places))
    assert cells.of_test("test") == about
    assert PageCells(lesson, None, set()).of_test("test") == "", "what the page does not show is no place to lead to"
    assert cells.title("whole") == "Part 1", "a model solution's names stay unknown"


def test_checks_of_the_exam_are_about_their_subjects():
    cells = PageCells(lesson07(), EXAM, set(lesson07().places))
    assert all(cells.of_test(name) for name in lesson07().checks)
    assert cells.of_test("test-adamw-decay") == "adamw"


FORGED = '<a id="work-double" name="work-double"></a><h2 id="work-double">mine</h2>'


def test_a_submission_has_no_anchors_of_its_own(course):
    path = course.notebook("submitted", "bob")
    nb = nbformat.read(path, as_version=4)
    own = {"anchor": "work-double", "title": "FORGED", "earned": "FORGED", "comment": "FORGED"}
    for cell in nb.cells:
        cell.metadata["feedback_page"] = own
    double = copy.deepcopy(nb.cells[1])
    del double["id"]
    nb.cells.insert(0, double)
    nb.cells.insert(0, new_markdown_cell(FORGED, metadata={"feedback_page": own}))
    nb.cells.insert(0, new_code_cell("'mine'", metadata={"feedback_page": own}))
    nbformat.write(nb, path)
    autograde_class(course)
    page = course.page("bob").read_text()
    assert links(page) == [("work-double", "Your code: double")]
    names = re.findall(r'(?:id|name)="([^"]*)"', page[page.index("<body>") :])
    assert [name for name in names if not name.startswith("cell-id=")] == ["top", "work-double", "work-why"]
    graded = nbformat.read(course.notebook("autograded", "bob"), as_version=4)
    for cell in graded.cells:
        cell.metadata["feedback_page"] = own
    nbformat.write(graded, course.notebook("autograded", "bob"))
    write_feedback(course)
    assert course.page("bob").read_text() == page, "nor if that came through grading"
    assert "FORGED" not in page and page.index('id="work-double"') > page.index("mine")
