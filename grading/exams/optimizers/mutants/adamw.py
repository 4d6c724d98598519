"""Misconceptions about the decay of AdamW."""

import numpy as np

from . import base, conditions
from .registry import misconception

coupled = misconception(
    "adamw.coupled",
    "the decay goes into the gradient, as in Adam",
    "One of your averages contains the decay. What happens to it when it is divided by the root of v?",
)
twice = misconception(
    "adamw.twice",
    "the decay is applied in the gradient and to the weights",
    "Your weights decay twice: through the gradient, and once more. Which of the two makes it AdamW?",
)
ignored = misconception(
    "adamw.ignored",
    "weight_decay is only stored",
    "Your step is as it would be without weight_decay. What should happen to a weight whose gradient is zero?",
)
without_lr = misconception(
    "adamw.without_lr",
    "the decay does not depend on the learning rate",
    "Your weights shrink by the fraction weight_decay, whatever lr is. How fast would they vanish with a tiny lr?",
)
lr_only = misconception(
    "adamw.fraction",
    "the decay shrinks by some other fraction than lr times weight_decay",
    "Your decay takes another fraction of a weight than it should. With a gradient of zero, what fraction of a "
    "weight does one of your steps take?",
)
divided = misconception(
    "adamw.divided",
    "the decay is divided by the root of v like the step",
    "Your decay is weaker for weights with large gradients. Why does AdamW keep it out of the averages?",
)
grows = misconception(
    "adamw.grows",
    "decay makes weights larger",
    "With weight decay your weights grow. Should the factor be smaller or larger than one?",
)
constant = misconception(
    "adamw.l1",
    "the decay pulls all weights alike",
    "Your decay takes the same amount from large and small weights. What should it take a fraction of?",
)
replaces = misconception(
    "adamw.replaces",
    "the decayed weight replaces the step",
    "With weight decay, your step is lost or scaled down. Which of the two should change the parameter: "
    "the step, the decay, or both?",
    conditions.decay_is_on,
)
frozen = misconception(
    "adamw.frozen_decay",
    "a parameter without a gradient decays all the same",
    "A parameter without a gradient moved. What would that do to a frozen layer over a thousand steps?",
    conditions.missing_moved,
)
interface = misconception(
    "adamw.interface",
    "the arguments or defaults of AdamW are others",
    "Compare your constructor with the interface, argument by argument: the names, the order, the defaults.",
)


@coupled("AdamW")
class Coupled(base.AdamW):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data

    def shrink(self, param):
        pass


@twice("AdamW")
class DecaysTwice(base.AdamW):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data


@lr_only("AdamW")
class ShrinksTwice(base.AdamW):
    def apply(self, param, change):
        super().apply(param, change)
        self.shrink(param)


@ignored("AdamW")
class NoDecay(base.AdamW):
    def shrink(self, param):
        pass


@without_lr("AdamW")
class ShrinksWithoutLr(base.AdamW):
    def shrink(self, param):
        self.move(param, self.weight_decay * param.data)


@lr_only("AdamW")
class KeepsTheFraction(base.AdamW):
    def shrink(self, param):
        self.move(param, param.data - self.lr * self.weight_decay * param.data)


@lr_only("AdamW")
class ShrinksByLrSquared(base.AdamW):
    def shrink(self, param):
        self.move(param, self.lr**2 * self.weight_decay * param.data)


@lr_only("AdamW")
class ShrinksByHalf(base.AdamW):
    def shrink(self, param):
        self.move(param, self.lr * self.weight_decay / 2 * param.data)


@lr_only("AdamW")
class ShrinksByCorrectedLr(base.AdamW):
    def shrink(self, param):
        correction = 1 - self.beta1 ** self.t()
        self.move(param, self.lr / correction * self.weight_decay * param.data)


@divided("AdamW")
class DecayDivided(base.AdamW):
    def change(self, i, param, gradient):
        decayed = self.m_hat(self.m_buffers[i]) + self.weight_decay * param.data
        return self.lr * self.ratio(decayed, self.v_hat(self.v_buffers[i]))

    def shrink(self, param):
        pass


@grows("AdamW")
class Grows(base.AdamW):
    def shrink(self, param):
        self.move(param, -self.lr * self.weight_decay * param.data)


@constant("AdamW")
class DecayBySign(base.AdamW):
    def shrink(self, param):
        self.move(param, self.lr * self.weight_decay * np.sign(param.data))


@replaces("AdamW")
class DecayOnly(base.AdamW):
    def apply(self, param, change):
        self.shrink(param)


@replaces("AdamW")
class ShrinksTheStepToo(base.AdamW):
    def apply(self, param, change):
        self.move(param, change * (1 - self.lr * self.weight_decay))
        self.shrink(param)


@frozen("AdamW")
class FrozenDecays(base.AdamW):
    def gradient(self, i, param):
        gradient = super().gradient(i, param)
        if gradient is None:
            self.shrink(param)
        return gradient


@interface("AdamW")
class NoDecayByDefault(base.AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@interface("AdamW")
class StrongDecayByDefault(base.AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1):
        super().__init__(params, lr, betas, eps, weight_decay)


@interface("AdamW")
class OtherDefaultLr(base.AdamW):
    def __init__(self, params, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)


@interface("AdamW")
class NoEpsArgument(base.AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), weight_decay=0.01, eps=1e-8):
        super().__init__(params, lr, betas, eps, weight_decay)
