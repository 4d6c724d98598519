"""What a child sends is data that anybody may have made: it is judged or refused, and never trips the grader."""

import copy
import json

import nbformat
import pytest
from diagnosis.trace import make_trace

from grading.examiner.session import CellSession
from grading.exams.optimizers.judge import ClassExamination
from grading.exams.optimizers.received import received_trace
from grading.sandbox.channel import ChannelError
from grading.sandbox.outputs import received_outputs
from grading.sandbox.untrusted import Malformed
from tests.course07 import ASSIGNMENT, EXAM, examination
from tinytorch.core import optimizers
from tinytorch.core.tensor import Tensor


def array(numbers, dtype, shape):
    return {"array": numbers, "dtype": dtype, "shape": shape}


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


HUGE = 10**4000
NUMBERS = ["", "A", "AAAA", "AAAAAAAAAAA=", "AAAAAAAA8H8=", "\ud800", "\n", [1.0], 1.0, None, deep(70)]
SHAPES = [[], [1], [-1], [0, 10**18], [True], [1.0], [HUGE], ["1"], [1] * 70, [1, deep(40)], "", None]
DTYPES = """O V8 U4 S4 M8 m8[s] f8,f8 , (9 (2,2)f8 bool int8 uint64 float16 c16 longdouble \0""".split(" ")
ODD = [
    None, True, 0, -1, 10**30, HUGE, -HUGE, 1e999, float("nan"), 1e-999, "", "x", "\ud800\x00", "x" * 5000, [], {},
    [None], [[]], {"a": 1}, [1, [2]], deep(40), deep(400), {"dict": {}}, {"tuple": []}, {"odd": "x"},
    {"odd": "x" * 10**5},
    {"raised": [], "message": "", "timed_out": False}, {"raised": ["E"] * 10**4, "message": "x", "timed_out": False},
    {"raised": ["ValueError"], "message": "\x1b[2J", "timed_out": True}, {"tuple": [{"tuple": [1]}] * 3},
    [{"tuple": ["a", None]}], array("AAAA", "float32", [400, 400]), array("A" * 4 * 10**6, "int8", [3 * 10**6]),
    *(array(numbers, "float64", shape) for numbers in NUMBERS for shape in SHAPES),
    *(array("AAAAAAAAAAAAAAAAAAAA", name, [2]) for name in DTYPES),
    *({"array": place} for place in (0, 1, 2, -1, True, HUGE, None, [0], deep(40))), [{"array": 0}] * 7, [{"array": 1}],
]  # fmt: skip
CHECKS = ["optimizer.zero_grad", "sgd.set_state", "sgd.gradients", "adam.defaults", "adam.moments"]


def paths(data, path=()):
    """Every place in nested data, the larger ones first."""
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data[:3]) if isinstance(data, list) else ()
    for key, value in items:
        yield from paths(value, (*path, key))


def replaced(data, path, value):
    """The data with another value in one place."""
    if not path:
        return value
    changed = copy.deepcopy(data)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", CHECKS)
def test_a_forged_trace_is_judged_or_refused(name):
    exam = examination(name, "forger")
    subject = getattr(optimizers, exam.check.subject)
    assert exam.judge(lambda case: make_trace(case, subject, Tensor)).passed
    case = exam.cases[-1]
    data = json.loads(json.dumps(make_trace(case, subject, Tensor).as_data()))
    places = [p for p in paths(data) if len(p) < 7]
    places += [("moments", 0, *p) for p in paths(data["moments"][0]) if len(p) < 4]
    alone = ClassExamination(exam.check, ASSIGNMENT, "forger")
    alone.cases, alone.fields = [case], exam.fields[-1:]
    refused = judged = 0
    for turn, place in enumerate(places):
        # every place gets several of the odd values, and every odd value comes to many places
        for odd in ODD[turn % 17 :: 17]:
            forged = replaced(data, place, odd)
            try:
                trace = received_trace(forged, case)
            except Malformed:
                refused += 1
                continue
            judged += 1
            message = alone.judge(lambda asked, trace=trace: trace).message
            assert isinstance(message, str)
    assert refused > 100 and judged > 10


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_an_odd_answer_is_judged_or_refused(odd):
    for name, message in (("q1.adam_state", {"answer": odd}), ("sgd.step", odd)):
        session = CellSession([name], EXAM, "forger", key="")
        try:
            for _ in session.questions[name]["cases"]:
                session.receive({"examine": name, "trace": message})
            session.receive({"examine": name, "shown": 0})
        except Malformed:
            continue
        (verdict,) = session.verdicts()
        assert verdict.message, "an odd answer was taken for right"


def test_odd_outputs_are_refused_or_can_be_written(tmp_path):
    true = [
        {"output_type": "stream", "name": "stdout", "text": "x"},
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["t"]},
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1},
        {"output_type": "display_data", "data": {"application/json": {"a": [1]}}, "metadata": {"a": {}}},
    ]
    refused = written = 0
    for place in paths(true):
        for odd in [*ODD, {"application/xjson": {"a": 1}}, {"application/a b+json": [1]}, {"text/\ud800": "x"}]:
            try:
                outputs = received_outputs(json.loads(json.dumps(replaced(true, place, odd))))
            except Malformed:
                refused += 1
                continue
            except (ValueError, ChannelError) as error:  # of ours: a number with too many digits for JSON
                assert "digits" in str(error)
                continue
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=copy.deepcopy(outputs))])
            (tmp_path / "n.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
            written += 1
    assert refused > 100 and written > 50
