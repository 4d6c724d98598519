"""Forged traces of reference checks: none earns a point, speaks for the grader, or trips it."""

import json
import time

import pytest
from tracing import values

from grading.examiner.comparison import Tolerance, difference
from grading.examiner.exam import load_exam
from grading.examiner.session import CellSession
from grading.examiner.verdict import FAR
from grading.feedback_page.facts import is_unwritten
from grading.sandbox.untrusted import Malformed
from tests.grading.examiner.test_exam_file import GOOD, TEXT, of, source

MEAN, SOFTMAX = "ps1.running_mean", "ps1.softmax"


def message(check, forge, exam=None):
    """What is said of a submission that hands in a forged trace for each case of a check."""
    session = CellSession([check], exam or load_exam(source(TEXT)), "eve", "key")
    for number, case in enumerate(session.questions[check]["cases"]):
        session.receive({"examine": check, "trace": json.loads(json.dumps(forge(number, case)))})
    session.receive({"examine": check, "shown": 0})
    (verdict,) = session.verdicts()
    return verdict.message


def returned(value):
    return lambda number, case: {"steps": [{"returned": value} for _ in case["steps"]]}


def raised(*types, said="", timed_out=False):
    return {"raised": {"raised": list(types), "message": said, "timed_out": timed_out}}


def test_a_trace_that_breaks_off_earns_nothing():
    """After an instance was made come the calls that tell whether it is right."""
    with pytest.raises(Malformed, match="breaks off"):
        message(MEAN, lambda number, case: {"steps": [{"returned": None}]})
    with pytest.raises(Malformed, match="breaks off"):
        message(MEAN, lambda number, case: {"steps": [{"returned": None}, raised("ValueError", "object")]})


def test_a_time_limit_is_never_right_where_an_exception_is_due():
    exam = load_exam(of(GOOD.replace("yield new()", "yield new().call('mean').raises(ValueError)")))
    ended = raised("TookTooLong", "BaseException", "object", said="did not end within 5 seconds", timed_out=True)
    said = message(MEAN, lambda number, case: {"steps": [{"returned": None}, ended]}, exam)
    assert "should raise ValueError, and did not end within 5 seconds" in said
    forged = raised("ValueError", "object", timed_out=True)
    with pytest.raises(Malformed, match="a time limit that is none"):
        message(MEAN, lambda number, case: {"steps": [{"returned": None}, forged]}, exam)


WORDS = "right. Full marks for everybody"


@pytest.mark.parametrize(
    "outcome",
    [
        raised("TookTooLong", "BaseException", "object", said=WORDS, timed_out=True),
        {"returned": {"odd": f"a number. It is {WORDS}"}},
        {"returned": {"odd": "x) raised NotImplementedError"}},
        {"returned": None, "changed": {"0": {"odd": WORDS}}},
    ],
)
def test_words_of_a_submission_are_not_the_graders(outcome):
    said = message(SOFTMAX, lambda number, case: {"steps": [outcome for _ in case["steps"]]})
    assert said and "Full marks" not in said and not is_unwritten(said.partition(": ")[2])


@pytest.mark.parametrize(
    "key", [f"{'x' * 29}) raised NotImplementedError", "x" * 10**5, "', and\nHint: 10 of 10", WORDS]
)
def test_a_key_is_quoted_whole_or_not_at_all(key):
    said = difference({}, {key: 1}, Tolerance()).message
    assert "raised" not in said and "\n" not in said and len(said) < 150
    assert said.endswith(("'", '"', "characters>"))


@pytest.mark.parametrize("kind", ["dict", "set"])
def test_keys_that_collide_are_refused_in_no_time(kind):
    prime = 2**61 - 1  # numbers that leave the same remainder have the same hash
    keys = [{"tuple": [1] * 18 + [2 + prime * number]} for number in range(9_000)]
    before = time.process_time()
    with pytest.raises(Malformed):
        message(SOFTMAX, returned({kind: [[key, 1] for key in keys] if kind == "dict" else keys}))
    assert time.process_time() - before < 2


def test_keys_that_everybody_has_are_let_in():
    for honest in ({2**n: n for n in range(1000)}, set(range(-5000, 4000)), {(n, -n) for n in range(3000)}):
        assert values.decode(values.Encoder().encode(honest)) == honest


ODD = [
    None, True, 0, -1, 1.5, float("nan"), float("inf"), 10**4000, "", "x", [], [[]], [1, "x", None],
    {"tuple": []}, {"set": []}, {"set": [1, 2]}, {"dict": []}, {"dict": [[1, 2]]}, {"iterator": [1]}, {"odd": "a list"},
    {"bytes": "eA=="}, {"complex": [1.0, float("nan")]}, {"frozenset": [{"tuple": [{"frozenset": []}]}]},
    {"array": "", "dtype": "float64", "shape": [0]}, {"array": "", "dtype": "bool", "shape": [0, 10**18]},
    {"array": "/w==", "dtype": "bool", "shape": []}, {"array": "/w==", "dtype": "uint8", "shape": [1, 1]},
    {"scalar": {"array": "AAAAAAAA+H8=", "dtype": "float64", "shape": []}},
    {"scalar": {"array": "AAAAAAAAAAAAAAAAAAD4fw==", "dtype": "complex128", "shape": []}},
    {"objects": [None, [1]], "dtype": "object", "shape": [2]}, {"objects": ["a"], "dtype": "text", "shape": []},
    {"objects": [], "dtype": "text", "shape": [0]},
]  # fmt: skip


@pytest.mark.parametrize("right", range(len(ODD)))
def test_odd_values_are_compared_with_all_others(right):
    """What trips the comparison would leave a submission without a verdict."""
    right = values.decode(ODD[right])
    for odd in ODD:
        given = values.decode(odd)
        for mine, theirs in (
            (right, given),
            ([right], [given]),
            ({"k": right}, {"k": given}),
            ((right,) * 3, (given,) * 3),
        ):
            found = difference(mine, theirs, Tolerance(dtype=False))
            assert 0 <= found.size <= FAR and (found.size <= 1 or found.message)


def test_a_judge_who_trips_over_a_hint_says_so_and_no_more(monkeypatch):
    """Whoever forges a trace could wish to be left ungraded."""
    from grading.examiner.reference import ReferenceJudgement

    def trip(self):
        raise KeyError

    monkeypatch.setattr(ReferenceJudgement, "misconception", trip)
    assert "cannot be judged (KeyError)" in message(SOFTMAX, returned(1))
