"""A page that takes too long, or too much memory, is made as plain text, and costs nobody else anything."""

import time
from types import SimpleNamespace

import nbformat
import pytest
from attack import write_lesson
from graded import LimitedCourse
from nbformat.v4 import new_markdown_cell
from nbgrader.converters import GenerateAssignment, GenerateFeedback

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.nbgrader_plugins import careful_autograde, html_filters, isolated_exporter
from grading.nbgrader_plugins.isolated_exporter import FormgraderExporter, IsolatedExporter
from grading.report import read_class, told
from tests.course07 import ASSIGNMENT, fill_in

SLOW, LARGE, SOUND = "a-slow-one", "b-large-one", "c-sound-one"
WORDS = {SLOW: "takes & takes", LARGE: "has <all> of it", SOUND: "is **as usual**"}
REASON = {SLOW: "takes more than 1 s", LARGE: "takes more than 512 MiB of memory"}


class QuickCourse(LimitedCourse):
    """A course in which pages may take little."""

    seconds = 60.0

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.IsolatedExporter.page_seconds = self.seconds
        config.IsolatedExporter.page_memory = 512
        return config


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class in which pages are still to be made."""
    course = QuickCourse(tmp_path_factory.mktemp("slow"))
    write_lesson(course.root / "source")
    course.run(GenerateAssignment, force=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for student, words in WORDS.items():
        nb = fill_in(released)
        nb.cells.append(new_markdown_cell(words))
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
    assert [outcome.problem for outcome in autograde_class(course, feedback=False)] == [""] * 3
    return course


@pytest.fixture
def course(graded, monkeypatch):
    """The class, as if there were Markdown that is never parsed, and some that takes all memory."""
    isolated_exporter.load()
    parse = html_filters.rendered

    def rendered(source, pictures):
        if source == WORDS[SLOW]:
            time.sleep(1000)  # in C, where no exception ends it
        if source == WORDS[LARGE]:
            return "x" * 2**40
        return parse(source, pictures)

    monkeypatch.setattr(html_filters, "rendered", rendered)
    make = IsolatedExporter.isolated_page

    def hurried(self, read, resources, plain=""):
        self.page_seconds = 1.0 if not plain and read().cells[-1].source == WORDS[SLOW] else graded.seconds
        return make(self, read, resources, plain)

    monkeypatch.setattr(IsolatedExporter, "isolated_page", hurried)
    graded.seconds = 60.0
    return graded


def is_plain(page, student):
    said = f"as plain text, because to make a page of it {REASON.get(student)}." in page
    shown = "takes &amp; takes" in page or "has &lt;all&gt; of it" in page
    assert said == shown, page
    return said


def page_of(course, student):
    return course.page(student).read_text()


def test_it_shows_plain_text_and_says_why(course):
    outcomes = write_feedback(course)
    assert [(outcome.student, outcome.problem) for outcome in outcomes] == [(name, "") for name in WORDS]
    assert {name: is_plain(page_of(course, name), name) for name in WORDS} == {SLOW: True, LARGE: True, SOUND: False}
    assert "<strong>as usual</strong>" in page_of(course, SOUND)


def test_nbgraders_own_command_does_the_same(course):
    for name in WORDS:
        course.page(name).unlink(missing_ok=True)
    course.run(GenerateFeedback, force=True)
    assert {name: is_plain(page_of(course, name), name) for name in WORDS} == {SLOW: True, LARGE: True, SOUND: False}


def test_the_formgrader_does_the_same(course):
    config = course.config()
    config.HTMLExporter.template_name = "formgrade"
    exporter = FormgraderExporter(config=config)
    assert exporter.page_seconds == 60.0 and FormgraderExporter().page_seconds < IsolatedExporter().page_seconds
    names = ("submission_id", "base_url", "student", "last_name", "first_name", "notebook_path")
    where = {"assignment_id": ASSIGNMENT, "notebook_id": ASSIGNMENT, "index": 0, "total": 1}
    resources = dict.fromkeys(names, "x") | where
    for name in WORDS:
        html, _ = exporter.from_filename(str(course.notebook("autograded", name)), resources=resources)
        assert is_plain(html, name) == (name != SOUND)


def test_the_formgraders_server_has_it(monkeypatch):
    formgrader = SimpleNamespace(HTMLExporter=None)
    monkeypatch.setitem(careful_autograde.sys.modules, "nbgrader.server_extensions.formgrader.formgrader", formgrader)
    careful_autograde.install()
    assert formgrader.HTMLExporter is FormgraderExporter


def test_where_there_is_no_time_for_plain_text_either_that_is_a_row(course):
    course.seconds = 0.001
    outcomes = write_feedback(course)
    assert {outcome.problem for outcome in outcomes} == {
        "graded, but without feedback: to make its page takes more than 0.001 s"
    }
    assert all(outcome.needs_person for outcome in outcomes)


def test_the_report_reads_each_notebook_within_limits(course, monkeypatch):
    read = told.told_by

    def slow(path, *rest):
        if SLOW in path.parts:
            return b"x" * 2**40
        return read(path, *rest)

    monkeypatch.setattr(told, "told_by", slow)
    found = read_class(course)
    assert found.unreadable == {SLOW: "“to read it takes more than 1024 MiB of memory”"}
    assert set(found.seconds) == {LARGE, SOUND} and set(found.scores) == set(WORDS)
