"""Mistakes that are common in learners' SGD."""

import numpy as np

from . import base, conditions, sgd
from .registry import misconception

start = misconception(
    "momentum.start",
    "the velocity starts elsewhere than at zero",
    "Your velocity does not start at zero. What does the first step then contain that no gradient put there?",
)
last_only = misconception(
    "momentum.last_only",
    "momentum looks back by one step",
    "Your velocity holds the last gradient only. What should be left in it of the gradients before?",
)
kind = misconception(
    "state.kind",
    "a state may be of any kind",
    "get_momentum_state() promises a list with an array or None for each parameter; without momentum, None. What does "
    "yours return?",
)
together = misconception(
    "sgd.together",
    "momentum and decay work only together",
    "Your momentum or your decay works only where the other is set too. Which branch does a step with one of "
    "them take?",
)
keeps_older = misconception(
    "state.none_keeps",
    "a None in a state leaves the older velocity",
    "A state holds None for a parameter, and yours keeps the older velocity. Did the run that the state comes from "
    "have one?",
)
ignored_first = misconception(
    "state.first_step",
    "the first step of an optimizer has no velocity to go on from",
    "A velocity was put in before the first step, and that step ignores it. How does it decide whether there is one?",
)
asked_early = misconception(
    "state.asked_early",
    "a state is asked for only when every velocity is there",
    "get_momentum_state() raises where a parameter has no velocity yet. What should its entry in the list be then?",
    conditions.state_could_not_be_taken,
)
none_refused = misconception(
    "state.none_refused",
    "every entry of a state is an array",
    "Your code raises an exception where a state holds None for a parameter. What does such an entry say about its "
    "velocity?",
    conditions.missing_velocity_refused,
)
resets = misconception(
    "state.count",
    "a state that is put in starts the count anew",
    "Putting a state in changes your step_count. What does step_count count?",
    conditions.count_changed,
)
one_velocity = misconception(
    "momentum.one_number",
    "one velocity serves all parameters",
    "Your parameters share one velocity. How many velocities does an optimizer with four parameters keep?",
)


@sgd.lr_inside("SGD")
class LrInVelocityDownhill(base.SGD):
    """v = momentum * v - lr * g; p = p + v."""

    def velocity(self, old, gradient):
        return self.momentum * old - self.lr * gradient

    def direction(self, old, new, gradient):
        return -new / self.lr


