"""Slips: a sign, a bracket or a return in the wrong place, a line too many, an array where a number belongs."""

import math

import numpy as np

from . import adam, base, conditions, sgd, shared, typical, typical_adam
from .registry import misconception

no_return = misconception(
    "python.no_return",
    "a method hands back what it has worked out, with or without return",
    "Your step() calculates with a None, though every gradient and every buffer that it needs is there. Does each of "
    "your methods end with a return?",
    conditions.calculated_with_what_a_method_returned,
)
one_number = misconception(
    "python.one_number",
    "a function of a single number works on an array",
    "Your code gives an array to a function that takes a single number, such as math.sqrt or float. What does NumPy "
    "have in its place?",
    conditions.raised_about("a function of one number"),
)
replaces = misconception(
    "step.replaces",
    "=- is the same as -=",
    "After a step your parameter is the change alone, and its old value is gone. What does your last line do with the "
    "old value, and which sign comes first in it?",
)
constant_lr = misconception(
    "step.constant_lr",
    "the learning rate is a constant",
    "Your steps are as long as they are, whatever lr is. Which learning rate does your step use?",
)
asked_twice = misconception(
    "state.asked_twice",
    "to ask for the velocity or the averages again changes nothing",
    "In each step your buffers take in the gradient twice. How often does your step call the method that keeps them?",
)
first_kept = misconception(
    "momentum.first_kept",
    "a velocity that was kept once changes by itself",
    "After the first step your velocity is kept as it was. Which line keeps the new one?",
)
corrected_again = misconception(
    "adam.corrected_again",
    "the averages that a step gets are still to be corrected",
    "Your averages are corrected twice. Is what moments() hands to your step corrected already?",
)
eps_beside = misconception(
    "adam.eps_beside",
    "m / root + eps is the same as m / (root + eps)",
    "Your epsilon is added to the whole step. In which order does Python work out a / b + c?",
)

for subject, Right in {"SGD": base.SGD, "Adam": base.Adam, "AdamW": base.AdamW}.items():

    @replaces(subject)
    class ReplacesByTheChange(Right):
        def move(self, param, change):
            param.data = np.asarray(-change, dtype=param.data.dtype)

        def shrink(self, param):
            super().move(param, self.lr * self.weight_decay * param.data)

    @constant_lr(subject)
    class StepsByTheDefaultLr(Right):
        def step(self):
            kept, self.lr = self.lr, 0.01 if isinstance(self, base.SGD) else 0.001
            super().step()
            self.lr = kept

    @asked_twice(subject)
    class AsksTwice(Right):
        """The second time, each buffer goes on from what the first time has kept."""

        def velocity(self, old, gradient):
            return super().velocity(super().velocity(old, gradient), gradient)

        def average(self, i, gradient, param):
            super().average(i, gradient, param)
            super().average(i, gradient, param)

    @typical.other_names(subject)
    class KeepsListsOfItsOwn(Right):
        """The lists of the interface are there, and stay as they were made."""

        def update(self, i, param, gradient):
            self.own = getattr(self, "own", {})
            for name in typical.lists_of(self):
                getattr(self, name)[i] = self.own.get((name, i))
            super().update(i, param, gradient)
            for name in typical.lists_of(self):
                self.own[name, i] = getattr(self, name)[i]
                getattr(self, name)[i] = None


# --- SGD -------------------------------------------------------------------------------------------------------------


@no_return("SGD")
class VelocityWithoutReturn(base.SGD):
    def direction(self, old, new, gradient):
        return None


@no_return("SGD")
class DecayedWithoutReturn(base.SGD):
    def decayed(self, gradient, param):
        return None if self.weight_decay else gradient

    def update(self, i, param, gradient):
        if self.momentum and self.momentum_buffers[i] is None:
            self.momentum_buffers[i] = np.zeros_like(param.data)
        super().update(i, param, gradient)


@one_number("SGD")
class StepAsANumber(base.SGD):
    def move(self, param, change):
        super().move(param, float(change))


