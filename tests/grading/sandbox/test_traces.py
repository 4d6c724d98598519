"""What a child sends is let in only if it has the very form that our code gives it.

That nothing it can send trips the grader, is for ``tests/hostile/test_forged_traces.py``: here is what is refused.
"""

import base64
import copy
import json
import tracemalloc

import numpy as np
import pytest
from diagnosis.trace import make_trace
from tracing.data import MOST_ARRAYS, Odd, Shelved, decode
from tracing.look import LARGEST

from grading.examiner.answers import received_answer
from grading.exams.optimizers.received import LONGEST, received_trace
from grading.sandbox.mime_bundle import DEEPEST
from grading.sandbox.outputs import received_outputs
from grading.sandbox.untrusted import Malformed
from tests.course07 import examination
from tinytorch.core import optimizers
from tinytorch.core.tensor import Tensor


@pytest.fixture(scope="module")
def case():
    return examination("sgd.get_state", "student").cases[0]


@pytest.fixture
def sent(case):
    """What comes of a trace of the right class."""
    return json.loads(json.dumps(make_trace(case, optimizers.SGD, Tensor).as_data()))


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def test_a_true_trace_comes_as_it_was(case, sent):
    made, received = make_trace(case, optimizers.SGD, Tensor), received_trace(sent, case)
    assert same(received.signature, made.signature)
    assert same([vars(moment) for moment in received.moments], [vars(moment) for moment in made.moments])


@pytest.mark.parametrize("looks", [0, 2])
def test_an_object_that_cannot_be_looked_at_in_time_is_no_forgery(case, looks):
    """Its trace ends where looking did not, with what was seen last; a part of a look would pass for a forged one."""

    class Slow(optimizers.SGD):
        seen = 0

        @property
        def momentum_buffers(self):
            if type(self).seen > looks:
                while True:
                    pass
            type(self).seen += 1
            return self.kept

        @momentum_buffers.setter
        def momentum_buffers(self, value):
            self.kept = value

    made = make_trace(case, Slow, Tensor, seconds=0.2)
    received = received_trace(json.loads(json.dumps(made.as_data())), case)
    assert received.moments[-1].raised.timed_out and len(received.moments) < len(case.calls)


def first(change):
    """A change to the first moment, the only one that has every field."""
    return lambda data: change(data["moments"][0])


def params(change):
    """A change to the list of the first moment's parameters, with an entry of its own for each."""

    def change_each(data):
        alone = [{"array": put_on_shelf(data, *one)} for one in shown(data, data["moments"][0]["params"]["arrays"])]
        data["moments"][0]["params"] = alone
        change(alone)

    return change_each


def shown(data, place):
    """Of each array in a list: its numbers, its dtype and its shape."""
    return [(array.tobytes(), array.dtype.name, list(array.shape)) for array in Shelved(data["arrays"]).get(place)]


def put_on_shelf(data, numbers, dtype, shape):
    """Another list, of one array; returns its place."""
    shelf = data["arrays"]
    shelf["numbers"] = base64.b64encode(base64.b64decode(shelf["numbers"]) + numbers).decode()
    shelf["layouts"].append([[dtype, shape]])
    shelf["lists"].append(len(shelf["layouts"]) - 1)
    return len(shelf["lists"]) - 1


def put(name, value):
    """A field that shows something else from the last moment on."""
    return lambda data: data["moments"][-1].update({name: value})


def shelved(numbers, dtype, shape):
    """Another array on the shelf, as the first parameter."""

    def change(data):
        arrays = shown(data, data["moments"][0]["params"]["arrays"])
        places = [put_on_shelf(data, *one) for one in [(numbers, dtype, shape), *arrays[1:]]]
        data["moments"][0]["params"] = [{"array": place} for place in places]

    return change


def on_shelf(name, change):
    """A change to what says how the numbers on the shelf are laid out."""
    return lambda data: change(data["arrays"][name])


