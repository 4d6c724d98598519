"""Misconceptions about Adam's averages, corrections and epsilon, which people hold about AdamW just as well."""

import inspect

import numpy as np

from . import base, conditions
from .registry import misconception

m_sum = misconception(
    "adam.m_sum",
    "m is a sum of gradients, like the velocity of SGD",
    "Under a steady gradient of 1, your m does not settle at 1. What must its two weights add up to?",
)
v_sum = misconception(
    "adam.v_sum",
    "v is a sum of squared gradients",
    "Under a steady gradient of 1, your v does not settle at 1. What must its two weights add up to?",
)
betas_swapped = misconception(
    "adam.betas_swapped",
    "the first beta belongs to v and the second to m",
    "Your m is as slow as v should be. Which beta belongs to which average?",
)
one_beta = misconception(
    "adam.one_beta",
    "one beta serves both averages",
    "Your m and v forget at the same speed. Which beta belongs to which average?",
)
weights_swapped = misconception(
    "adam.weights_swapped",
    "the old average and the new value have each other's weights",
    "Your averages forget what they should keep. With beta = 0.9, how much of the old average should be left?",
    conditions.steps_by_what_it_keeps,
)
v_not_square = misconception(
    "adam.v_not_square",
    "v is an average of something other than the squared gradient",
    "Your v is not an average of g squared. What is it an average of, and what stands there in the paper's line for "
    "v_t?",
)
v_forgets_nothing = misconception(
    "adam.v_never_shrinks",
    "v never becomes smaller",
    "After one huge gradient your steps stay short for ever. Should v be able to forget?",
)
no_correction = misconception(
    "adam.no_correction",
    "the averages need no correction for starting at zero",
    "Your step uses m and v as they are. What is missing from both in the first steps, and how is it corrected?",
)
m_uncorrected = misconception(
    "adam.m_uncorrected",
    "only v needs correction",
    "You correct v for the first steps. Which of the two averages is still too small there?",
)
v_uncorrected = misconception(
    "adam.v_uncorrected",
    "only m needs correction",
    "You correct m for the first steps. Which of the two averages is still too small there?",
)
corrects_briefly = misconception(
    "adam.corrects_briefly",
    "the corrections matter for the first few steps only",
    "Your steps change their length once you stop correcting. Are both averages full by then?",
)
one_correction = misconception(
    "adam.one_correction",
    "both averages are corrected by the same factor",
    "m and v do not fill up at the same speed. Which beta says how much of each is still missing at step t?",
)
t_off = misconception(
    "adam.t_off_by_one",
    "t starts somewhere other than at one",
    "Your correction is that of another step. What is t in the first call of step(), and what in the second?",
)
t_many = misconception(
    "adam.t_per_parameter",
    "t counts parameters",
    "Your correction fades faster the more parameters there are. How often does t go up in one call of step()?",
)
not_power = misconception(
    "adam.not_power",
    "the correction is beta times t, or one factor for all steps",
    "Your correction does not change with t as it should. By which factor does the missing part shrink in every step?",
)
stores_corrected = misconception(
    "adam.stores_corrected",
    "the corrected averages are what is kept",
    "One of your buffers holds a corrected average, and the next step corrects it again. What should a buffer keep?",
)
multiplies = misconception(
    "adam.multiplies_correction",
    "the averages are multiplied by the correction",
    "Your correction makes a short average shorter. Should it make m larger or smaller in the first steps?",
)
eps_inside = misconception(
    "adam.eps_inside",
    "epsilon stands under the root",
    "Your epsilon acts as its own root would. Where does the rule put it: under the root, or outside?",
)
eps_ignored = misconception(
    "adam.eps_ignored",
    "epsilon is a detail that can be left out",
    "Your step does not depend on eps. What does it divide by where all gradients so far were zero?",
)
eps_hat = misconception(
    "adam.eps_uncorrected",
    "epsilon is added before v is corrected",
    "Your epsilon is added to the root of the uncorrected v. How much larger does that make it in the first step?",
)
eps_scaled = misconception(
    "adam.eps_scaled",
    "epsilon enters in some other way than by being added to the root",
    "Your epsilon enters the step, but it is not added to the root. Which number must it keep away from zero?",
)
no_root = misconception(
    "adam.no_root",
    "the step is divided by v",
    "Your steps change their length if all gradients are doubled. By which factor does v grow then, and by which "
    "its root?",
)
no_m = misconception(
    "adam.no_m",
    "the step goes along the gradient (RMSprop)",
    "Your step follows the latest gradient only. What is m for?",
)
lookahead = misconception(
    "adam.lookahead",
    "Adam looks ahead (NAdam)",
    "Your step mixes the new gradient into m once more. Which of the two methods is that, Adam or NAdam?",
)
starts_elsewhere = misconception(
    "adam.start",
    "the averages start at the first gradient, or at one",
    "Your averages do not start at zero. From which start do the corrections expect them to grow?",
)
lr_shape = misconception(
    "adam.step_scale",
    "Adam's step is scaled by more than lr",
    "Your step is not lr times the ratio of the corrected averages. What else is it multiplied by?",
)
shared_v = misconception(
    "adam.shared_v",
    "one v serves a whole parameter",
    "All entries of a parameter are divided by the same number. What does Adam give to each of them?",
    conditions.v_is_one_number,
)
mean_root = misconception(
    "adam.shared_root",
    "the step divides by one number for a whole parameter",
    "Your v has a number for each entry, but your step divides all entries of a parameter by the same one. Why does "
    "v have one for each entry?",
    conditions.v_differs,
)