@sgd.lr_inside("SGD")
class LrInAveragedVelocity(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old + (1 - self.momentum) * self.lr * gradient

    def direction(self, old, new, gradient):
        return new / self.lr


@sgd.lr_inside("SGD")
class LrInLookingAhead(base.SGD):
    """The same with Nesterov's second step."""

    def velocity(self, old, gradient):
        return self.momentum * old - self.lr * gradient

    def direction(self, old, new, gradient):
        return gradient - self.momentum * new / self.lr


@sgd.downhill("SGD")
class AveragedDownhill(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old - gradient

    def direction(self, old, new, gradient):
        return -new * 1.0


@sgd.averaged("SGD")
class AveragedTheOtherWay(base.SGD):
    def velocity(self, old, gradient):
        return (1 - self.momentum) * old + self.momentum * gradient


@sgd.nesterov("SGD")
class LooksAheadByOldVelocity(base.SGD):
    def direction(self, old, new, gradient):
        return (1 + self.momentum) * new - self.momentum * old


@sgd.ignored("SGD")
class AddsVelocityToTheGradient(base.SGD):
    def direction(self, old, new, gradient):
        return gradient + new


@last_only("SGD")
class AddsTheLastGradient(base.SGD):
    def velocity(self, old, gradient):
        return gradient * 1.0

    def direction(self, old, new, gradient):
        return gradient + self.momentum * old


@kind("SGD")
class ReturnsADict(base.SGD):
    def get_momentum_state(self):
        state = super().get_momentum_state()
        return None if state is None else dict(enumerate(state))


@kind("SGD")
class ReturnsANamedState(base.SGD):
    def get_momentum_state(self):
        state = super().get_momentum_state()
        return None if state is None else {"momentum": state}


@kind("SGD")
class LeavesOutWhatIsMissing(base.SGD):
    def get_momentum_state(self):
        state = super().get_momentum_state()
        return None if state is None else [buffer for buffer in state if buffer is not None]


@kind("SGD")
class NothingBeforeTheFirstStep(base.SGD):
    def get_momentum_state(self):
        return super().get_momentum_state() if self.step_count else None


@start("SGD")
class StartsAtOnes(base.SGD):
    def velocity(self, old, gradient):
        return super().velocity(np.ones_like(old) if self.is_first(old) else old, gradient)

    def is_first(self, old):
        return not np.any(old)


@start("SGD")
class StartsAtTheGradient(StartsAtOnes):
    def velocity(self, old, gradient):
        return base.SGD.velocity(self, gradient if self.is_first(old) else old, gradient)


@start("SGD")
class StartsAtTheValues(base.SGD):
    def update(self, i, param, gradient):
        if self.momentum and self.momentum_buffers[i] is None:
            self.momentum_buffers[i] = np.array(param.data)
        super().update(i, param, gradient)


@sgd.first_step("SGD")
class FirstStepWithoutVelocity(base.SGD):
    """Makes the buffer in the first step, and uses it from the second."""

    def velocity(self, old, gradient):
        return np.zeros_like(old) if self.step_count == 1 else self.momentum * old + gradient

    def direction(self, old, new, gradient):
        return gradient if self.step_count == 1 else new


@together("SGD")
class MomentumNeedsDecay(base.SGD):
    def update(self, i, param, gradient):
        kept, self.momentum = self.momentum, self.momentum if self.weight_decay else 0.0
        super().update(i, param, gradient)
        self.momentum = kept


@together("SGD")
class DecayNeedsMomentum(base.SGD):
    def decayed(self, gradient, param):
        return super().decayed(gradient, param) if self.momentum else gradient


@together("SGD")
class MomentumExcludesDecay(base.SGD):
    def decayed(self, gradient, param):
        return gradient if self.momentum else super().decayed(gradient, param)


@sgd.decay_outside("SGD")
class DecayShrinksBeforeStep(base.SGD):
    def update(self, i, param, gradient):
        self.shrunk = self.lr * self.weight_decay * param.data
        super().update(i, param, gradient)

    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, self.shrunk)
        super().move(param, change)


@sgd.decay_scale("SGD")
class DecayWithoutLrFirst(base.SGD):
    def decayed(self, gradient, param):
        self.move(param, self.weight_decay * param.data)
        return gradient


@sgd.decay_strength("SGD")
class DecayOfTheGradient(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * gradient


@sgd.decay_strength("SGD")
class DecayOfTheSquare(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data**2


@sgd.decay_strength("SGD")
class DecayOfTheNorm(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * np.sum(param.data**2)


@one_velocity("SGD")
class OneVelocity(base.SGD):
    """The same attribute, summed over all parameters where the shapes allow it."""

    def velocity(self, old, gradient):
        self.one = self.momentum * getattr(self, "one", 0.0) + float(np.mean(gradient))
        return np.full_like(old, self.one)


@ignored_first("SGD")
class FirstStepIgnoresState(base.SGD):
    """Decides by the count, not by the buffer, whether there is a velocity."""

    def velocity(self, old, gradient):
        return gradient * 1.0 if self.step_count == 1 else self.momentum * old + gradient


@asked_early("SGD")
class CopiesNone(base.SGD):
    def get_momentum_state(self):
        return [buffer.copy() for buffer in self.momentum_buffers] if self.has_momentum() else None


@asked_early("SGD")
class LooksUpWhatIsMissing(base.SGD):
    def get_momentum_state(self):
        there = {i: buffer for i, buffer in enumerate(self.momentum_buffers) if buffer is not None}
        return [there[i].copy() for i in range(len(self.params))] if self.has_momentum() else None


@none_refused("SGD")
class CopiesNoneIn(base.SGD):
    def set_momentum_state(self, state):
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            self.momentum_buffers = [buffer.copy() for buffer in state]


@keeps_older("SGD")
class NoneKeepsTheOlder(base.SGD):
    def set_momentum_state(self, state):
        older = self.momentum_buffers
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            pairs = zip(self.momentum_buffers, older, strict=True)
            self.momentum_buffers = [old if new is None else new for new, old in pairs]


@resets("SGD")
class StateResetsTheCount(base.SGD):
    def set_momentum_state(self, state):
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            self.step_count = 0


@sgd.unasked("SGD")
class StoresWithoutMomentum(base.SGD):
    def set_momentum_state(self, state):
        if state is not None and not self.has_momentum():
            self.momentum_buffers = [None if buffer is None else np.array(buffer) for buffer in state]
        super().set_momentum_state(state)


@sgd.unasked("SGD")
class AlwaysStepsAlongStoredVelocity(base.SGD):
    """Asks whether a buffer is there, not whether there is momentum."""

    def set_momentum_state(self, state):
        if state is not None and not self.has_momentum():
            self.momentum_buffers = [None if buffer is None else np.array(buffer) for buffer in state]
        super().set_momentum_state(state)

    def move(self, param, change):
        i = next(i for i, p in enumerate(self.params) if p is param)
        stored = self.momentum_buffers[i]
        super().move(param, change if self.momentum or stored is None else change + self.lr * stored)


@sgd.has("SGD")
class HasMomentumIsNone(base.SGD):
    def has_momentum(self):
        return True if self.momentum > 0 else None


@sgd.not_restored("SGD")
class RestoresOnlyWhatWasThere(base.SGD):
    def set_momentum_state(self, state):
        older = self.momentum_buffers
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            pairs = zip(self.momentum_buffers, older, strict=True)
            self.momentum_buffers = [None if old is None else new for new, old in pairs]


for last in (20, 50, 100, 300, 1000):

    @sgd.no_memory("SGD", f"ForgetsAfter{last}")
    class ForgetsLate(base.SGD):
        last = last

        def velocity(self, old, gradient):
            return super().velocity(old * (self.step_count <= self.last), gradient)