NUMBERS = {"array": "AACAPw==", "dtype": "float32", "shape": [1]}
REFUSED = {
    "no moments": lambda data: data.update(moments=[]),
    "a moment more than calls": lambda data: data["moments"].append(data["moments"][-1]),
    "moments that are no list": lambda data: data.update(moments=7),
    "a moment with another field": put("verdict", "passed"),
    "no signature": lambda data: data.pop("signature"),
    "a signature of names only": lambda data: data.update(signature=["params", "lr"]),
    "a default that is a list": lambda data: data.update(signature=[{"tuple": ["params", [1]]}]),
    "one parameter less": params(list.pop),
    "one gradient more": first(lambda moment: moment["grads"].append(None)),
    "parameters that are text": params(lambda each: each.__setitem__(0, "x")),
    "parameters that are a number": put("params", 7),
    "a parameter that is a list": params(lambda each: each.__setitem__(0, [1.0, 2.0])),
    "more numbers than a parameter can have": shelved(bytes(LARGEST + 1), "int8", [LARGEST + 1]),
    "a parameter of texts": shelved(b"abcd", "str32", [1]),
    "a parameter of objects": shelved(bytes(8), "object", [1]),
    "a shape that is not that of its numbers": shelved(bytes(8), "float64", [2]),
    "numbers that are in no array": shelved(bytes(9), "float64", [1]),
    "a shape that is negative": shelved(bytes(8), "float64", [-1]),
    "an array that is not on the shelf": params(lambda each: each.__setitem__(0, {"array": 10**6})),
    "an array before the shelf": params(lambda each: each.__setitem__(0, {"array": -1})),
    "an array beside the shelf": params(lambda each: each.__setitem__(0, NUMBERS)),
    "arrays that are not on the shelf": put("params", {"arrays": [10**6]}),
    "arrays that are text": put("params", {"arrays": "0"}),
    "arrays that are a list": put("params", {"arrays": [0]}),
    "arrays before the shelf": put("params", {"arrays": -1}),
    "arrays that are arrays": put("params", {"arrays": [{"array": 0}]}),
    "a list for an array": put("params", [{"array": 0}] * 4),
    "an array less": params(list.pop),
    "a layout that is not there": on_shelf("lists", lambda lists: lists.append(10**6)),
    "a layout that is text": on_shelf("lists", lambda lists: lists.append("0")),
    "a layout without a shape": on_shelf("layouts", lambda layouts: layouts.append([["float32"]])),
    "a list of lists": on_shelf("lists", lambda lists: lists.append([0])),
    "more empty arrays than anything shows": lambda data: data["arrays"].update(
        layouts=[*data["arrays"]["layouts"], [["int8", [0]]] * 5_000],
        lists=[*data["arrays"]["lists"], *[len(data["arrays"]["layouts"])] * 5_000]),
    "no shelf": lambda data: data.pop("arrays"),
    "a beginning without a field": first(lambda moment: moment.pop("same_params")),
    "flags that are numbers": first(lambda moment: moment["requires_grad"].__setitem__(0, 1)),
    "a flag that is text": put("same_params", "yes"),
    "a count that is a float": put("step_count", 2.0),
    "a count that is a flag": put("step_count", True),
    "a count that is too large": put("step_count", 10**9),
    "buffers of another name": first(lambda moment: moment["buffers"]["dict"].update(mine=None)),
    "buffers left out": first(lambda moment: moment["buffers"]["dict"].popitem()),
    "buffers that are numbers": first(lambda moment: moment["buffers"]["dict"].update(m_buffers=7.0)),
    "settings of another name": put("settings", {"dict": {"points": 5.0}}),
    "a setting that is an int": put("settings", {"dict": {"lr": 1}}),
    "a setting that is an array": put("settings", {"dict": {"lr": NUMBERS}}),
    "an answer that is text": put("returned", "passed"),
    "a state that is a number": put("held", 1.0),
    "an exception without a type": put("raised", {"raised": [], "message": "", "timed_out": False}),
    "an exception that is text": put("raised", "ValueError"),
    "a long message": put("raised", {"raised": ["E"], "message": "x" * (LONGEST + 1), "timed_out": False}),
    "a long word for something odd": put("returned", {"odd": "x" * (LONGEST + 1)}),
    "an object of no kind": put("returned", {"verdict": ""}),
    "nested too deeply": lambda data: data.update(signature=json.loads("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))),
}  # fmt: skip


@pytest.mark.parametrize("change", REFUSED.values(), ids=list(REFUSED))
def test_what_is_not_the_trace_of_this_case_is_refused(case, sent, change):
    change(sent)
    with pytest.raises(Malformed):
        received_trace(sent, case)


def test_what_is_as_it_was_is_not_sent_again(case, sent):
    assert sum("params" in moment for moment in sent["moments"]) == 1 + sum(call.do == "step" for call in case.calls)
    assert len(sent["arrays"]["lists"]) < 2 * len(case.calls)


@pytest.mark.parametrize("well_formed", [shelved(bytes(8), "float64", [1]), shelved(bytes(LARGEST), "int8", [LARGEST])])
def test_another_array_of_the_right_form_is_let_in(case, sent, well_formed):
    well_formed(sent)
    assert received_trace(sent, case)


@pytest.mark.parametrize("data", [None, [], "trace", 7, {}, {"moments": [{}]}], ids=repr)
def test_what_is_no_trace_is_refused(case, data):
    with pytest.raises(Malformed):
        received_trace(data, case)


@pytest.mark.parametrize(
    "arrays",
    [
        {"layouts": [[]], "lists": [0] * 10**6},
        {"layouts": [[["int8", [0]]] * MOST_ARRAYS], "lists": [0, 0]},
        {"layouts": [[["int8", [0]]]] * (MOST_ARRAYS + 1), "lists": []},
        {"layouts": [[]] * 10**6, "lists": []},
    ],
)
def test_lists_without_end_are_refused_before_they_are_made(arrays):
    """A number takes two bytes of a message, and the list that it stands for thirty times as many."""
    tracemalloc.start()
    with pytest.raises(ValueError):
        Shelved({"numbers": "", **arrays})
    (_, most), _ = tracemalloc.get_traced_memory(), tracemalloc.stop()
    assert most < 5 * 2**20


def test_a_trace_of_another_case_is_refused(sent):
    other = examination("optimizer.zero_grad", "student").cases[1]
    assert len(other.calls) < len(sent["moments"])
    with pytest.raises(Malformed, match="another length"):
        received_trace(sent, other)


def test_a_trace_may_end_before_there_is_an_optimizer(case, sent):
    sent["moments"], sent["arrays"] = [dict.fromkeys(sent["moments"][0], []) | {
        "raised": {"raised": ["TypeError"], "message": "no", "timed_out": False}, "returned": None,
        "buffers": {"dict": {}}, "settings": {"dict": {}}, "step_count": None, "held": None,
        "same_params": True, "are_plain": True,
    }], {"numbers": "", "layouts": [], "lists": []}  # fmt: skip
    assert received_trace(sent, case).moments[0].raised.message == "no"
    sent["moments"][0]["raised"] = None
    with pytest.raises(Malformed, match="another number of parameters"):
        received_trace(sent, case)


def test_an_answer_is_a_number_or_said_to_be_something_else():
    assert received_answer({"answer": 74.5}) == 74.5
    assert received_answer({"answer": {"odd": "a str"}}) == Odd("a str")
    assert received_answer({"answer": {"odd": "half a pair: \ud800"}}) == Odd("an object")


@pytest.mark.parametrize(
    "data", [None, True, 74, 10**400, "74.5", [74.5], {}, NUMBERS, {"odd": 1}, {"odd": "a", "verdict": ""},
             {"odd": "x" * (LONGEST + 1)}, {"tuple": [74.5]}, {"raised": ["E"], "message": "", "timed_out": False}],
    ids=lambda data: f"{data!r:.30}",
)  # fmt: skip
def test_other_answers_are_refused(data):
    with pytest.raises(Malformed):
        received_answer({"answer": data})


OUTPUTS = [
    {"output_type": "stream", "name": "stderr", "text": "x"},
    {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["t"]},
    {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1},
    {"output_type": "display_data", "data": {"image/png": "aa", "application/x+json": {"a": [1]}}, "metadata": {}},
]


def test_true_outputs_come_as_they_were():
    assert received_outputs(OUTPUTS) == OUTPUTS


@pytest.mark.parametrize(
    ("index", "change"),
    [
        (0, {"name": "points"}),
        (0, {"text": ["x"]}),
        (0, {"output_type": "verdict"}),
        (1, {"traceback": "t"}),
        (1, {"traceback": [1]}),
        (1, {"ename": None}),
        (2, {"execution_count": -1}),
        (2, {"execution_count": True}),
        (2, {"data": {"points": "5"}}),
        (2, {"metadata": None}),
        (3, {"data": {"application/json": json.loads("[" * DEEPEST + "]" * DEEPEST)}}),
    ],
)
def test_odd_outputs_are_refused(index, change):
    outputs = copy.deepcopy(OUTPUTS)
    outputs[index].update(change)
    with pytest.raises(Malformed):
        received_outputs(outputs)


@pytest.mark.parametrize("outputs", [None, {}, "x", [1], [[]]], ids=repr)
def test_what_are_no_outputs_is_refused(outputs):
    with pytest.raises(Malformed, match="outputs that are none"):
        received_outputs(outputs)


def test_metadata_keep_what_cannot_be_markup():
    metadata = {"image/png": {"width": 300, "height": "50%", "alt": '"><script>'}, "collapsed": True, "list": [1]}
    (output,) = received_outputs([{**OUTPUTS[3], "metadata": metadata}])
    assert output.metadata == {"image/png": {"width": 300, "height": "50%"}, "collapsed": True}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("did not end within 0.2 seconds", "did not end within 0.2 seconds"),
        (
            "and the calls before it did not end within 10 seconds",
            "and the calls before it did not end within 10 seconds",
        ),
        ("is right. Full marks", "took too long"),
        ("did not end within 5 seconds\nHint: 10 of 10", "took too long"),
    ],
)
def test_that_a_call_did_not_end_is_said_in_our_words(said, told):
    """A submission can raise our exception itself, with any message."""
    raised = decode({"raised": ["TookTooLong", "BaseException", "object"], "message": said, "timed_out": True})
    assert raised.message == told
