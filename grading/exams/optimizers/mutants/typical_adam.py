"""Mistakes that are common in learners' Adam and AdamW."""

import numpy as np

from . import adam, adamw, base, conditions, shared
from .registry import misconception

no_memory = misconception(
    "adam.no_memory",
    "the averages are made anew in every step",
    "Your second step does not remember the first. Where do m and v live between two calls of step()?",
    conditions.took_two_steps,
)
swapped = misconception(
    "adam.roles_swapped",
    "m and v have each other's part in the step",
    "In your step, v stands where m belongs. Which of them has the gradient's direction, and which only its size?",
)
swapped_names = misconception(
    "adam.names_swapped",
    "m_buffers and v_buffers may have each other's content",
    "Your m_buffers hold averages of squares. Which of the two lists is for which average?",
)
weight_of_other = misconception(
    "adam.mixed_betas",
    "one average takes its two weights from both betas",
    "The two weights in one of your averages belong to two betas. What must they add up to?",
)
of_gradient = misconception(
    "adamw.of_gradient",
    "the decay takes a part of the gradient",
    "Your decay grows with the gradient. What should it take a fraction of?",
)
one_array = misconception(
    "adam.one_array",
    "one array or list serves as m and as v",
    "Your m_buffers and v_buffers hold the same numbers. How many arrays does Adam keep for each parameter, and which "
    "line makes yours?",
    conditions.m_and_v_are_one,
)
largest_v = misconception(
    "adam.amsgrad",
    "Adam divides by the largest v so far (AMSGrad)",
    "Your step is divided by the largest v so far. Which of the two methods is that, Adam or AMSGrad?",
)
at_all = misconception(
    "adam.eps_floor",
    "epsilon cannot be very small",
    "You use a larger epsilon than the one that was given. Which steps does that shorten?",
)

