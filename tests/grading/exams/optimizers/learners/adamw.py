"""AdamW as learners write it."""

import numpy as np

from tinytorch.core.optimizers import Optimizer
from tinytorch.core.tensor import Tensor

from .registry import learner


class Base(Optimizer):
    """Everything but the last lines; these are what goes wrong."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.beta1, self.beta2 = betas
        self.m_buffers, self.v_buffers = [None] * len(self.params), [None] * len(self.params)

    def step(self):
        self.step_count += 1
        for n, w in enumerate(self.params):
            grad = w.grad
            if grad is None:
                continue
            if isinstance(grad, Tensor):
                grad = grad.data
            w.data = self.new_value(w.data, self.direction(n, grad, w.data), grad)

    def direction(self, n, grad, w):
        first = self.m_buffers[n] is None
        m = (1 - self.beta1) * grad + (0 if first else self.beta1 * self.m_buffers[n])
        v = (1 - self.beta2) * grad**2 + (0 if first else self.beta2 * self.v_buffers[n])
        self.m_buffers[n], self.v_buffers[n] = m, v
        b1, b2 = 1 - self.beta1**self.step_count, 1 - self.beta2**self.step_count
        return (m / b1) / (np.sqrt(v / b2) + self.eps)

    def new_value(self, w, step, grad):
        return (w - self.lr * step) * (1 - self.lr * self.weight_decay)


@learner("AdamW", "adamw.without_lr")
class DecaysFirstWithoutLr(Base):
    def new_value(self, w, step, grad):
        return w - w * self.weight_decay - self.lr * step


@learner("AdamW", "adamw.without_lr")
class DecaysLastWithoutLr(Base):
    def new_value(self, w, step, grad):
        w = w - self.lr * step
        return w - self.weight_decay * w


@learner("AdamW", "adamw.of_gradient", "adamw.ignored")  # with a gradient of zero, both come to the same
class DecaysTheGradient(Base):
    def new_value(self, w, step, grad):
        return w - self.lr * step - self.lr * self.weight_decay * grad


@learner("AdamW", "adamw.ignored")
class ForgotDecay(Base):
    def new_value(self, w, step, grad):
        return w - self.lr * step


@learner("AdamW", "adamw.coupled")
class AdamByAnotherName(Base):
    def direction(self, n, grad, w):
        return super().direction(n, grad + self.weight_decay * w, w)

    def new_value(self, w, step, grad):
        return w - self.lr * step


@learner("AdamW", "adamw.twice")
class BothWays(Base):
    def direction(self, n, grad, w):
        return super().direction(n, grad + self.weight_decay * w, w)


@learner("AdamW", "adamw.grows")
class PlusDecay(Base):
    def new_value(self, w, step, grad):
        return w - self.lr * step + self.lr * self.weight_decay * w


@learner("AdamW", "adamw.l1")
class SignDecay(Base):
    def new_value(self, w, step, grad):
        w = w - self.lr * step
        return w - self.lr * self.weight_decay * np.sign(w)


@learner("AdamW", "adamw.frozen_decay")
class DecaysEverything(Base):
    def step(self):
        super().step()
        for p in self.params:
            if p.grad is None:
                p.data = p.data * (1 - self.lr * self.weight_decay)


@learner("AdamW", "adam.no_correction")
class NoCorrection(Base):
    def direction(self, n, grad, w):
        super().direction(n, grad, w)
        return self.m_buffers[n] / (np.sqrt(self.v_buffers[n]) + self.eps)

    def new_value(self, w, step, grad):
        return w * (1 - self.lr * self.weight_decay) - self.lr * step


@learner("AdamW", "adam.eps_inside")
class EpsInside(Base):
    def direction(self, n, grad, w):
        super().direction(n, grad, w)
        b1, b2 = 1 - self.beta1**self.step_count, 1 - self.beta2**self.step_count
        return self.m_buffers[n] / b1 / np.sqrt(self.v_buffers[n] / b2 + self.eps)


@learner("AdamW", "adamw.interface")
class AdamsDefault(Base):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@learner("AdamW", "missing.raises")
class NoCheck(Base):
    def step(self):
        self.step_count += 1
        for n, w in enumerate(self.params):
            grad = w.grad if isinstance(w.grad, np.ndarray) else w.grad.data
            w.data = self.new_value(w.data, self.direction(n, grad, w.data), grad)


@learner("AdamW", "gradient.one_kind")
class OnlyTensors(Base):
    def step(self):
        self.step_count += 1
        for n, w in enumerate(self.params):
            if w.grad is not None:
                grad = w.grad.data
                w.data = self.new_value(w.data, self.direction(n, grad * 1.0, w.data), grad)


@learner("AdamW", "gradient.truth")
class IfNotGrad(Base):
    def step(self):
        self.step_count += 1
        for n, w in enumerate(self.params):
            grad = w.grad.data if isinstance(w.grad, Tensor) else w.grad
            if not grad:
                continue
            w.data = self.new_value(w.data, self.direction(n, grad, w.data), grad)
