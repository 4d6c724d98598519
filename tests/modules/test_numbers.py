"""What the lesson says of its questions: which one has no answer yet, and where its place is."""

import html
from fractions import Fraction

import nbformat
import numpy as np
import pytest
from nbgrader.validator import Validator
from traitlets.config import Config

from nbs_export import REPOSITORY
from nbs_export.student import release_lesson
from tests.course07 import ASSIGNMENT, EXAM, cell_of, lesson
from tests.modules.visible_tests import namespace, visible_cells
from tinytorch.core.tensor import Tensor

CELLS = {name: source for name, (source, _) in visible_cells().items() if "answered" in source}
NUMBERS = namespace()["NUMBERS"]
KINDS = (np.int8, np.int64, np.uint32, np.float16, np.float32, np.float64)
RIGHT = [3, 3.0, Fraction(3), *(kind(3) for kind in KINDS)]
OTHERS = [True, np.True_, "3", 3 + 0j, np.complex64(3), np.array([3.0]), np.array(3), [3], Tensor([3.0])]


def variable(cell):
    return cell.removeprefix("test-").replace("-", "_")


def run(cell, **values):
    scope = namespace()
    scope.update(values)
    exec(CELLS[cell], scope)  # noqa: S102 - our own source


def test_each_of_the_thirteen_has_one_line_in_sight():
    assert CELLS == {f"test-{name.replace('_', '-')}": f'answered("{name}")' for name in NUMBERS}
    assert len(CELLS) == 13


def test_the_lesson_says_where_each_is_asked_and_in_which_unit():
    places = lesson().places
    for name, (question, unit) in NUMBERS.items():
        place = places[f"test-{name.replace('_', '-')}"]
        assert question == (place.question or place.part)
        assert unit == EXAM.checks[name.replace("_", ".", 1)].unit


@pytest.mark.parametrize("value", RIGHT, ids=lambda value: type(value).__name__)
def test_any_real_number_is_an_answer(value):
    for cell in CELLS:
        run(cell, **{variable(cell): value})


@pytest.mark.parametrize("value", OTHERS, ids=lambda value: type(value).__name__)
def test_nothing_else_is_one(value):
    for cell in CELLS:
        name = variable(cell)
        with pytest.raises(AssertionError) as error:
            run(cell, **{name: value})
        assert f"{name} ({NUMBERS[name][1]}) should be a number, yours is a {type(value).__name__}." in str(error.value)


def test_a_number_whose_cell_did_not_run_is_told_from_one_that_is_none():
    with pytest.raises(AssertionError, match=r"q2_speedup \(times\) has no answer yet: it is None\."):
        run("test-q2-speedup", q2_speedup=None)
    with pytest.raises(AssertionError, match=r"q2_speedup \(times\) has no answer yet: its cell did not run\."):
        run("test-q2-speedup")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The lesson as students get it: its path."""
    folder = tmp_path_factory.mktemp("released")
    release_lesson(REPOSITORY / "modules", folder)
    return folder / "modules" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


def test_validate_names_each_number_and_each_explanation_that_is_missing(released):
    nb = nbformat.read(released, as_version=4)
    cell_of(nb, "q2-answer").source = "**Your answer to question 2:**\n\nEach needs its own rate."
    numbers = cell_of(nb, "q1-numbers")
    numbers.source = numbers.source.replace("q1_adam_state = None", "q1_adam_state = 1.0")
    path = released.with_name("one_answer.ipynb")
    nbformat.write(nb, path)
    config = Config()
    config.Execute.skip_cells_with_tag = "explore"
    failed = {cell["source"]: cell["error"] for cell in Validator(config=config).validate(str(path))["failed"]}
    assert 'answered("q1_adam_state")' not in failed
    for name in NUMBERS.keys() - {"q1_adam_state"}:
        question, unit = NUMBERS[name]
        assert html.unescape(failed[f'answered("{name}")']).splitlines() == [
            f"{question}: {name} ({unit}) has no answer yet: it is None.",
            f'Write the number into the cell with the line `{name} = ...`, below "{question}".',
        ]
    for number in (1, 3, 4, 5):
        assert failed[f"**Your answer to question {number}:**\n\nYOUR ANSWER HERE"] == "You did not provide a response."
    assert not any("question 2:" in source for source in failed)


def test_the_last_cell_names_every_question_without_an_answer(released, capsys):
    nb, scope = nbformat.read(released, as_version=4), namespace()
    scope.update(dict.fromkeys(NUMBERS, 1.0), q1_adam_state=None, q1_momentum_training="12", scale_zero1_devices=None)
    for name in ("q1-answer", "q2-answer", "q3-answer"):
        cell_of(nb, name).source = f"**Your answer to question {name[1]}:**\n\nThe gradients."
    path = released.with_name("some_answers.ipynb")
    nbformat.write(nb, path)
    scope["unanswered"](path)
    assert capsys.readouterr().out.splitlines() == [
        "At scale, on paper: no answer yet to scale_zero1_devices",
        "Question 1. Memory: no answer yet to q1_adam_state, q1_momentum_training",
        "Question 4. Two kinds of decay: no answer yet to the explanation",
        "Question 5. Checkpoints: no answer yet to the explanation",
    ]
    for name in ("q4-answer", "q5-answer"):
        cell_of(nb, name).source = "Restore it."
    nbformat.write(nb, path)
    scope.update(dict.fromkeys(NUMBERS, 1.0))
    scope["unanswered"](path)
    assert capsys.readouterr().out == "Every question has an answer.\n"
