"""The optional part: a step that moves fewer bytes. The lesson's own is right; wrong ones are seen; none is needed."""

import tracemalloc

import nbformat
import numpy as np
import pytest
from diagnosis import compare, diagnose

from tests.course07 import LESSON, judge_class
from tinytorch import viz
from tinytorch.core.optimizers import Adam, FastAdam, array_like, grad_array
from tinytorch.core.tensor import Tensor


def parameter(values, dtype=np.float32):
    param = Tensor(values, requires_grad=True, dtype=dtype)
    param.grad = Tensor(np.cos(np.arange(param.size)).reshape(param.shape), dtype=dtype)
    return param


def share_of_peak(make, size=1_000_000):
    """What a step needs while it runs, beside the bytes of the parameters."""
    tracemalloc.start()
    w = parameter(np.zeros(size))
    optimizer = make([w])
    optimizer.step()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (peak - held) / w.data.nbytes


@pytest.mark.parametrize("block", [1, 3, 7, FastAdam.BLOCK])
def test_it_behaves_like_adam(block):
    assert compare(type("FastAdam", (FastAdam,), {"BLOCK": block})).is_right


@pytest.mark.parametrize("name", ["adam.moments", "adam.weight_decay", "adam.bias_correction"])
def test_the_checks_of_the_grader_let_it_pass(name):
    assert judge_class(name, FastAdam).passed


def test_a_step_needs_next_to_no_memory_and_the_first_adam_needs_a_lot():
    assert share_of_peak(FastAdam) < 0.01
    assert share_of_peak(Adam) > 3


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (5,), (4, 6)], ids=str)
def test_its_steps_are_those_of_adam_however_the_numbers_lie(order, shape):
    ends = []
    for make in (Adam, FastAdam):
        w = parameter(np.ones(shape), dtype=np.float64)
        w.data = np.array(w.data, order=order)
        w.data.flags.writeable = order == "C"
        optimizer = make([w], lr=0.1, weight_decay=0.1)
        optimizer.BLOCK = 4
        for _ in range(5):
            optimizer.step()
        again = make([w], lr=0.1, weight_decay=0.1)
        again.load_state_dict(optimizer.state_dict())
        again.step()
        ends.append((w.data, again.m_buffers[0], again.v_buffers[0]))
    for ours, right in zip(ends[1], ends[0], strict=True):
        np.testing.assert_allclose(ours, right, rtol=1e-12)


class LastBlockForgotten(FastAdam):
    def step(self):
        before = [param.data.copy() for param in self.params]
        super().step()
        for param, old in zip(self.params, before, strict=True):
            whole = param.size - param.size % 2
            param.data.reshape(-1)[whole:] = old.reshape(-1)[whole:]


class GradientUsedAsScratch(FastAdam):
    def step(self):
        super().step()
        for param in self.params:
            if grad_array(param) is not None:
                grad_array(param)[...] = 0


class ScratchMadeAnew(FastAdam):
    def step(self):
        super().step()
        self.scratch = {}


class EpsilonNotScaled(FastAdam):
    """Takes the root of the correction out of the denominator, and forgets that epsilon stood there too."""

    def step(self):
        self.step_count += 1
        root = (1 - self.beta2**self.step_count) ** 0.5
        for i, param in enumerate(self.params):
            grad = grad_array(param)
            if grad is None:
                continue
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(param.data), np.zeros_like(param.data)
            grad = grad + self.weight_decay * param.data
            self.m_buffers[i] = array_like(self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad, param)
            self.v_buffers[i] = array_like(self.beta2 * self.v_buffers[i] + (1 - self.beta2) * grad**2, param)
            length = self.lr * root / (1 - self.beta1**self.step_count)
            step = length * self.m_buffers[i] / (np.sqrt(self.v_buffers[i]) + self.eps)
            param.data = array_like(param.data - step, param)


@pytest.mark.parametrize("wrong", [LastBlockForgotten, GradientUsedAsScratch, EpsilonNotScaled])
def test_a_wrong_one_is_seen(wrong, capsys):
    assert not compare(wrong).is_right
    diagnose(wrong)
    assert capsys.readouterr().out.startswith(f"{wrong.__name__} is compared with an Adam.\nYour Adam ")


def test_scratch_that_is_made_anew_is_seen_in_memory_alone():
    assert compare(ScratchMadeAnew).is_right
    assert share_of_peak(ScratchMadeAnew) > 0.05


def cells():
    return {cell.id: cell for cell in nbformat.read(LESSON, as_version=4).cells}


def test_it_has_no_points_and_nothing_later_reads_it():
    later = list(cells())
    later = later[later.index("fast-adam-keep") :]
    assert not any("FastAdam" in cells()[name].source or "is_written" in cells()[name].source for name in later)
    assert all(not cells()[name].metadata.get("nbgrader", {}).get("grade") for name in cells() if "fast-adam" in name)


@pytest.fixture
def notebook(capsys, monkeypatch):
    """Runs cells of the part on a class, as it is or not written; returns what is printed."""
    monkeypatch.setattr("builtins.display", lambda shown: print(shown.alt), raising=False)

    def notebook(subject, *names):
        scope = {"np": np, "viz": viz, "Adam": Adam, "FastAdam": subject, "diagnose": diagnose, "Tensor": Tensor}
        scope |= {"bytes_held": lambda make, size: (1.0, share_of_peak(make, size)), "bandwidth": [1e10]}
        scope |= {"quickest": lambda function, times: (function(), 1e-3)[1]}
        scope |= {"parameter": lambda values, grad: parameter(values)}
        for name in names:
            exec(cells()[name].source.replace("2_000_000", "2_000"), scope)  # noqa: S102 - our own source
        return capsys.readouterr().out

    return notebook


EXPLORES = ("fast-adam-same", "fast-adam-time")


def test_left_empty_it_stops_nothing(notebook):
    class Empty(Adam):
        def step(self):
            raise NotImplementedError()

    Empty.__name__ = "FastAdam"
    said = notebook(Empty, *EXPLORES).splitlines()
    assert len(said) == 2 and all(line.startswith("Not yet: FastAdam.step() is not written.") for line in said)


def test_a_right_one_is_measured(notebook):
    said = notebook(FastAdam, *EXPLORES)
    assert "Nothing wrong was seen in your Adam." in said and "FastAdam  needs" in said
    assert "stage 2, at best" in said and "its bytes alone" in said


def test_a_wrong_one_is_named_and_measured_all_the_same(notebook):
    said = notebook(EpsilonNotScaled, *EXPLORES)
    assert "EpsilonNotScaled is compared with an Adam." in said and "stage 1" in said
