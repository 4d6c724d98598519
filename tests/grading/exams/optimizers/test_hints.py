"""Hints are true: of mutants, of learners' classes, and of what looks like a mistake and is another one."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from diagnosis.case import Call
from diagnosis.trace import make_trace

from grading.exams.optimizers.exam import EXAM, hint_is_true
from grading.exams.optimizers.likeness import Shown
from grading.exams.optimizers.mutants import MISCONCEPTIONS, MUTANTS, base, conditions
from grading.exams.optimizers.mutants.registry import CONDITIONS
from tests.course07 import examination, judge_class
from tests.grading.exams.optimizers.learners import LEARNERS
from tinytorch.core.tensor import Tensor


def verdicts(subject, make, student):
    """The verdicts of the checks that a class fails."""
    checks = [check.name for check in EXAM.checks.values() if check.subject == subject]
    return [verdict for name in checks if not (verdict := judge_class(name, make, student)).passed]


@cache
def of_mutant(name):
    """The verdicts of the checks that a mutant fails, for the tests that ask about every mutant."""
    return verdicts(MUTANTS[name].subject, MUTANTS[name].make, "hints")


@pytest.mark.parametrize("name", MUTANTS)
def test_no_message_tells_a_right_value(name):
    assert of_mutant(name) or not MUTANTS[name].caught
    for verdict in of_mutant(name):
        told = re.findall(r"-?\d+\.\d{3,}", verdict.message.partition("\nHint")[0])
        assert told == [], verdict.message


@pytest.mark.parametrize("subject", ["Optimizer", "SGD", "Adam", "AdamW"])
def test_each_hint_for_a_mutant_is_its_own_or_that_of_a_mutant_that_shows_the_same(subject):
    said, otherwise = Counter(), Counter()
    for name, mutant in MUTANTS.items():
        if mutant.subject != subject:
            continue
        for verdict in of_mutant(name):
            held = verdict.misconception
            said[held is not None] += 1
            if held is not None:
                assert hint_is_true(verdict.check, mutant.make, "hints", held), (name, verdict)
                otherwise[held is not mutant.misconception] += 1
    assert said[True] >= 0.95 * said.total(), said
    assert otherwise[True] <= 0.05 * otherwise.total(), otherwise


def test_learners_classes_get_a_hint_and_no_wrong_one():
    failed, named, hinted, checks, wrong = 0, 0, 0, 0, []
    for place, (name, learner) in enumerate(LEARNERS.items()):
        # Drawn four times and not for each: what every mutant does with a drawing is then found once for many learners.
        found = verdicts(learner.subject, learner.make, f"learner-{place % 4}")
        assert found, f"{name} passes"
        said = [verdict.misconception.name for verdict in found if verdict.misconception]
        wrong += [(name, misconception) for misconception in said if misconception not in learner.names]
        failed, named = failed + 1, named + bool(learner.names.intersection(said))
        checks, hinted = checks + len(found), hinted + len(said)
    assert wrong == []
    assert len(LEARNERS) >= 70
    assert named >= 0.95 * failed
    assert hinted >= 0.9 * checks


def test_what_a_learners_class_is_said_to_be_exists():
    assert {name for learner in LEARNERS.values() for name in learner.names} <= set(MISCONCEPTIONS)


def test_every_condition_is_of_a_misconception():
    assert set(CONDITIONS) <= set(MISCONCEPTIONS)


# --- what looks like one mistake and is another ----------------------------------------------------------------------


class Velocities(base.SGD):
    """Moves its parameters, and shows no buffers under the name of the interface."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.old = dict(enumerate(self.__dict__.pop("momentum_buffers")))

    def update(self, i, param, gradient):
        direction = self.decayed(gradient, param)
        if self.momentum:
            self.old[i] = direction = (0 if self.old[i] is None else self.momentum * self.old[i]) + direction
        self.move(param, self.lr * direction)


def test_a_class_that_moves_is_not_told_that_nothing_changes():
    verdict = judge_class("sgd.momentum", Velocities)
    assert verdict.misconception.name == "state.names"


def test_a_restored_velocity_that_is_ignored_is_no_written_gradient():
    mutant = MUTANTS["sgd.FirstStepIgnoresState"]
    assert judge_class("sgd.set_state", mutant.make).misconception.name == "state.first_step"