for subject, Right in {"Adam": base.Adam, "AdamW": base.AdamW}.items():

    @m_sum(subject)
    class MIsASum(Right):
        def m(self, old, gradient):
            return self.beta1 * old + gradient

    @v_sum(subject)
    class VIsASum(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + gradient**2

    @v_sum(subject)
    class VGrowsForever(Right):
        def v(self, old, gradient, m):
            return old + gradient**2

    @betas_swapped(subject)
    class BetasSwapped(Right):
        def __init__(self, params, *args, **kwargs):
            super().__init__(params, *args, **kwargs)
            self.beta1, self.beta2 = self.beta2, self.beta1

    BetasSwapped.__signature__ = inspect.signature(Right)

    @betas_swapped(subject)
    class BetasSwappedInTheAverages(Right):
        """The corrections have the right ones."""

        def m(self, old, gradient):
            return self.beta2 * old + (1 - self.beta2) * gradient

        def v(self, old, gradient, m):
            return self.beta1 * old + (1 - self.beta1) * gradient**2

    @one_beta(subject)
    class MByBeta2(Right):
        def m(self, old, gradient):
            return self.beta2 * old + (1 - self.beta2) * gradient

    @weights_swapped(subject)
    class WeightsSwapped(Right):
        def m(self, old, gradient):
            return (1 - self.beta1) * old + self.beta1 * gradient

        def v(self, old, gradient, m):
            return (1 - self.beta2) * old + self.beta2 * gradient**2

    @v_not_square(subject)
    class VOfTheGradient(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * gradient

    @v_not_square(subject)
    class VOfSize(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * np.abs(gradient)

    @v_not_square(subject)
    class VSquaresTheWeightToo(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + ((1 - self.beta2) * gradient) ** 2

    @v_not_square(subject)
    class VOfM(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * m**2

    @v_not_square(subject)
    class VOfSurprise(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * (gradient - m) ** 2

    @v_not_square(subject)
    class VHasAFloor(Right):
        def v(self, old, gradient, m):
            return np.maximum(super().v(old, gradient, m), 1e-6)

    @v_forgets_nothing(subject)
    class VOnlyGrows(Right):
        def v(self, old, gradient, m):
            return np.maximum(old, super().v(old, gradient, m))

    @no_correction(subject)
    class NoCorrection(Right):
        def m_hat(self, m):
            return m

        def v_hat(self, v):
            return v

    @m_uncorrected(subject)
    class MUncorrected(Right):
        def m_hat(self, m):
            return m

    @v_uncorrected(subject)
    class VUncorrected(Right):
        def v_hat(self, v):
            return v

    @corrects_briefly(subject)
    class CorrectsBriefly(Right):
        def m_hat(self, m):
            return super().m_hat(m) if self.t() <= 5 else m

        def v_hat(self, v):
            return super().v_hat(v) if self.t() <= 5 else v

    @corrects_briefly(subject)
    class CorrectsAHundredSteps(Right):
        def m_hat(self, m):
            return super().m_hat(m) if self.t() <= 100 else m

        def v_hat(self, v):
            return super().v_hat(v) if self.t() <= 100 else v

    @one_correction(subject)
    class BothByBeta1(Right):
        def v_hat(self, v):
            return v / (1 - self.beta1 ** self.t())

    @one_correction(subject)
    class BothByBeta2(Right):
        def m_hat(self, m):
            return m / (1 - self.beta2 ** self.t())

    @one_correction(subject)
    class CorrectionsSwapped(Right):
        def m_hat(self, m):
            return m / (1 - self.beta2 ** self.t())

        def v_hat(self, v):
            return v / (1 - self.beta1 ** self.t())

    @not_power(subject)
    class AlwaysTheFirst(Right):
        def t(self):
            return 1

    @not_power(subject)
    class BetaTimesT(Right):
        def m_hat(self, m):
            return m / (1 - self.beta1 / self.t())

        def v_hat(self, v):
            return v / (1 - self.beta2 / self.t())

    @t_off(subject)
    class TIsOneTooLarge(Right):
        def t(self):
            return self.step_count + 1

    @t_off(subject)
    class TIsOneTooSmall(Right):
        def t(self):
            return max(self.step_count - 1, 1)

    @t_off(subject)
    class CountsAfterwards(Right):
        def t(self):
            return self.step_count - 1

    @t_many(subject)
    class TCountsUpdates(Right):
        def update(self, i, param, gradient):
            self.updates = getattr(self, "updates", 0) + 1
            super().update(i, param, gradient)

        def t(self):
            return self.updates

    @stores_corrected(subject)
    class StoresBothCorrected(Right):
        def average(self, i, gradient, param):
            super().average(i, gradient, param)
            self.m_buffers[i] = super().m_hat(self.m_buffers[i])
            self.v_buffers[i] = super().v_hat(self.v_buffers[i])

        def m_hat(self, m):
            return m

        def v_hat(self, v):
            return v

    @stores_corrected(subject)
    class StoresMCorrected(Right):
        def average(self, i, gradient, param):
            super().average(i, gradient, param)
            self.m_buffers[i] = super().m_hat(self.m_buffers[i])

        def m_hat(self, m):
            return m

    @stores_corrected(subject)
    class StoresVCorrected(Right):
        def average(self, i, gradient, param):
            super().average(i, gradient, param)
            self.v_buffers[i] = super().v_hat(self.v_buffers[i])

        def v_hat(self, v):
            return v

    @multiplies(subject)
    class MultipliesByTheCorrection(Right):
        def m_hat(self, m):
            return m * (1 - self.beta1 ** self.t())

        def v_hat(self, v):
            return v * (1 - self.beta2 ** self.t())

    @eps_inside(subject)
    class EpsUnderTheRoot(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / np.sqrt(v_hat + self.eps)

    @eps_ignored(subject)
    class NoEps(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat) + 1e-8)

    @eps_hat(subject)
    class EpsBeforeCorrection(Right):
        def v_hat(self, v):
            correction = 1 - self.beta2 ** self.t()
            return ((np.sqrt(v) + self.eps) / np.sqrt(correction) - self.eps) ** 2

    @eps_scaled(subject)
    class EpsSubtracted(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(v_hat) - self.eps)

    @eps_scaled(subject)
    class EpsAsAFloor(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / np.maximum(np.sqrt(v_hat), self.eps)

    @eps_scaled(subject)
    class EpsBesideTheRatio(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / np.sqrt(v_hat) + self.eps

    @no_root(subject)
    class NoRoot(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (v_hat + self.eps)

    @no_root(subject)
    class RootOfBoth(Right):
        def ratio(self, m_hat, v_hat):
            return np.sign(m_hat) * np.sqrt(np.abs(m_hat)) / (np.sqrt(v_hat) + self.eps)

    @no_m(subject)
    class FollowsTheGradient(Right):
        def change(self, i, param, gradient):
            return self.lr * self.ratio(self.decayed(gradient, param), self.v_hat(self.v_buffers[i]))

    @no_m(subject)
    class CorrectsTheGradient(Right):
        def change(self, i, param, gradient):
            return self.lr * self.ratio(self.m_hat(gradient), self.v_hat(self.v_buffers[i]))

    @lookahead(subject)
    class LooksAhead(Right):
        def change(self, i, param, gradient):
            ahead = self.beta1 * self.m_hat(self.m_buffers[i]) + (1 - self.beta1) * self.m_hat(gradient)
            return self.lr * self.ratio(ahead, self.v_hat(self.v_buffers[i]))

    @starts_elsewhere(subject)
    class StartsAtTheGradient(Right):
        def average(self, i, gradient, param):
            if self.step_count == 1:
                gradient = self.decayed(gradient, param)
                self.m_buffers[i], self.v_buffers[i] = gradient * 1.0, gradient**2
            else:
                super().average(i, gradient, param)

    @starts_elsewhere(subject)
    class StartsAtOne(Right):
        def start(self, param):
            return np.ones_like(param.data)

    @lr_shape(subject)
    class LrSquared(Right):
        def change(self, i, param, gradient):
            return self.lr * super().change(i, param, gradient)

    @lr_shape(subject)
    class LrDecaysByItself(Right):
        def change(self, i, param, gradient):
            return super().change(i, param, gradient) / np.sqrt(self.t())

    @shared_v(subject)
    class OneVForAll(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * np.full_like(old, np.mean(gradient**2))

    @mean_root(subject)
    class DividesByTheMean(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(np.mean(v_hat)) + self.eps)

    @mean_root(subject)
    class DividesByTheNorm(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (np.sqrt(np.sum(v_hat)) + self.eps)


decoupled = misconception(
    "adam.decoupled",
    "Adam decays the weights directly, as AdamW does",
    "Your averages do not contain the decay. Which optimizer works like that? And what is an L2 penalty a part of?",
)
decay_ignored = misconception(
    "adam.decay_ignored",
    "weight_decay is only stored",
    "Your averages are as they would be without weight_decay, and so is your step. Where does an L2 penalty enter?",
)
decay_partly = misconception(
    "adam.decay_partly",
    "the decay goes into one of the two averages",
    "Only one of your two averages contains the decay. Which gradient should both of them use?",
)
decay_twice = misconception(
    "adam.decay_twice",
    "the decay is applied in the gradient and to the weights",
    "Your weights decay twice: through the gradient, and once more. Which of the two belongs to Adam?",
)
decay_late = misconception(
    "adam.decay_late",
    "the decay is added after the averages were made",
    "Your decay is added to m only when the step is taken. From which step on should the averages contain it?",
)
decay_wrong = misconception(
    "adam.decay_scale",
    "the decay in the gradient has another sign or size",
    "The decay in your gradient has the wrong sign or size. What is the derivative of half of "
    "weight_decay times p squared?",
)
adam_interface = misconception(
    "adam.interface",
    "the arguments or defaults of Adam are others",
    "Compare your constructor with the interface, argument by argument: the names, the order, the defaults.",
)


@decoupled("Adam")
class Decoupled(base.Adam):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, change)
        super().move(param, self.lr * self.weight_decay * param.data)


@decoupled("Adam")
class DecoupledWithoutLr(base.Adam):
    def decayed(self, gradient, param):
        return gradient

    def move(self, param, change):
        super().move(param, change + self.weight_decay * param.data)


@decay_ignored("Adam")
class NoDecay(base.Adam):
    def decayed(self, gradient, param):
        return gradient


@decay_partly("Adam")
class DecayInMOnly(base.Adam):
    def v(self, old, gradient, m):
        return super().v(old, self.pure, m)

    def average(self, i, gradient, param):
        self.pure = gradient
        super().average(i, gradient, param)


@decay_partly("Adam")
class DecayInVOnly(base.Adam):
    def m(self, old, gradient):
        return super().m(old, self.pure)

    def average(self, i, gradient, param):
        self.pure = gradient
        super().average(i, gradient, param)


@decay_twice("Adam")
class DecaysTwice(base.Adam):
    def move(self, param, change):
        super().move(param, change + self.lr * self.weight_decay * param.data)


@decay_late("Adam")
class DecayJoinsTheStep(base.Adam):
    def decayed(self, gradient, param):
        return gradient

    def change(self, i, param, gradient):
        late = self.m_hat(self.m_buffers[i]) + self.weight_decay * param.data
        return self.lr * self.ratio(late, self.v_hat(self.v_buffers[i]))


@decay_wrong("Adam")
class DecaySubtracted(base.Adam):
    def decayed(self, gradient, param):
        return gradient - self.weight_decay * param.data


@decay_wrong("Adam")
class DecayTimesLr(base.Adam):
    def decayed(self, gradient, param):
        return gradient + self.lr * self.weight_decay * param.data


@decay_wrong("Adam")
class DecayDoubled(base.Adam):
    def decayed(self, gradient, param):
        return gradient + 2 * self.weight_decay * param.data


@adam_interface("Adam")
class OtherDefaultLr(base.Adam):
    def __init__(self, params, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@adam_interface("Adam")
class OtherDefaultBetas(base.Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@adam_interface("Adam")
class OtherDefaultEps(base.Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@adam_interface("Adam")
class DecaysByDefault(base.Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)


@adam_interface("Adam")
class SeparateBetas(base.Adam):
    def __init__(self, params, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, (beta1, beta2), eps, weight_decay)
