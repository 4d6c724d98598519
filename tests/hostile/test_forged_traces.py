"""What a child sends is data that anybody may have made: it is judged or refused, and never trips the grader."""

import copy
import json
import logging
import os
import random
from base64 import b64decode, b64encode

import nbformat
import numpy as np
import pytest
from diagnosis.trace import make_trace

from grading.examiner.session import CellSession
from grading.exams.optimizers.illustration import illustration
from grading.exams.optimizers.judge import ClassExamination, ClassJudgement
from grading.exams.optimizers.mutants import MUTANTS
from grading.exams.optimizers.received import received_trace
from grading.exams.optimizers.record_behavior import diagnosed_cases
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
    *({"arrays": place} for place in (0, 1, 2, -1, True, HUGE, None, [0], deep(40))),
]  # fmt: skip
ROUNDS = int(os.environ.get("FORGED_TRACES", "250"))  # more by hand
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


class Forger:
    """Makes of true traces such as are nearly true: of the right form, with values that do not belong together."""

    FLOATS = (0, -1, 10**8, 10**9, 1e308, 1e-320, float("nan"), float("inf"), -1.25e30, -3.25e30)
    ERRORS = (("ValueError", "object"), ("NotImplementedError",), ("TookTooLong", "BaseException", "object"), ())

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, levels: int = 2):
        choose, inner = self.random.choice, self.value if levels else lambda levels: {"array": 0}
        few = [inner(levels - 1) for _ in range(self.random.randrange(6))]
        names = self.random.sample(["momentum_buffers", "m_buffers", "v_buffers", "lr", "beta1"], 3)
        error = {"raised": list(choose(self.ERRORS)), "message": "m", "timed_out": choose([True, False])}
        array, arrays = {"array": self.random.randrange(8)}, {"arrays": self.random.randrange(8)}
        return choose(
            [None, True, "x", [], {"odd": "a list"}, array, [array] * 4, few, {"tuple": few}, [True] * 4, [None] * 4]
            + [arrays, error, error, choose(self.FLOATS), {"dict": dict.fromkeys(names, few)}]
        )

    def arrays(self, arrays: dict) -> None:
        """Change the numbers of a trace, their order, or how many there are."""
        numbers, shape = bytearray(b64decode(arrays["numbers"])), self.random.choice([[], [0], [2], [2, 2], [1] * 5])
        for _ in range(3):
            if len(numbers) >= 8:
                place = self.random.randrange(len(numbers) // 8) * 8
                numbers[place : place + 8] = np.float64(self.random.choice(self.FLOATS)).tobytes()
        if self.random.random() < 0.5:
            dtype = self.random.choice(["float64", "float32", "int8", "bool", "uint64", "float16"])
            arrays["layouts"].append([[dtype, shape]])
            arrays["lists"].append(len(arrays["layouts"]) - 1)
            numbers += np.ones(shape, dtype).tobytes()
        elif self.random.random() < 0.3:
            self.random.shuffle(arrays[self.random.choice(["lists", "layouts"])])
        arrays["numbers"] = b64encode(numbers).decode()

    def forged(self, trace: dict) -> dict:
        trace, choose = copy.deepcopy(trace), self.random.randrange
        for _ in range(self.random.choice([1, 1, 2, 4])):
            moments = trace["moments"]
            moment = moments[choose(len(moments))] if moments else {}
            match choose(8):
                case 0:
                    del moments[choose(len(moments) + 1) :]
                case 1:
                    self.arrays(trace["arrays"])
                case 2:
                    trace["signature"] = self.random.choice([None, [{"tuple": ["params", self.value()]}], self.value()])
                case 3 | 4:
                    nothing = dict.fromkeys(("params", "grads", "are_arrays", "requires_grad"), [])
                    moment.update(nothing, raised=self.value())
                    del moments[choose(len(moments)) + 1 if moments else 0 :]
                case _ if moment:
                    name = self.random.choice(list(trace["moments"][0]))
                    if isinstance(moment.get(name), list) and moment[name] and choose(2):
                        moment[name][choose(len(moment[name]))] = self.value()
                    else:
                        moment[name] = self.value()
        return json.loads(json.dumps(trace))


def true_traces(subject, cases):
    """The traces of a right class and of some wrong ones, as data."""
    makers = [getattr(optimizers, subject), *[m.make for m in MUTANTS.values() if m.subject == subject][:3]]
    return [[json.loads(json.dumps(make_trace(case, make, Tensor).as_data())) for case in cases] for make in makers]


@pytest.mark.parametrize("name", [name for name in EXAM.checks if hasattr(EXAM.checks[name], "cases")])
def test_a_nearly_true_trace_is_judged_or_refused(name):
    exam, forger = examination(name, "forger"), Forger(7)
    traces = true_traces(exam.check.subject, exam.cases)
    for turn in range(ROUNDS // 10):
        judgement = exam.judgement()
        judgement.taken = turn % len(exam.cases)
        forged = forger.forged(traces[turn % len(traces)][judgement.taken])
        try:
            trace = exam.read(judgement.taken, forged)
        except Malformed:
            continue
        judgement.take(trace)
        assert isinstance(judgement.verdict.message, str)


@pytest.mark.parametrize("subject", ["Optimizer", "SGD", "Adam", "AdamW"])
def test_a_picture_of_nearly_true_traces_is_drawn_or_refused(subject):
    cases, forger, drawn = diagnosed_cases(subject), Forger(7), 0
    traces = true_traces(subject, cases)
    for turn in range(ROUNDS):
        forged = iter([trace if forger.random.random() < 0.6 else forger.forged(trace) for trace in traces[turn % 4]])
        try:
            found = illustration(subject, lambda case, forged=forged: received_trace(next(forged), case))
        except Malformed:
            continue
        json.dumps(found, allow_nan=False)
        drawn += found is not None
    assert drawn > 10 or subject == "Optimizer"


def trip(*anything):
    return {}["no such thing"]


def test_a_trace_that_trips_its_reader_is_refused_and_logged(monkeypatch, caplog):
    session = CellSession(["sgd.step"], EXAM, "forger", key="")
    monkeypatch.setattr(ClassExamination, "read", trip)
    logging.getLogger("traitlets").propagate = True
    with pytest.raises(Malformed, match="cannot be read .KeyError."):
        session.receive({"examine": "sgd.step", "trace": {}})
    assert "cannot be judged. Please look into it" in caplog.text and "no such thing" in caplog.text


def test_a_trace_that_trips_the_judge_is_wrong_and_logged(monkeypatch, caplog):
    session = CellSession(["sgd.step"], EXAM, "forger", key="")
    monkeypatch.setattr(ClassJudgement, "take", trip)
    logging.getLogger("traitlets").propagate = True
    for case in session.examinations["sgd.step"].cases:
        session.receive({"examine": "sgd.step", "trace": make_trace(case, optimizers.SGD, Tensor).as_data()})
    session.receive({"examine": "sgd.step", "shown": 0})
    (verdict,) = session.verdicts()
    assert verdict.message == "sgd.step: a trace that cannot be judged (KeyError)"
    assert "cannot be judged. Please look into it" in caplog.text and "no such thing" in caplog.text


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
