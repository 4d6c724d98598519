"""AdamW, as learners get it wrong."""

import numpy as np

from tinytorch.core import optimizers as lesson

from .adam import Loop as AdamLoop
from .registry import wrong


class Loop(lesson.AdamW):
    """The step of Adam with the pure gradient; each mistake is in how it decays."""

    step, update, corrected = AdamLoop.step, AdamLoop.update, AdamLoop.corrected

    def decayed(self, g, p):
        return g

    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)
        p.data = self.shrunk(p)


@wrong("AdamW")
class WithoutLr(Loop):
    def shrunk(self, p):
        return p.data * (1 - self.weight_decay)


@wrong("AdamW")
class OfLargeWeights(Loop):
    def shrunk(self, p):
        return np.where(np.abs(p.data) > 0.1, p.data * (1 - self.lr * self.weight_decay), p.data).astype(p.data.dtype)


@wrong("AdamW")
class Grows(Loop):
    def shrunk(self, p):
        return p.data * (1 + self.lr * self.weight_decay)


@wrong("AdamW")
class Never(Loop):
    def shrunk(self, p):
        return p.data


@wrong("AdamW")
class ByOneConstant(Loop):
    def shrunk(self, p):
        return p.data - self.lr * self.weight_decay * np.sign(p.data)


@wrong("AdamW")
class OfMatricesOnly(Loop):
    def shrunk(self, p):
        return p.data * (1 - self.lr * self.weight_decay) if p.data.ndim > 1 else p.data


@wrong("AdamW")
class Coupled(Loop):
    def decayed(self, g, p):
        return g + self.weight_decay * p.data

    def shrunk(self, p):
        return p.data


@wrong("AdamW")
class InTheGradientToo(Loop):
    def decayed(self, g, p):
        return g + self.weight_decay * p.data

    def shrunk(self, p):
        return p.data * (1 - self.lr * self.weight_decay)


@wrong("AdamW")
class OfTheGradient(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps) - self.lr * self.weight_decay * m


@wrong("AdamW")
class WithoutGradientToo(Loop):
    def step(self):
        super().step()
        for p in self.params:
            if p.grad is None:
                p.data = self.shrunk(p)

    def shrunk(self, p):
        return p.data * (1 - self.lr * self.weight_decay)


@wrong("AdamW")
class OffByDefault(lesson.AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@wrong("AdamW")
class IgnoresItsArgument(lesson.AdamW):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, 0.01)


@wrong("AdamW")
class DecaysInTheFirstSteps(Loop):
    def shrunk(self, p):
        return p.data * (1 - self.lr * self.weight_decay) if self.step_count <= 20 else p.data


@wrong("AdamW")
class DecayDividedToo(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * (m + self.weight_decay * p.data) / (np.sqrt(v) + self.eps)
