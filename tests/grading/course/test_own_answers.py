"""Which empty answers have a text of the student's own beside them."""

import logging

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from grading.course.assignment import source_cells
from grading.course.course import Course
from grading.course.own_answers import answered_elsewhere
from grading.course.sample import generate
from grading.nbgrader_plugins.restore_cells import restore
from tests.course07 import ASSIGNMENT, cell_of, fill_in, lesson

TEXT = "Momentum keeps one velocity for each parameter."
WRITTEN = [
    new_markdown_cell(TEXT),
    new_raw_cell(TEXT),
    new_code_cell(f"# {TEXT}"),
    new_code_cell(f'"""{TEXT}"""'),
    new_code_cell(f'"""\n{TEXT}\n"""'),
    new_code_cell(f"x = 1\n# {TEXT}"),
]
NOT_WRITTEN = [
    new_markdown_cell(" \n"),
    new_markdown_cell("---"),
    new_code_cell("x = 1"),
    new_code_cell("#| export\nx = 1"),
    new_code_cell("print(1)  # to see it"),
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"), ASSIGNMENT)
    generate(course)
    return course


@pytest.fixture(scope="module")
def cells(course):
    with course.gradebook() as gradebook:
        return source_cells(gradebook, ASSIGNMENT, ASSIGNMENT)


@pytest.fixture
def released(course):
    return nbformat.read(course.notebook("release", "."), as_version=4)


@pytest.fixture
def handed_in(released):
    """The filled-in lesson, whose first answer is as it was released."""
    nb = fill_in(released)
    cell_of(nb, "q1-answer").source = cell_of(released, "q1-answer").source
    return nb


@pytest.fixture
def found(cells):
    def found(nb):
        restore(nb, cells, logging.getLogger())
        return answered_elsewhere(nb, lesson())

    return found


def at(nb, name):
    return nb.cells.index(cell_of(nb, name))


@pytest.mark.parametrize("cell", WRITTEN, ids=lambda cell: f"{cell.cell_type}: {cell.source}")
def test_text_below_an_empty_answer_may_be_the_answer(handed_in, found, cell):
    handed_in.cells.insert(at(handed_in, "q1-answer") + 1, cell)
    assert found(handed_in) == {"q1-answer"}


@pytest.mark.parametrize("cell", NOT_WRITTEN, ids=lambda cell: f"{cell.cell_type}: {cell.source}")
def test_what_says_nothing_is_no_answer(handed_in, found, cell):
    handed_in.cells.insert(at(handed_in, "q1-answer") + 1, cell)
    assert found(handed_in) == frozenset()


def test_text_in_the_second_cell_below_or_right_above_may_be_the_answer(handed_in, found):
    nb = handed_in.copy()
    nb.cells = [*handed_in.cells]
    below = at(nb, "q1-answer") + 1
    nb.cells[below:below] = [new_code_cell("x = 1"), new_markdown_cell(TEXT)]
    assert found(nb) == {"q1-answer"}
    handed_in.cells.insert(at(handed_in, "q1-answer"), new_markdown_cell(TEXT))
    assert found(handed_in) == {"q1-answer"}


def test_text_in_the_place_of_a_deleted_answer_may_be_the_answer(handed_in, found):
    handed_in.cells[at(handed_in, "q1-answer")] = new_markdown_cell(TEXT)
    assert found(handed_in) == {"q1-answer"}


def test_text_behind_the_lessons_next_cell_is_no_answer(handed_in, found):
    handed_in.cells.insert(at(handed_in, "q1-answer") + 2, new_markdown_cell(TEXT))
    assert found(handed_in) == frozenset()


def test_the_lessons_own_text_is_no_answer(handed_in, found):
    """Also where a tool has given its cell another id, and where it has been changed."""
    following = handed_in.cells[at(handed_in, "q1-answer") + 1]
    following.id = "another"
    assert found(handed_in) == frozenset()
    following.id, following.source = lesson().cells[at(handed_in, "q1-answer") + 1].id, f"{following.source} I see."
    assert found(handed_in) == frozenset()


def test_an_answer_in_its_own_place_is_not_looked_for(handed_in, found):
    cell_of(handed_in, "q1-answer").source = TEXT
    handed_in.cells.insert(at(handed_in, "q1-answer") + 1, new_markdown_cell("And more."))
    assert found(handed_in) == frozenset()
