"""What the visible tests of the lesson's numeric questions take for a number."""

from fractions import Fraction

import numpy as np
import pytest

from tests.modules.visible_tests import namespace, visible_cells
from tinytorch.core.tensor import Tensor

CELLS = {name: source for name, (source, _) in visible_cells().items() if "expect_number" in source}
NUMBERS = [
    3,
    3.0,
    Fraction(3),
    *(kind(3) for kind in (np.int8, np.int64, np.uint32, np.float16, np.float32, np.float64)),
]
OTHERS = [True, np.True_, "3", None, 3 + 0j, np.complex64(3), np.array([3.0]), np.array(3), [3], Tensor([3.0])]


def run(cell, value):
    variable = cell.removeprefix("test-").replace("-", "_")
    exec(CELLS[cell], namespace() | {variable: value})  # noqa: S102 - our own source


def test_all_thirteen_ask_for_a_number():
    assert len(CELLS) == 13


@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: type(value).__name__)
def test_any_real_number_is_one(value):
    for cell in CELLS:
        run(cell, value)


@pytest.mark.parametrize("value", OTHERS, ids=lambda value: type(value).__name__)
def test_nothing_else_is_one(value):
    for cell in CELLS:
        variable = cell.removeprefix("test-").replace("-", "_")
        with pytest.raises(AssertionError, match=f"^{variable} should be a number"):
            run(cell, value)