def test_a_count_that_is_late_and_a_constant_correction_are_two_mistakes():
    assert (
        judge_class("adam.bias_correction", MUTANTS["adam.AlwaysTheFirst"].make).misconception.name == "adam.not_power"
    )
    late = judge_class("adam.bias_correction", MUTANTS["adam.TIsOneTooSmall"].make)
    assert late.misconception.name == "adam.t_off_by_one"


def test_a_fast_average_is_not_called_slow():
    hint = judge_class("adam.moments", MUTANTS["adam.WeightsSwapped"].make).misconception.hint
    assert "slow" not in hint


def test_where_only_later_velocities_are_wrong_the_first_is_not_called_special():
    verdict = judge_class("sgd.momentum", MUTANTS["sgd.DampedAfterFirst"].make)
    assert verdict.misconception.name == "momentum.dampened"


def test_a_decay_of_some_weights_is_not_called_without_effect():
    for subject in ("SGD", "Adam", "AdamW"):
        name = "adamw.decay" if subject == "AdamW" else f"{subject.lower()}.weight_decay"
        verdict = judge_class(name, MUTANTS[f"{subject.lower()}.DecaysLargeWeights"].make)
        assert verdict.misconception.name == "decay.large_only"


def test_a_hint_is_not_shown_where_its_condition_does_not_hold(monkeypatch):
    mutant = MUTANTS["sgd.DecaysGradientInPlace"]
    assert judge_class("sgd.gradients", mutant.make, "grace").misconception.name == "gradient.written"
    monkeypatch.setitem(CONDITIONS, "gradient.written", lambda case, trace, call: False)
    held = judge_class("sgd.gradients", mutant.make, "grace").misconception
    assert held is None or held.name != "gradient.written"


def test_two_mistakes_of_which_each_has_a_mutant_are_named_where_only_one_is_seen():
    class Both(base.Adam):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta1) * gradient**2

        def ratio(self, m_hat, v_hat):
            return m_hat / np.sqrt(v_hat + self.eps)

    assert judge_class("adam.moments", Both).misconception.name == "adam.mixed_betas"


def test_a_habit_that_is_right_hides_no_mistake():
    class DecaysOldWeightsByHalf(base.AdamW):
        def apply(self, param, change):
            self.move(param, change + self.lr * self.weight_decay / 2 * param.data)

    verdict = judge_class("adamw.decay", DecaysOldWeightsByHalf)
    assert verdict.misconception.name == "adamw.fraction"


def test_a_step_that_is_right_is_no_evidence():
    """All steps are right, and do not follow from what is kept in the buffers: that has many reasons."""

    class KeepsHalves(base.Adam):
        def update(self, i, param, gradient):
            for buffers in (self.m_buffers, self.v_buffers):
                buffers[i] = None if buffers[i] is None else 2 * buffers[i]
            super().update(i, param, gradient)
            for buffers in (self.m_buffers, self.v_buffers):
                buffers[i] = buffers[i] / 2

    verdict = judge_class("adam.bias_correction", KeepsHalves)
    assert verdict.passed or verdict.misconception is None


def test_what_agrees_in_one_step_only_is_not_named():
    """Twice the gradient is what somebody who adds velocity and gradient takes in a first step."""

    class TakesTwice(base.SGD):
        def move(self, param, change):
            super().move(param, 2 * change)

    assert judge_class("sgd.momentum", TakesTwice).misconception is None


def test_tiny_squares_are_not_all_alike():
    """The squares of small gradients are below any limit for numbers of usual size; so is all that is made of them."""
    names = {
        verdict.misconception.name
        for name in ("adam.OneArray", "adam.OneListWithOwnM", "adam.OneListWithBothFromTheOld")
        for verdict in verdicts("Adam", MUTANTS[name].make, "tiny") if verdict.misconception
    }  # fmt: skip
    assert names == {"adam.one_array"}


