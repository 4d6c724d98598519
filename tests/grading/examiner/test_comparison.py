"""What is right, what is wrong, and what is said of it: never the right value."""

import re

import numpy as np
import pytest
from tracing.data import Odd

from grading.examiner.comparison import Tolerance, difference

RIGHT = [
    (1, 1.0),
    (0.1 + 0.2, 0.3),
    (3.0, np.float32(3)),
    (3.0, np.array(3.0)),
    (np.array(3.0), 3.0),
    (np.nan, float("nan")),
    (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
    ({"a": [1.0, (2,)]}, {"a": [1.0, (2,)]}),
    (np.array(["a"]), np.array(["a"])),
    (True, np.bool_(True)),
    (10**400, 10**400),
    ({0.1 + 0.2, 1.0}, {0.3, 1.0}),
    ({(0.1 + 0.2, "a")}, {(0.3, "a")}),
    ({0.1 + 0.2: "a", 2: "b"}, {0.3: "a", 2: "b"}),
    ({float("nan"): 1}, {float("nan"): 1}),
    (np.float32([1, 1e-7]) * 3, np.float32([1.000003, 0]) * 3),
    (np.float32(1e3) / np.float32(7), np.float32(1e3 / 7 * (1 + 3e-6))),
    (np.array([1e12, 1e-4]), np.array([1e12, 0])),
]
WRONG = [
    (1, 2, "what it returns is off by 100%"),
    (0.5, 0.6, "off by 20%"),
    (2.0, -2.0, "right but for its sign"),
    (0.0, 0.5, "is 0.5, and should be 0"),
    (1.0, 1000.0, "1,000 times as large as it should be"),
    (1.0, float("nan"), "is nan, and should be finite"),
    (np.inf, 1.0, "is finite, and should not be"),
    (10**400, 10**400 + 1, "not right"),
    (10**400, 1.5, "not right"),
    (3.0, "3", "should be a number, not a text"),
    (3.0, True, "should be a number, not True or False"),
    (3.0, None, "should be a number, not None"),
    (3.0, Odd("a Vector"), "should be a number, not a Vector"),
    (True, 1, "should be True or False, not a number"),
    (True, False, "is not right"),
    (None, 0.0, "should be None"),
    ([1], (1,), "should be a list, not a tuple"),
    ([1, 2], [1], "should have 2 items, and has 1"),
    ([1, 2], [1, 3], "item 1 of what it returns is off by 50%"),
    ("Ab", "aB", "right but for capital letters"),
    ("a b", "a  b\n", "right but for blanks and new lines"),
    ("abcd", "abxd", "from character 3 on"),
    ({"a": 1}, {}, "has no key 'a'"),
    ({}, {"b\n": 1}, r"should have no key 'b\\n'"),
    ({"a": 1}, {"a": 2}, "the value of 'a' in what it returns is off by 100%"),
    ({1, 2}, {1, 3}, "lacks 1 of its items and has 1 that it should not have"),
    (np.ones(3), [1.0, 1.0, 1.0], "should be an array, not a list"),
    (np.ones(3), np.ones((3, 1)), r"the shape of what it returns should be \(3,\), yours is \(3, 1\)"),
    (np.ones(3, np.float32), np.ones(3), "the dtype of what it returns should be float32, yours is float64"),
    (np.ones(2), np.array([True, True]), "dtype"),
    (np.array(["a"]), np.array(["b"]), "item 0"),
    (np.array(["a"]), np.array([1.0]), "the dtype of what it returns should be text"),
    ({0.1, 0.2}, {0.1, 0.21}, "lacks 1 of its items and has 1"),
    ({0.1: 1}, {0.1 + 1e-12: 2}, "the value of 0.1 in what it returns is off by 100%"),
    ({0.1: 1}, {0.11: 1}, "has no key 0.1"),
    (2**60, 2**60 + 1, "what it returns is not right"),
    (np.ones(2, np.float32), np.float32([1, 1.00001]), r"off by 0.001% \(1 of 2 entries is wrong\)"),
    (np.eye(2), np.eye(2) * 1.5, r"entry \[0, 0\] of what it returns is off by 50% \(2 of 4 entries are wrong\)"),
]


@pytest.mark.parametrize(("right", "given"), RIGHT, ids=repr)
def test_right(right, given):
    assert difference(right, given, Tolerance()).size <= 1


@pytest.mark.parametrize(("right", "given", "said"), WRONG, ids=repr)
def test_wrong(right, given, said):
    found = difference(right, given, Tolerance())
    assert found.size > 1 and re.search(said, found.message), found


def test_a_tolerance_is_kept():
    assert difference(1.0, 1.001, Tolerance(relative=0.01)).size == pytest.approx(0.1, rel=1e-3)
    assert difference(0.0, 0.05, Tolerance(absolute=0.1)).size == pytest.approx(0.5)
    assert difference(np.ones(2, np.float32), np.ones(2), Tolerance(dtype=False)).size == 0