@sgd.subtracted("SGD")
class SubtractsTheGradient(base.SGD):
    def velocity(self, old, gradient):
        return self.momentum * old - gradient


@first_kept("SGD")
class KeepsTheFirstVelocity(base.SGD):
    def update(self, i, param, gradient):
        first = self.momentum_buffers[i]
        super().update(i, param, gradient)
        if first is not None:
            self.momentum_buffers[i] = first


@sgd.scale("SGD")
class DividesByTheEntries(base.SGD):
    def move(self, param, change):
        super().move(param, change / max(param.data.size, 1))


@sgd.scale("SGD")
class DividesByTheParameters(base.SGD):
    def move(self, param, change):
        super().move(param, change / len(self.params))


@sgd.scale("SGD")
class StepBySign(base.SGD):
    def move(self, param, change):
        super().move(param, self.lr * np.sign(change))


@shared.clipped("SGD")
class ClipsTheStep(base.SGD):
    """Clips what the step goes along, with momentum and decay in it."""

    def move(self, param, change):
        super().move(param, np.clip(change, -self.lr, self.lr))


@shared.clipped("SGD")
class ClipsTheNormOfTheStep(base.SGD):
    def move(self, param, change):
        norm = np.linalg.norm(change)
        super().move(param, change * (self.lr / norm) if norm > self.lr else change)


@sgd.decay_strength("SGD")
class DecayOfHalfTheSquare(base.SGD):
    """Takes the penalty in the place of its derivative."""

    def decayed(self, gradient, param):
        return gradient + self.weight_decay / 2 * param.data**2


@sgd.decay_strength("SGD")
class DecayOfHalfTheNorm(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay / 2 * np.sum(param.data**2)


# --- Adam and AdamW --------------------------------------------------------------------------------------------------

for subject, Right in {"Adam": base.Adam, "AdamW": base.AdamW}.items():

    @asked_twice(subject)
    class AsksForEachAverage(Right):
        """Takes m from the first time, and v from the second."""

        def average(self, i, gradient, param):
            super().average(i, gradient, param)
            self.first = self.m_buffers[i]
            super().average(i, gradient, param)

        def m_hat(self, m):
            return super().m_hat(self.first)

    @typical_adam.swapped(subject)
    class ReturnsVFirst(Right):
        """Each is corrected by the beta of the other."""

        def change(self, i, param, gradient):
            return self.lr * self.ratio(self.m_hat(self.v_buffers[i]), self.v_hat(self.m_buffers[i]))

    @no_return(subject)
    class CorrectedWithoutReturn(Right):
        def m_hat(self, m):
            return None

    @one_number(subject)
    class RootOfANumber(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (math.sqrt(v_hat) + self.eps)

    @corrected_again(subject)
    class CorrectsAgain(Right):
        def m_hat(self, m):
            return super().m_hat(super().m_hat(m))

        def v_hat(self, v):
            return super().v_hat(super().v_hat(v))

    @corrected_again(subject)
    class CorrectsTheStepSizeToo(Right):
        """Takes corrected averages, and lr * sqrt(1 - beta2^t) / (1 - beta1^t) as well."""

        def ratio(self, m_hat, v_hat):
            size = np.sqrt(1 - self.beta2 ** self.t()) / (1 - self.beta1 ** self.t())
            return size * super().ratio(m_hat, v_hat)

    @eps_beside(subject)
    class EpsBesideTheStep(Right):
        def change(self, i, param, gradient):
            m_hat, v_hat = self.m_hat(self.m_buffers[i]), self.v_hat(self.v_buffers[i])
            return self.lr * m_hat / np.sqrt(v_hat) + self.eps

    @adam.eps_scaled(subject)
    class EpsAddedToM(Right):
        def ratio(self, m_hat, v_hat):
            return (m_hat + self.eps) / np.sqrt(v_hat)


@adam.decay_wrong("Adam")
class DecayOfHalfTheSquareInAdam(base.Adam):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay / 2 * param.data**2