for subject, Right in {"Adam": base.Adam, "AdamW": base.AdamW}.items():

    @no_memory(subject)
    class AveragesAnew(Right):
        def average(self, i, gradient, param):
            self.m_buffers[i], self.v_buffers[i] = self.start(param), self.start(param)
            super().average(i, gradient, param)

    @no_memory(subject)
    class AveragesNotStored(AveragesAnew):
        def update(self, i, param, gradient):
            super().update(i, param, gradient)
            self.m_buffers[i] = self.v_buffers[i] = None

    @swapped(subject)
    class RolesSwapped(Right):
        def change(self, i, param, gradient):
            return self.lr * self.ratio(self.v_hat(self.v_buffers[i]), self.m_hat(self.m_buffers[i]))

    @swapped_names(subject)
    class NamesSwapped(Right):
        def update(self, i, param, gradient):
            self.m_buffers[i], self.v_buffers[i] = self.v_buffers[i], self.m_buffers[i]
            super().update(i, param, gradient)
            self.m_buffers[i], self.v_buffers[i] = self.v_buffers[i], self.m_buffers[i]

    @weight_of_other(subject)
    class VTakesByBeta1(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta1) * gradient**2

    @weight_of_other(subject)
    class MTakesByBeta2(Right):
        def m(self, old, gradient):
            return self.beta1 * old + (1 - self.beta2) * gradient

    @weight_of_other(subject)
    class VFadesByBeta1(Right):
        def v(self, old, gradient, m):
            return self.beta1 * old + (1 - self.beta2) * gradient**2

    @adam.one_beta(subject)
    class VByBeta1(Right):
        def v(self, old, gradient, m):
            return self.beta1 * old + (1 - self.beta1) * gradient**2

    @adam.weights_swapped(subject)
    class WeightsOfMSwapped(Right):
        def m(self, old, gradient):
            return (1 - self.beta1) * old + self.beta1 * gradient

    @adam.weights_swapped(subject)
    class WeightsOfVSwapped(Right):
        def v(self, old, gradient, m):
            return (1 - self.beta2) * old + self.beta2 * gradient**2

    @one_array(subject)
    class OneArray(Right):
        """Both averages are written into one array, one after the other, and the step is made of what it holds then."""

        def average(self, i, gradient, param):
            gradient = self.decayed(gradient, param)
            self.m_buffers[i] = self.v_buffers[i] = self.v(self.m(self.m_buffers[i], gradient), gradient, None)

    @one_array(subject)
    class OneListWithOwnM(Right):
        """The same, and the step is made of an m that was kept in a name of its own."""

        def average(self, i, gradient, param):
            gradient = self.decayed(gradient, param)
            self.own = self.m(self.m_buffers[i], gradient)
            self.m_buffers[i] = self.v_buffers[i] = self.v(self.own, gradient, None)

        def m_hat(self, m):
            return super().m_hat(self.own)

    @one_array(subject)
    class OneListWithBothFromTheOld(Right):
        """Both are made of the old content, and v is stored last."""

        def average(self, i, gradient, param):
            gradient = self.decayed(gradient, param)
            self.own = self.m(self.m_buffers[i], gradient)
            self.m_buffers[i] = self.v_buffers[i] = self.v(self.v_buffers[i], gradient, None)

        def m_hat(self, m):
            return super().m_hat(self.own)

    @largest_v(subject)
    class DividesByTheLargestV(Right):
        """AMSGrad as Reddi et al. (2018) and PyTorch write it."""

        def update(self, i, param, gradient):
            self.now, self.largest = i, getattr(self, "largest", {})
            super().update(i, param, gradient)

        def v_hat(self, v):
            self.largest[self.now] = np.maximum(self.largest.get(self.now, 0.0), v)
            return super().v_hat(self.largest[self.now])

    @largest_v(subject)
    class DividesByTheLargestCorrectedV(DividesByTheLargestV):
        def v_hat(self, v):
            corrected = v / (1 - self.beta2 ** self.t())
            self.largest[self.now] = np.maximum(self.largest.get(self.now, 0.0), corrected)
            return self.largest[self.now]

    @adam.shared_v(subject)
    class OneNumberForV(Right):
        """The mean of the squares, kept as a single number."""

        def v(self, old, gradient, m):
            return self.beta2 * np.mean(old) + (1 - self.beta2) * np.mean(gradient**2)

    @adam.shared_v(subject)
    class OneNumberForTheSum(Right):
        def v(self, old, gradient, m):
            return self.beta2 * np.mean(old) + (1 - self.beta2) * np.sum(gradient**2)

    @adam.starts_elsewhere(subject)
    class VStartsAtTheSquare(Right):
        def v(self, old, gradient, m):
            return gradient**2 if self.step_count == 1 else super().v(old, gradient, m)

    @adam.starts_elsewhere(subject)
    class EachVStartsAtItsSquare(Right):
        """The first square that each parameter has, not that of the first step."""

        def update(self, i, param, gradient):
            self.is_first = self.v_buffers[i] is None
            super().update(i, param, gradient)

        def v(self, old, gradient, m):
            return gradient**2 if self.is_first else super().v(old, gradient, m)

    @adam.m_sum(subject)
    class MGrowsForever(Right):
        def m(self, old, gradient):
            return old + gradient

    @adam.m_sum(subject)
    class BothAreSums(Right):
        def m(self, old, gradient):
            return self.beta1 * old + gradient

        def v(self, old, gradient, m):
            return self.beta2 * old + gradient**2

    @adam.v_not_square(subject)
    class VOfTheNorm(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * np.sum(gradient**2)

    @adam.v_not_square(subject)
    class VSquaresOldToo(Right):
        def v(self, old, gradient, m):
            return (self.beta2 * old + (1 - self.beta2) * gradient) ** 2

    @adam.v_not_square(subject)
    class VDoubles(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * gradient * 2

    @adam.v_not_square(subject)
    class VOfTheGradientWithoutSign(Right):
        """As VOfTheGradient, with a root that is never of a negative number."""

        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * gradient

        def ratio(self, m_hat, v_hat):
            return super().ratio(m_hat, np.abs(v_hat))

    @adam.not_power(subject)
    class PowerOfTheDifference(Right):
        def m_hat(self, m):
            return m / (1 - self.beta1) ** self.t()

        def v_hat(self, v):
            return v / (1 - self.beta2) ** self.t()

    @adam.not_power(subject)
    class OneMinusBetaTimesT(Right):
        def m_hat(self, m):
            return m / (1 - self.beta1 * self.t())

        def v_hat(self, v):
            return v / (1 - self.beta2 * self.t())

    @adam.not_power(subject)
    class MByTheFirst(Right):
        def m_hat(self, m):
            return m / (1 - self.beta1)

    @adam.not_power(subject)
    class VByTheFirst(Right):
        def v_hat(self, v):
            return v / (1 - self.beta2)

    @adam.multiplies(subject)
    class DividesByThePower(Right):
        def m_hat(self, m):
            return m / self.beta1 ** self.t()

        def v_hat(self, v):
            return v / self.beta2 ** self.t()

    @adam.multiplies(subject)
    class DividesByOnePlus(Right):
        def m_hat(self, m):
            return m / (1 + self.beta1 ** self.t())

        def v_hat(self, v):
            return v / (1 + self.beta2 ** self.t())

    @adam.v_uncorrected(subject)
    class CorrectsTheRootByItself(Right):
        """Divides the root by the correction, and not by its root."""

        def v_hat(self, v):
            return v / (1 - self.beta2 ** self.t()) ** 2

    @adam.eps_inside(subject)
    class EpsBeforeTheRootOfV(Right):
        def ratio(self, m_hat, v_hat):
            correction = 1 - self.beta2 ** self.t()
            return m_hat / (np.sqrt((v_hat * correction + self.eps) / correction))

    @adam.eps_ignored(subject)
    class NoEpsAtAll(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / np.sqrt(v_hat)

    @adam.eps_inside(subject)
    class EpsInsideAndOutside(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat + self.eps) + self.eps)

    @adam.eps_scaled(subject)
    class EpsTimesRoot(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat) * (1 + self.eps))

    @at_all(subject)
    class EpsAtLeastAMillionth(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat) + max(self.eps, 1e-6))

    @at_all(subject)
    class EpsAtLeastFloat32s(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat) + max(self.eps, 1.2e-7))

    @adam.no_root(subject)
    class SquaresInsteadOfRoot(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (v_hat**2 + self.eps)

    @adam.no_root(subject)
    class NoDivision(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat

    @adam.starts_elsewhere(subject)
    class MStartsAtTheGradient(Right):
        def m(self, old, gradient):
            return gradient * 1.0 if self.step_count == 1 else super().m(old, gradient)

    @adam.starts_elsewhere(subject)
    class OnlyVStartsAtOne(Right):
        def average(self, i, gradient, param):
            if self.step_count == 1:
                self.v_buffers[i] = np.ones_like(param.data)
            super().average(i, gradient, param)

    @shared.writes(subject)
    class FirstGradientIsTheAverage(Right):
        """Keeps the gradient's own array as the first average, and changes it in place from then on."""

        def average(self, i, gradient, param):
            first = not np.any(self.m_buffers[i]) and (isinstance(self, base.AdamW) or not self.weight_decay)
            super().average(i, gradient, param)
            if first:
                gradient *= 1 - self.beta1
                self.m_buffers[i] = gradient

    for last in (20, 50, 100, 300, 1000):

        @adam.corrects_briefly(subject, f"CorrectsFor{last}")
        class CorrectsForSome(Right):
            last = last

            def m_hat(self, m):
                return super().m_hat(m) if self.t() <= self.last else m

            def v_hat(self, v):
                return super().v_hat(v) if self.t() <= self.last else v


@adam.decoupled("Adam")
class DecoupledFromTheOldWeight(base.Adam):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, change + self.lr * self.weight_decay * param.data)


@adam.decoupled("Adam")
class DecoupledFirst(base.Adam):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, self.lr * self.weight_decay * param.data)
        super().move(param, change)


