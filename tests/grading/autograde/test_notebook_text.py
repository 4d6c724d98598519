"""A graded notebook is written as nbformat writes it."""

import nbformat
import pytest

from grading.autograde.notebook_text import notebook_text
from tests.course07 import LESSON

ODD = {"é": [], "a": {}, "b": [1, -2.5e-300, None, True, [{}]], "\u2028": '\t"\\\U0001f600', "n": float("nan")}


@pytest.mark.parametrize("more", [{}, {"odd": ODD, "signature": "transient"}], ids=["lesson", "odd"])
def test_it_is_the_text_that_nbformat_writes(more):
    nb = nbformat.read(LESSON, as_version=4)
    nb.metadata |= more
    nb.cells[0].metadata |= more | {"trusted": True}
    nb.cells[-1].source = "a\nb\r\n\n"
    wanted = nbformat.v4.writes(nb)
    assert notebook_text(nb) == wanted
