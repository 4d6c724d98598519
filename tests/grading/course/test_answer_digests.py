"""What counts as the same answer."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course.answers import LONGEST, answers_in, answers_in_file
from tests.grading.course.own_course import role


def notebook(answer="Because.", code="x = 1", own="# mine", test="assert x", points=2):
    return new_notebook(
        cells=[
            new_markdown_cell("# Given"),
            new_code_cell(code, metadata=role("code", solution=True)),
            new_code_cell(own),
            new_code_cell(test, metadata=role("test", grade=True, locked=True, points=3)),
            new_markdown_cell(answer, metadata=role("answer", grade=True, solution=True, points=points)),
            new_markdown_cell("Draw.", metadata=role("draw", task=True, locked=True, points=1)),
        ]
    )


def changed(**change):
    """The cells whose answer is another one after a change."""
    before, after = answers_in(notebook()), answers_in(notebook(**change))
    return {name for name in before if before[name].digest != after[name].digest}


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        ({}, set()),
        ({"answer": "Because. \r\n\n"}, set()),
        ({"answer": "because."}, {"answer", "draw"}),
        ({"answer": "  Because."}, {"answer", "draw"}),
        ({"points": 4}, {"answer"}),
        ({"code": "x = 2"}, {"code", "test", "draw"}),
        ({"own": "# yours"}, {"test", "draw"}),
        ({"test": "assert x == 1"}, set()),
    ],
)
def test_what_changes_an_answer(change, cells):
    assert changed(**change) == cells


def test_a_picture_is_part_of_an_answer():
    nb = notebook()
    nb.cells[4]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    assert answers_in(nb)["answer"].digest != answers_in(notebook())["answer"].digest


def test_texts_are_kept_as_far_as_a_gradebook_can_hold_them():
    assert answers_in(notebook("a\ud800b"))["answer"].text == "a?b"
    assert len(answers_in(notebook("a" * 10 * LONGEST))["answer"].text) == LONGEST


def test_a_file_that_is_none_has_no_answers(tmp_path):
    path = tmp_path / "graded.ipynb"
    nbformat.write(notebook(), path)
    assert answers_in_file(path) == answers_in(notebook())
    for text in ("{", "[]", "[" * 100_000, json.dumps({"cells": [{"metadata": 1}]}), json.dumps({"cells": 7})):
        path.write_text(text)
        assert answers_in_file(path) is None
    assert answers_in_file(tmp_path / "gone.ipynb") is None
