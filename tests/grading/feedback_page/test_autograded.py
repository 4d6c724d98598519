"""What a page of feedback is made of: read without what is only given, and drawn without doing it twice."""

import json
import re

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.utils import is_solution

from grading.course.lesson import read_lesson_file
from grading.feedback_page import autograded, picture
from grading.feedback_page.autograded import read_autograded
from grading.feedback_page.exporter import FeedbackExporter
from grading.feedback_page.preprocessor import is_work
from grading.util import figure
from tests.course07 import ASSIGNMENT, LESSON


@pytest.fixture(scope="module")
def lesson():
    return read_lesson_file(LESSON, ASSIGNMENT)


@pytest.fixture
def nb(lesson):
    """A submission's notebook: the lesson's cells, and some of the student's own."""
    nb = nbformat.reads(lesson.text, as_version=4)
    given = max((cell.source for cell in nb.cells if cell.cell_type == "markdown"), key=len)
    own = [new_markdown_cell("Mine."), new_markdown_cell(f"{given} "), new_markdown_cell(given), new_raw_cell(given)]
    nb.cells += [*own, new_raw_cell("Raw."), new_code_cell("x = 1"), new_markdown_cell(" \n")]
    next(cell for cell in nb.cells if is_solution(cell) and cell.cell_type == "markdown").source = ""
    return nb


def kept(nb, lesson):
    return [cell.id for cell in nb.cells if is_work(cell, lesson)]


def written(nb):
    return nbformat.writes(nb).encode()


def test_all_that_is_the_students_is_read(nb, lesson):
    read, whole = read_autograded(written(nb), lesson), nbformat.reads(written(nb).decode(), as_version=4)
    assert kept(read, lesson) == kept(whole, lesson)
    cells = {cell.id: cell for cell in whole.cells}
    assert all(cell == cells[cell.id] for cell in read.cells)  # its lines in one piece, as nbformat has it
    sources = [cell.source for cell in read.cells]
    assert {"Mine.", "Raw.", "x = 1", nb.cells[-6].source} <= set(sources)


def test_what_is_only_given_is_left_out(nb, lesson):
    read = read_autograded(written(nb), lesson)
    assert [cell.source for cell in read.cells if cell.cell_type != "code" and not is_work(cell, lesson)] == []
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert [cell.id for cell in read.cells if cell.cell_type == "code"] == [cell.id for cell in code]
    assert len(read.cells) < 0.7 * len(nb.cells)


@pytest.mark.filterwarnings("ignore:.*:nbformat.warnings.MissingIDFieldWarning")
@pytest.mark.parametrize("form", [(3, 0), (4, 5)])
def test_what_grading_has_not_written_is_read_by_nbformat(form, lesson, nb):
    number = len(nb.cells)
    data = json.loads(written(nbformat.convert(nb, 3) if form[0] == 3 else nb))
    data["nbformat"], data["nbformat_minor"] = form
    for cell in data.get("cells", []):
        del cell["id"]
    read = read_autograded(json.dumps(data).encode(), lesson)
    assert read.nbformat == 4 and len(read.cells) == number


def test_it_is_read_where_the_page_is_made(monkeypatch, lesson):
    """What a stranger wrote is parsed within the limits of a page."""
    asked = []
    monkeypatch.setattr(autograded.json, "loads", lambda data: asked.append(data))
    monkeypatch.setattr(FeedbackExporter, "from_reader", lambda self, read, resources: (read, resources))
    exporter = FeedbackExporter.__new__(FeedbackExporter)
    read, _ = FeedbackExporter.from_bytes(exporter, b"{}", {"nbgrader": {"lesson": lesson}})
    assert asked == []
    with pytest.raises(AttributeError):
        read()
    assert asked == [b"{}"]


@pytest.mark.parametrize("yours", [[0, 1, 2, 9], [0, 1, 2.001, 3], [0, 1, None, 3], [0, -1e9, 1e9, 3]])
def test_a_picture_is_the_one_that_matplotlib_draws_twice(monkeypatch, yours):
    words = dict.fromkeys(("xlabel", "ylabel", "about", "where"), "x")
    illustration = {"yours": yours, "right": [0, 1, 2, 3], "point": 1, **words}
    drawn, _ = picture.draw_illustration(illustration)
    monkeypatch.setattr(figure, "PageFigure", Figure)
    assert (drawn, len(re.findall("<svg", drawn))) == (picture.draw_illustration(illustration)[0], 1)
