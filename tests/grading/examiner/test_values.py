"""Values travel to a submission and back: all kinds, and nothing that can run."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracing.calls import traces
from tracing.data import Odd
from tracing.values import MOST_KEYS, Encoder, NotSendable, decode

from grading.examiner import Malformed
from grading.examiner.cases import CheckRecipe, call, new
from grading.examiner.comparison import Tolerance, difference
from grading.examiner.outcome import received
from grading.examiner.reference import as_data
from grading.examiner.verdict import FAR

PLAIN = (
    None, True, 3, 10**400, -2.5, math.inf, 1 + 2j, "text\n", b"bytes",
    [1, [2, "a"]], (1, (2,)), {1, 2}, frozenset({3}),
    {"a": 1, (1, 2): [3]}, np.float32(1.5), np.bool_(True), np.arange(6).reshape(2, 3), np.ones((2, 0)), np.array(3.0),
    np.array([1j]), np.array(["a", "bc"]), np.array([1, None, "x"], dtype=object), np.arange(3, dtype=">i4"),
)  # fmt: skip


def there_and_back(value):
    return decode(json.loads(json.dumps(Encoder().encode(value))))


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:20])
def test_what_travels_is_what_comes(value):
    found = there_and_back(value)
    assert difference(value, found, Tolerance(0, 0)).size == 0 and type(found) is type(value)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner), max_leaves=20,
))  # fmt: skip
@settings(deadline=None)
def test_any_nesting_travels(value):
    expected = json.loads(json.dumps(Encoder().encode(value)))
    assert json.dumps(Encoder().encode(decode(expected))) == json.dumps(expected)


def cyclic():
    found = []
    found.append(found)
    return found


class Lying(dict):
    def items(self):
        raise RuntimeError("asked")

    __class__ = int


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (object(), "a object"),
        (lambda: 0, "a function"),
        (cyclic(), "levels"),
        (list(range(200_000)), "values"),
        (dict.fromkeys(range(MOST_KEYS + 1)), "keys"),
        (np.zeros(10**6), "MiB"),
        ("x" * 2**21, "MiB"),
        (1 << 20_000, "digits"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
        (np.array(["2026-01-01"], dtype="datetime64[D]"), "datetime64"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_cannot_travel_is_odd(value, what):
    found = there_and_back(value)
    assert isinstance(found, Odd) and what in found.what


def test_a_value_is_not_asked_what_it_is():
    assert there_and_back(Lying(a=1)) == {"a": 1}


def test_what_an_iterator_yields_is_what_counts():
    assert there_and_back(n * n for n in range(3)) == [0, 1, 4]


@pytest.mark.parametrize("value", [lambda x: x, iter([1]), object(), np.zeros(10**6), cyclic(), len.__class__])
def test_what_a_case_cannot_hold_is_told(value):
    with pytest.raises(NotSendable):
        Encoder(functions=True, strict=True).encode([value])


def test_a_function_travels_by_its_name_to_a_submission_and_never_back():
    data = Encoder(functions=True, strict=True).encode(np.sin)
    assert decode(data, functions=True) is np.sin
    with pytest.raises(ValueError, match="no known kind"):
        decode(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["steps", "returned", "raised", "changed", "array", "dtype", "shape", "dict", "set", "tuple",
                         "odd", "scalar", "objects", "0", "message", "timed_out", "complex", "bytes", "function"]),
        inner, max_size=4), max_leaves=20)  # fmt: skip
CASE = {"new": False, "steps": [{"call": "", "args": [1], "kwargs": {"dict": []}}]}


@given(JSON | JSON.map(lambda data: {"steps": [{"returned": data}]}))
@settings(max_examples=400, deadline=None)
def test_a_forged_trace_is_read_or_refused(data):
    """Whatever a process sends: outcomes that can be compared, or Malformed."""
    try:
        (outcome,) = received(data, CASE)
    except Malformed:
        return
    for right in PLAIN:
        assert 0 <= difference(right, outcome.returned, Tolerance()).size <= FAR


@pytest.mark.parametrize(
    "forged",
    [
        {"array": "AAAA", "dtype": "float64", "shape": [1]},
        {"array": "", "dtype": "float64", "shape": [-1]},
        {"array": "", "dtype": "O", "shape": [0]},
        {"dict": [[[1], 2]]},
        {"set": [[1]]},
        {"set": list(range(0, 2**61 * 40_000, 2**61 - 1))[:20_000]},
        {"scalar": {"tuple": []}},
        {"objects": [1], "dtype": "text", "shape": [1]},
        {"function": "os.system"},
        {"tuple": [], "more": 1},
        {"nothing": 1},
        [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
    ],
    ids=lambda forged: next(iter(forged)) if isinstance(forged, dict) else "deep",
)
def test_what_no_encoder_makes_is_refused(forged):
    with pytest.raises(Malformed):
        received({"steps": [{"returned": forged}]}, CASE)


def run(subject, *cases):
    recipe = CheckRecipe("a.b", "", "", None, Tolerance(), 1)
    return list(traces([as_data(case, 1, recipe) for case in cases], subject))


def test_arguments_are_made_anew_and_changes_are_seen():
    def sort(items):
        items.sort()
        return items

    twice = run(sort, call([3, 1]), call([3, 1]))
    assert [trace["steps"][0]["changed"] for trace in twice] == [{"0": [1, 3]}] * 2
    assert "changed" not in run(sorted, call([3, 1]))[0]["steps"][0]


def test_after_a_constructor_that_raises_nothing_more_is_done():
    class Bad:
        def __init__(self):
            raise KeyError("no")

    (trace,) = run(Bad, new().call("f").get("x"))
    assert [list(step) for step in trace["steps"]] == [["raised"]]


def test_after_a_method_that_raises_the_next_is_called():
    class Half:
        def __init__(self):
            self.n = 0

        def f(self):
            self.n += 1
            raise SystemExit

    (trace,) = run(Half, new().call("f").get("n"))
    assert trace["steps"][1]["raised"]["raised"][0] == "SystemExit" and trace["steps"][2]["returned"] == 1