@adam.decay_wrong("Adam")
class DecayBySign(base.Adam):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * np.sign(param.data)


@adam.decay_wrong("Adam")
class DecayOfTheGradient(base.Adam):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * gradient


@adamw.without_lr("AdamW")
class ShrinksOldWithoutLr(base.AdamW):
    def apply(self, param, change):
        self.move(param, change + self.weight_decay * param.data)


@of_gradient("AdamW")
class DecaysByTheGradient(base.AdamW):
    def update(self, i, param, gradient):
        self.pure = gradient
        super().update(i, param, gradient)

    def shrink(self, param):
        self.move(param, self.lr * self.weight_decay * self.pure)


@of_gradient("AdamW")
class DecaysByTheStep(base.AdamW):
    def apply(self, param, change):
        self.move(param, change * (1 + self.lr * self.weight_decay))


@of_gradient("AdamW")
class DecaysByTheStepWithoutLr(base.AdamW):
    def apply(self, param, change):
        self.move(param, change * (1 + self.weight_decay))


@adamw.coupled("AdamW")
class CoupledAndStepShrunk(base.AdamW):
    """Adds the decay to the gradient and scales the step by the fraction too."""

    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data

    def apply(self, param, change):
        self.move(param, change * (1 - self.lr * self.weight_decay))


@adamw.coupled("AdamW")
class CoupledInMOnly(base.AdamW):
    def m(self, old, gradient):
        return super().m(old, gradient + self.weight_decay * self.now)

    def average(self, i, gradient, param):
        self.now = param.data
        super().average(i, gradient, param)

    def shrink(self, param):
        pass


@adamw.replaces("AdamW")
class StepsFromTheDecayed(base.AdamW):
    """Subtracts the decay from the step instead of adding it."""

    def apply(self, param, change):
        self.move(param, change * (1 - self.weight_decay))
