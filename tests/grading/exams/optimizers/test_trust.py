"""What a class shows of itself is believed only as far as it can be true."""

import numpy as np
import pytest

from grading.exams.optimizers.checks import CHECKS
from grading.exams.optimizers.mutants import base
from tests.course07 import judge_class


class HugeAverages(base.Adam):
    """Steps by the rule from averages that no gradient leads to; beside such a step, no decay can be seen."""

    size = 1e30

    def average(self, i, gradient, param):
        self.m_buffers[i] = np.full_like(param.data, self.size)
        self.v_buffers[i] = np.ones_like(param.data)


class NoSquares(HugeAverages):
    """The same by a v of nothing."""

    def average(self, i, gradient, param):
        self.m_buffers[i] = np.asarray(gradient * 1.0)
        self.v_buffers[i] = np.zeros_like(param.data)


class HugeAveragesW(HugeAverages, base.AdamW):
    """The same without any decay."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        base.AdamW.__init__(self, params, lr, betas, eps, weight_decay)

    def shrink(self, param):
        pass


@pytest.mark.parametrize("subject", [HugeAverages, NoSquares])
@pytest.mark.parametrize("check", ["moments", "bias_correction", "weight_decay"])
def test_averages_that_make_any_step_right(check, subject):
    assert not judge_class(f"adam.{check}", subject).passed


@pytest.mark.parametrize("check", ["moments", "step", "decay"])
def test_steps_too_long_to_see_a_decay(check):
    assert not judge_class(f"adamw.{check}", HugeAveragesW).passed


def forgetful(rule):
    """A class that forgets its state whenever its learning rate is set."""

    class Forgets(rule):
        @property
        def lr(self):
            return self.rate

        @lr.setter
        def lr(self, rate):
            self.rate = rate
            for name in ("momentum_buffers", "m_buffers", "v_buffers"):
                if hasattr(self, name):
                    setattr(self, name, [None] * len(self.params))

    return Forgets


@pytest.mark.parametrize(
    ("check", "rule"),
    [("sgd.momentum", base.SGD), ("adam.bias_correction", base.Adam), ("adamw.step", base.AdamW)],
)
def test_a_state_that_is_wiped_by_a_new_learning_rate(check, rule):
    assert judge_class(check, rule).passed
    assert not judge_class(check, forgetful(rule)).passed


def test_a_setter_that_writes_into_the_callers_state():
    class Writes(base.SGD):
        def set_momentum_state(self, state):
            super().set_momentum_state(state)
            if state is not None and self.momentum_buffers[0] is not None:
                for given in state:
                    if given is not None:
                        given *= 2
                self.momentum_buffers = [None if given is None else given.copy() for given in state]

    verdict = judge_class("sgd.set_state", Writes)
    assert not verdict.passed and "is not what was put in" in verdict.message


class OtherNames(base.Adam):
    """Right steps, from averages under names of its own."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.first, self.second = self.m_buffers, self.v_buffers
        del self.m_buffers, self.v_buffers

    def update(self, i, param, gradient):
        self.m_buffers, self.v_buffers = self.first, self.second
        super().update(i, param, gradient)
        del self.m_buffers, self.v_buffers


def test_a_state_under_other_names_is_paid_for_once():
    failed = [name for name in CHECKS if name.startswith("adam.") and not judge_class(name, OtherNames).passed]
    assert failed == ["adam.moments"]
    assert "has no attribute m_buffers" in judge_class("adam.moments", OtherNames).message


def test_where_the_step_is_right_and_what_is_shown_is_not_both_are_said():
    class KeepsCorrected(base.Adam):
        """Shows corrected averages, and steps by others."""

        def update(self, i, param, gradient):
            kept = self.__dict__.setdefault("kept", {})
            self.m_buffers[i], self.v_buffers[i] = kept.get(i, (None, None))
            super().update(i, param, gradient)
            kept[i] = self.m_buffers[i], self.v_buffers[i]
            self.m_buffers[i] = self.m_hat(self.m_buffers[i])

    verdict = judge_class("adam.moments", KeepsCorrected)
    assert "although the steps are right: they do not follow" in verdict.message
    assert judge_class("adam.bias_correction", KeepsCorrected).passed


def test_averages_kept_in_another_place_are_not_called_missing():
    class ByParameter(base.Adam):
        """Keeps the averages in a dict, and leaves the lists as they were made."""

        def update(self, i, param, gradient):
            kept = self.__dict__.setdefault("kept", {})
            self.m_buffers[i], self.v_buffers[i] = kept.get(id(param), (None, None))
            super().update(i, param, gradient)
            kept[id(param)] = self.m_buffers[i], self.v_buffers[i]
            self.m_buffers[i] = self.v_buffers[i] = None

    verdict = judge_class("adam.moments", ByParameter)
    assert "what your steps use is kept somewhere else" in verdict.message
    assert verdict.misconception.name == "state.names"
    verdict = judge_class("adam.weight_decay", ByParameter)
    assert verdict.misconception is None, verdict.message


@pytest.mark.parametrize("check", ["adam.moments", "adamw.moments"])
def test_a_wrong_step_is_not_called_right_by_a_check_that_looks_at_buffers_only(check):
    class OfTheDifference(base.Adam if check.startswith("adam.") else base.AdamW):
        """The second average is of the distance to the first one."""

        def v(self, old, gradient, m):
            return super().v(old, gradient - m, m)

    verdict = judge_class(check, OfTheDifference)
    assert "v_buffers" in verdict.message
    assert "right:" not in verdict.message


def test_a_first_step_that_is_right_alone_does_not_make_the_steps_right():
    class DecaysBesideTheVelocity(base.SGD):
        def step(self):
            decay, self.weight_decay = self.weight_decay, 0.0
            old = [param.data for param in self.params]
            super().step()
            self.weight_decay = decay
            for param, values in zip(self.params, old, strict=True):
                if param.grad is not None:
                    param.data = (param.data - self.lr * decay * values).astype(values.dtype)

    verdict = judge_class("sgd.weight_decay", DecaysBesideTheVelocity)
    assert "momentum_buffers" in verdict.message
    assert "right:" not in verdict.message


def test_a_loop_that_is_used_up_does_not_change_more_than_gradients():
    class UsedUp(base.Optimizer):
        def __init__(self, params):
            super().__init__(params)
            self.left = iter(self.params)

        def zero_grad(self):
            for param in self.left:
                param.grad = None

    verdict = judge_class("optimizer.zero_grad", UsedUp)
    assert not verdict.passed
    assert verdict.misconception is None or verdict.misconception.name != "zero_grad.too_much"


def test_the_number_zero_in_a_buffer_that_was_not_made_yet():
    class StartsAtZero(base.SGD):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            self.momentum_buffers = [0] * len(self.params)

    for check in ("sgd.momentum", "sgd.weight_decay", "sgd.gradients"):
        assert judge_class(check, StartsAtZero).passed, check