@pytest.mark.parametrize(
    ("name", "fails"),
    [
        ("adam.OneArray", {"adam.moments"}),
        ("adam.DividesByTheLargestV", {"adam.bias_correction"}),
        ("adam.OneVForAll", {"adam.moments"}),
        ("adam.OneNumberForV", {"adam.moments"}),
        ("adam.OneNumberForTheSum", {"adam.moments"}),
        ("adam.VStartsAtTheSquare", {"adam.moments"}),
        ("adam.CountsTwice", {"adam.gradients"}),
        ("adamw.CountsTwice", {"adamw.gradients"}),
        ("sgd.CountsInTheLoop", {"sgd.gradients"}),
        ("sgd.StepsAlongOldVelocity", {"sgd.momentum"}),
        ("adam.DividesByTheMean", {"adam.bias_correction"}),
        ("adam.DividesByTheNorm", {"adam.bias_correction"}),
        ("optimizer.CallsZero", {"optimizer.zero_grad"}),
    ],
)  # fmt: skip
def test_a_mistake_costs_its_own_check(name, fails):
    assert {verdict.check for verdict in of_mutant(name)} == fails


def test_a_wrong_correction_is_not_taken_for_a_wrong_count():
    """The steps are those of somebody whose step_count is wrong; here the count is right, and the correction is not."""

    class Doubles(base.Adam):
        def t(self):
            return 2 * self.step_count

    assert "adam.bias_correction" in {verdict.check for verdict in verdicts("Adam", Doubles, "cost")}


# --- exceptions ------------------------------------------------------------------------------------------------------


def test_exceptions_are_told_by_what_they_are_about():
    class Loops(base.SGD):
        def move(self, param, change):
            for i, value in enumerate(change):
                param.data[i] -= value

    verdict = judge_class("sgd.gradients", Loops)
    assert "raised" in verdict.message and verdict.misconception.name == "params.scalar"


def test_an_exception_of_another_kind_gets_no_hint():
    class Breaks(base.SGD):
        def move(self, param, change):
            raise KeyError("w")

    assert judge_class("sgd.step", Breaks).misconception is None


def test_none_where_no_gradient_is_missing_is_no_missing_gradient():
    verdict = judge_class("adam.moments", MUTANTS["adam.MakesNoBuffers"].make)
    assert verdict.misconception.name == "state.not_made"


# --- conditions and likeness -----------------------------------------------------------------------------------------


def trace_of(check, make, index=0):
    case = examination(check).cases[index]
    return case, make_trace(case, make, Tensor)


def test_a_right_step_meets_no_condition_that_is_about_steps():
    case, trace = trace_of("sgd.momentum", base.SGD)
    call = next(i for i, call in enumerate(case.calls) if call.do == "step")
    for condition in (
        conditions.nothing_moved, conditions.nothing_changed, conditions.some_never_move, conditions.others_stopped,
        conditions.missing_changed, conditions.missing_lost_its_state, conditions.gradient_written,
        conditions.type_changed, conditions.miscounted, conditions.not_an_array, conditions.attribute_missing,
        conditions.step_asked_none, conditions.a_single_number_has_no_entries, conditions.wrong_state_taken,
    ):  # fmt: skip
        assert not condition(case, trace, call), condition.__name__


def test_a_missing_buffer_is_one_of_zeros_and_a_missing_gradient_is_not():
    case, trace = trace_of("sgd.momentum", base.SGD)
    other = make_trace(case, MUTANTS["sgd.OnlyCounts"].make, Tensor)
    one, two = Shown(case, trace), Shown(case, other)
    assert one.is_like(two, "momentum_buffers", 0) and not one.is_like(two, "momentum_buffers", 2)
    cleared = replace(case, calls=(*case.calls[:2], Call("zero_grad")))
    right, zeros = (make_trace(cleared, make, Tensor) for make in (base.SGD, FillsZeros))
    assert not Shown(cleared, right).is_like(Shown(cleared, zeros), "grads", 2)


class FillsZeros(base.SGD):
    def zero_grad(self):
        for param in self.params:
            base.read(param)[...] = 0


def test_several_misconceptions_that_differ_elsewhere_are_not_guessed_between():
    """Two corrections lead to nothing but nan where betas are zero."""

    class CountsFromZero(base.Adam):
        def t(self):
            return self.step_count - 1

    verdict = judge_class("adam.epsilon", CountsFromZero)
    assert "no longer finite" in verdict.message and verdict.misconception is None
    assert judge_class("adam.bias_correction", CountsFromZero).misconception.name == "adam.t_off_by_one"
