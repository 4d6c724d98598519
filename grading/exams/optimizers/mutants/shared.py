"""Misconceptions that somebody can hold about SGD, Adam and AdamW alike."""

import numpy as np

from . import base, conditions
from .registry import misconception

uphill = misconception(
    "step.uphill",
    "the gradient points to where the loss is lower",
    "Your parameters move exactly the wrong way. Where does a gradient point: up or down?",
)
fixed_lr = misconception(
    "step.fixed_lr",
    "the learning rate is fixed when the optimizer is made",
    "A schedule sets optimizer.lr while training runs. Which learning rate does your step use then?",
)
no_effect = misconception(
    "step.rebinds",
    "giving a local name a new value moves the parameter",
    "Your step returns, and the model's parameters stay where they are. Whose value does its last line change?",
    conditions.nothing_moved,
)
nothing = misconception(
    "step.nothing",
    "calling step() is enough",
    "Your step() ends and has changed nothing. Does Python ever reach its body, and does the body move a parameter?",
    conditions.nothing_changed,
)
some = misconception(
    "step.some",
    "step() need not reach every parameter",
    "Some parameters that have a gradient never move. Which ones does your loop not reach?",
    conditions.some_never_move,
)
stops = misconception(
    "missing.stops",
    "the first parameter without a gradient ends the step",
    "One parameter had no gradient, and others that have one did not move. What should the loop do then?",
    conditions.others_stopped,
)
as_zero = misconception(
    "missing.as_zero",
    "no gradient is the same as a gradient of zero",
    "A parameter without a gradient still changed, or its state did. What would decay and momentum do to a "
    "frozen layer in your optimizer?",
    conditions.missing_changed,
)
forgets = misconception(
    "missing.forgets",
    "a parameter without a gradient loses its state",
    "A parameter had no gradient for one step, and its state is gone. What should happen to the state in such a step?",
    conditions.missing_lost_its_state,
)
writes = misconception(
    "gradient.written",
    "the gradient is the optimizer's to change",
    "After step() the gradient is not what backward() left there. Does one of your lines change an array in place?",
    conditions.gradient_written,
)
one_kind = misconception(
    "gradient.one_kind",
    "a gradient is always a Tensor",
    "A gradient may be a Tensor or an array. What does .data mean for each of the two?",
)
one_number = misconception(
    "gradient.one_number",
    "all entries of a parameter take the same step",
    "You treat all entries of a parameter as if they had one and the same gradient. Which line makes one number of "
    "many?",
)
changes_type = misconception(
    "params.type",
    "the dtype and shape of a parameter may change in a step",
    "After a step a parameter has another dtype or shape than before. What does that do to the model's memory?",
    conditions.type_changed,
)
miscounts = misconception(
    "step_count.wrong",
    "step_count may count something other than the calls of step()",
    "step_count is not the number of calls of step(). When, and how often in one call, does yours go up?",
    conditions.miscounted,
)
forgets_on_clear = misconception(
    "zero_grad.state",
    "zero_grad() also clears the optimizer's state",
    "zero_grad() runs after every batch. What is left of the velocity or the averages if it clears them too?",
)

zero_is_missing = misconception(
    "gradient.zero_is_missing",
    "a gradient of zeros is the same as none",
    "You treat a gradient of zeros as a missing one. What should momentum, averages and decay do when the "
    "slope is flat?",
)
clipped = misconception(
    "gradient.clipped",
    "the optimizer should tame large gradients by itself",
    "Large gradients move your parameters by another rule than small ones. Whose task is it to clip gradients?",
)
scheduled = misconception(
    "step.scheduled",
    "the optimizer changes its learning rate by itself",
    "After some time your steps become shorter, though nobody has changed lr. Whose task is the schedule?",
)
own_copy = misconception(
    "params.kept",
    "between two steps nobody else changes the parameters",
    "New weights were loaded into the model, and your step undid it. From which values should it start?",
)

