"""A slip costs its own check and few others, and is not taken for another mistake."""

import numpy as np
import pytest

from tests.course07 import EXAM, judge_class
from tests.grading.exams.optimizers.learners import LEARNERS
from tests.modules.visible_tests import failures
from tinytorch.core import optimizers as lesson

COSTS = {
    "optimizer.StartsCountingAnew": {"optimizer.interface"},
    "sgd.SignsTheWrongWayRound": {"sgd.step"},
    "sgd.MinusTheGradient": {"sgd.momentum"},
    "sgd.KeepsOnlyTheFirst": {"sgd.momentum"},
    "sgd.LooksAtTheDirection": {"sgd.momentum"},
    "sgd.MeanOverTheParameters": {"sgd.step"},
    "sgd.ClipsTheDirection": {"sgd.step"},
    "adam.CorrectsWhatIsCorrected": {"adam.bias_correction"},
    "adam.ReturnsTheSquareFirst": {"adam.bias_correction"},
    "adam.OneCallForEach": {"adam.moments"},
    "adam.Beta1Twice": {"adam.moments"},
    "adam.AveragesWithTheOtherBeta": {"adam.moments"},
    "adam.StateOfTorch": {"adam.moments"},
    "adam.CountsWhenAllIsDone": {"adam.bias_correction", "adam.epsilon"},  # from the first step on there are no numbers
}


@pytest.mark.parametrize("name", COSTS)
def test_a_slip_costs_its_own_check(name):
    learner = LEARNERS[name]
    checks = [check.name for check in EXAM.checks.values() if check.subject == learner.subject]
    assert {check for check in checks if not judge_class(check, learner.make).passed} == COSTS[name]


def named(check, name):
    """The misconception that a check names for a learner's class; empty if none."""
    held = judge_class(check, LEARNERS[name].make).misconception
    return held.name if held else ""


@pytest.mark.parametrize(
    ("check", "name", "never"),
    [
        ("sgd.momentum", "sgd.VelocityIsNotReturned", "state.not_made"),
        ("sgd.gradients", "sgd.VelocityIsNotReturned", "missing.raises"),
        ("sgd.defaults", "sgd.DecayIsNotReturned", "state.not_made"),
        ("sgd.momentum", "sgd.MinusTheGradient", "momentum.downhill"),
        ("sgd.set_state", "sgd.FillsWhatIsThere", "state.has_momentum"),
        ("optimizer.zero_grad", "optimizer.ZeroesTheWeights", "zero_grad.rebinds"),
        ("adam.gradients", "adam.RootFromMath", "params.scalar"),
        ("adam.moments", "adam.Beta1Twice", "adam.betas_swapped"),
        ("adam.moments", "adam.CorrectionIsNotReturned", "state.not_made"),
    ],
)
def test_a_slip_is_not_called_what_it_is_not(check, name, never):
    assert not judge_class(check, LEARNERS[name].make).passed
    assert named(check, name) != never


def test_velocities_that_stay_zero_are_no_loop_that_stops():
    class ReturnsTheNewZeros(lesson.SGD):
        def velocity(self, i, param, grad):
            self.momentum_buffers[i] = np.zeros_like(param.data)
            return self.momentum_buffers[i]

    held = judge_class("sgd.gradients", ReturnsTheNewZeros).misconception
    assert held is None or held.name != "missing.stops"


class Beta1Everywhere(lesson.AdamW):
    """Both averages by the first beta, each corrected by its own."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            grad = lesson.grad_array(p)
            if grad is None:
                continue
            m, v = (0.0 if b[i] is None else b[i] for b in (self.m_buffers, self.v_buffers))
            m, v = (self.beta1 * old + (1 - self.beta1) * new for old, new in ((m, grad), (v, grad**2)))
            self.m_buffers[i], self.v_buffers[i] = lesson.array_like(m, p), lesson.array_like(v, p)
            m_hat, v_hat = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
            moved = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            p.data = lesson.array_like((1 - self.lr * self.weight_decay) * moved, p)


@pytest.mark.parametrize(
    ("subject", "make", "cells"),
    [
        ("Adam", LEARNERS["adam.Beta1Twice"].make, {"test-adam-moments"}),
        ("Adam", LEARNERS["adam.AveragesWithTheOtherBeta"].make, {"test-adam-moments"}),
        ("AdamW", Beta1Everywhere, {"test-adamw-moments"}),
        ("Adam", LEARNERS["adam.CorrectsWhatIsCorrected"].make, {"test-adam-bias-correction"}),
    ],
)
def test_the_visible_tests_ask_about_averages_once(subject, make, cells):
    assert set(failures(subject, make)) == cells
