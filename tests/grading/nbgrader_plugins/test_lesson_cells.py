"""The lesson's own cells are rendered once, and nothing of a submission is kept."""

import random

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from pygments.lexers.python import PythonLexer

from grading.autograde.class_grader import ClassGrader
from grading.autograde.plan import assignment_of
from grading.course.gradebook import GradebookWriter
from grading.course.lesson import read_lesson_file
from grading.feedback_page.render import render_feedback
from grading.nbgrader_plugins import html_filters, lesson_cells, mathml
from grading.nbgrader_plugins.html_filters import LOOKS, clean_markdown, highlight_code
from grading.nbgrader_plugins.lesson_cells import looks_of, show_lesson
from grading.util.quick_lexer import QuickPythonLexer
from tests.course07 import ASSIGNMENT, LESSON

PIECES = [
    *(
        '"""',
        "'''",
        '"',
        "'",
        "\n",
        "    ",
        " ",
        "\t",
        "\r",
        "\x0b",
        "\x0c",
        "\xa0",
        "\u2028",
        "rb",
        "R",
        "f",
        "u",
        "b",
    ),
    *("match", "case", "lazy", "import", "def f", "class", "x", "é", "_", "self", "print", "x:=1", ":", ".5", "1e3"),
    *("->", "...", "\\", "#c", "@d", "!ls", "%", "$", "?", "{", "}", "[", "(", "!r", "~", "|=", "not in", "lambda"),
]


@pytest.fixture
def looks():
    """What is kept of the lesson's cells, empty before and after."""
    LOOKS.clear()
    yield LOOKS
    LOOKS.clear()


@pytest.fixture(scope="module")
def lesson():
    return read_lesson_file(LESSON, ASSIGNMENT)


def sources(lesson, kind):
    return [cell.source for cell in lesson.cells if cell.cell_type == kind]


def counted(monkeypatch, owner, name):
    """Note what a function of one argument is asked for."""
    function, asked = getattr(owner, name), []
    monkeypatch.setattr(owner, name, lambda source, *more: asked.append(source) or function(source, *more))
    return asked


def test_they_look_as_they_did(lesson, looks):
    plain = {source: highlight_code(source) for source in sources(lesson, "code")}
    plain |= {source: clean_markdown({}, source) for source in sources(lesson, "markdown")}
    show_lesson(lesson)
    assert len(looks) > 150
    assert {source: highlight_code(source) for source in sources(lesson, "code")}.items() <= plain.items()
    assert {source: clean_markdown({}, source) for source in sources(lesson, "markdown")}.items() <= plain.items()


def test_they_are_rendered_once(lesson, looks, monkeypatch):
    show_lesson(lesson)
    texts, code = counted(monkeypatch, html_filters, "rendered"), counted(monkeypatch, html_filters, "in_colors")
    show_lesson(lesson)
    for source in sources(lesson, "code"):
        highlight_code(source)
    for source in sources(lesson, "markdown"):
        clean_markdown({}, source)
    solutions = {cell.source for cell in lesson.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    assert set(texts) | set(code) <= solutions  # the instructor's, which no student has


def test_a_cell_that_differs_in_one_character_is_rendered_as_it_is(lesson, looks, monkeypatch):
    show_lesson(lesson)
    chance, kept = random.Random(7), dict(looks)
    for kind, show in (("code", highlight_code), ("markdown", lambda source: clean_markdown({}, source))):
        for source in chance.sample([source for source in sources(lesson, kind) if len(source) > 40], 20):
            at = chance.randrange(len(source))
            changed = f"{source[:at]}Q{source[at:]}"
            asked = counted(monkeypatch, html_filters, "in_colors" if kind == "code" else "rendered")
            shown = show(changed)
            assert asked == [changed]
            looks.clear()
            assert show(changed) == shown  # as if nothing were kept
            looks.update(kept)
    assert looks == kept


def test_a_text_is_not_taken_for_code_nor_code_for_a_text(lesson, looks):
    show_lesson(lesson)
    source = max(sources(lesson, "code"), key=len)
    assert "input_area" not in clean_markdown({}, source) and clean_markdown({}, source) != highlight_code(source)


def test_a_cell_with_a_picture_of_the_students_is_the_students(lesson, looks):
    show_lesson(lesson)
    source = next(source for name, source in looks if name == "markdown2html")
    looks["markdown2html", source] = "the lesson's"
    attached = {"cell": {"attachments": {"x.png": {"image/png": "aaaa"}}}}
    assert clean_markdown({}, source) == "the lesson's" != clean_markdown(attached, source)


def test_pages_leave_nothing_behind(sample_class, looks):
    """What one student wrote is on no other page, and in nothing that the process keeps that pages are made in."""
    course = sample_class[0]
    students = ["adam-broken-cell", "perfect", "sgd-averaged-velocity", "untouched"]
    with GradebookWriter(course) as records:
        requests = list(ClassGrader(course, records).feedback_requests(students))
    words = {student: f"w{random.Random(student).getrandbits(60):x}" for student in students}
    marked = []
    for request in requests:
        word, nb = words[request.student], nbformat.reads(request.notebooks[ASSIGNMENT].decode(), as_version=4)
        nb.cells += [new_markdown_cell(f"{word} $q_{{{word}}}$"), new_code_cell(f"{word} = 1")]
        data = nbformat.writes(nb)
        marked.append(type(request)(request.student, {ASSIGNMENT: data.encode()}, request.scores))
    assignment = assignment_of(course, secret="")
    render_feedback(assignment, marked[0])  # what is made once
    before, formulas = dict(looks), mathml.mathml.cache_info()
    for request in [*marked, *reversed(marked)]:
        (page,) = render_feedback(assignment, request).values()
        assert {student for student, word in words.items() if word in page.decode()} == {request.student}
    assert looks == before == looks_of(assignment.notebooks[ASSIGNMENT].lesson, True)
    assert mathml.mathml.cache_info().currsize == formulas.currsize
    assert not any(word in source for word in words.values() for _, source in looks)


def test_the_lexer_takes_code_apart_as_pygments_does(lesson):
    stock, ours = PythonLexer(stripnl=False), QuickPythonLexer(stripnl=False)
    chance, code = random.Random(11), sources(lesson, "code")
    odd = ["".join(chance.choices(PIECES, k=chance.randrange(1, 25))) for _ in range(3000)]
    for _ in range(1000):
        source = chance.choice(code)
        at = chance.randrange(len(source) + 1)
        odd.append(source[max(0, at - 200) : at] + "".join(chance.choices(PIECES, k=3)) + source[at : at + 200])
    for source in code + odd:
        assert list(ours.get_tokens(source)) == list(stock.get_tokens(source)), source


def test_only_what_students_fill_in_is_needed_for_feedback(lesson):
    few, all_of_them = looks_of(lesson, True), looks_of(lesson, False)
    assert few.items() < all_of_them.items() and lesson_cells.looks_of(lesson, True) is few