for subject, Right in {"SGD": base.SGD, "Adam": base.Adam, "AdamW": base.AdamW}.items():

    @uphill(subject)
    class Uphill(Right):
        def move(self, param, change):
            super().move(param, -change)

    @fixed_lr(subject)
    class FixedLr(Right):
        def step(self):
            if not hasattr(self, "first_lr"):
                self.first_lr = self.lr
            now, self.lr = self.lr, self.first_lr
            super().step()
            self.lr = now

    @no_effect(subject)
    class Rebinds(Right):
        def move(self, param, change):
            value = param.data
            value = value - change  # noqa: F841 - this is the mistake

    @no_effect(subject)
    class ReplacesTensors(Right):
        def move(self, param, change):
            new = type(param)(param.data - change, requires_grad=True, dtype=param.data.dtype)
            self.params = [new if p is param else p for p in self.params]

    @nothing(subject)
    class OnlyCounts(Right):
        def step(self):
            self.count()

    @nothing(subject)
    class DoesNothing(Right):
        def step(self):
            pass

    @some(subject)
    class FirstOnly(Right):
        def gradient(self, i, param):
            return super().gradient(i, param) if i == 0 else None

    @some(subject)
    class AllButLast(Right):
        def gradient(self, i, param):
            return super().gradient(i, param) if i < len(self.params) - 1 else None

    @stops(subject)
    class StopsAtMissing(Right):
        def step(self):
            self.count()
            for i, param in enumerate(self.params):
                gradient = self.gradient(i, param)
                if gradient is None:
                    return
                self.update(i, param, gradient)

    @stops(subject)
    class NothingIfAnyMissing(Right):
        def step(self):
            if any(param.grad is None for param in self.params):
                self.count()
                return
            super().step()

    @as_zero(subject)
    class MissingAsZero(Right):
        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            return np.zeros_like(param.data) if gradient is None else gradient

    @forgets(subject)
    class MissingForgets(Right):
        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            for name in ("momentum_buffers", "m_buffers", "v_buffers"):
                if gradient is None and hasattr(self, name):
                    getattr(self, name)[i] = None
            return gradient

    @writes(subject)
    class DecaysGradientInPlace(Right):
        def update(self, i, param, gradient):
            gradient += self.weight_decay * param.data
            super().update(i, param, gradient)

    @writes(subject)
    class ScalesGradientInPlace(Right):
        def update(self, i, param, gradient):
            super().update(i, param, gradient)
            gradient *= self.lr

    @writes(subject)
    class ClearsInStep(Right):
        def step(self):
            super().step()
            self.zero_grad()

    @one_kind(subject)
    class TensorGradientsOnly(Right):
        def gradient(self, i, param):
            return None if param.grad is None else 1.0 * param.grad.data  # of an array, .data is a memoryview

    @one_kind(subject)
    class SkipsArrayGradients(Right):
        def gradient(self, i, param):
            return None if isinstance(param.grad, np.ndarray) else super().gradient(i, param)

    @one_number(subject)
    class MeanGradient(Right):
        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            return None if gradient is None else np.full_like(gradient, gradient.mean())

    @zero_is_missing(subject)
    class SkipsZeroGradients(Right):
        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            return gradient if gradient is not None and np.any(gradient) else None

    @clipped(subject)
    class ClipsGradients(Right):
        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            return None if gradient is None else np.clip(gradient, -5, 5)

    @scheduled(subject)
    class ShrinksItsLr(Right):
        def move(self, param, change):
            super().move(param, change * (0.5 if self.step_count > 10 else 1.0))

    @own_copy(subject)
    class KeepsOwnWeights(Right):
        def update(self, i, param, gradient):
            self.kept = getattr(self, "kept", {})
            param.data = self.kept.get(i, param.data)
            super().update(i, param, gradient)
            self.kept[i] = param.data.copy()

    @changes_type(subject)
    class BecomesFloat64(Right):
        def move(self, param, change):
            param.data = np.asarray(param.data, dtype=np.float64) - change

    @changes_type(subject)
    class BecomesOneDimensional(Right):
        def move(self, param, change):
            super().move(param, change)
            param.data = np.atleast_1d(param.data)

    @miscounts(subject)
    class NeverCounts(Right):
        def count(self):
            self.steps = getattr(self, "steps", 0) + 1

        def t(self):
            return self.steps

    @miscounts(subject)
    class CountsParameters(Right):
        def count(self):
            self.steps = getattr(self, "steps", 0) + 1
            self.step_count = self.steps * len(self.params)

        def t(self):
            return self.steps

    @miscounts(subject)
    class CountsEachUpdate(Right):
        """Counts inside the loop, after the question whether there is a gradient."""

        def count(self):
            pass

        def update(self, i, param, gradient):
            self.step_count += 1
            super().update(i, param, gradient)

    @miscounts(subject)
    class CountsInTheLoop(Right):
        def count(self):
            pass

        def gradient(self, i, param):
            self.step_count += 1
            return super().gradient(i, param)

    @miscounts(subject)
    class CountsTwice(Right):
        """Counts, and calls a parent's step that counts too."""

        def count(self):
            self.step_count += 2

    @miscounts(subject)
    class CountsOnceMoreAfterwards(Right):
        def step(self):
            super().step()
            self.step_count += 1

    @forgets_on_clear(subject)
    class ZeroGradForgetsState(Right):
        def zero_grad(self):
            super().zero_grad()
            for name in ("momentum_buffers", "m_buffers", "v_buffers"):
                if hasattr(self, name):
                    setattr(self, name, [None] * len(self.params))
