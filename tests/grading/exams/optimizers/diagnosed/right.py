"""Right in substance, in learners' many styles."""

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.optimizers import array_like, grad_array
from tinytorch.core.tensor import Tensor

from .adam import Loop as AdamLoop
from .adamw import Loop as AdamWLoop
from .registry import right
from .sgd import Loop as SGDLoop
from .sgd import read
from .sgd_state import copied, misfit


@right("Optimizer")
class ByIndex(lesson.Optimizer):
    def zero_grad(self):
        i = 0
        while i < len(self.params):
            if self.params[i].grad is not None:
                self.params[i].grad = None
            i += 1


@right("Optimizer")
class BySetattr(lesson.Optimizer):
    def zero_grad(self):
        [setattr(p, "grad", None) for p in self.params]


@right("SGD")
class PlainLoop(SGDLoop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum > 0:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g


@right("SGD")
class InPlace(SGDLoop):
    def move(self, i, p, g):
        if self.weight_decay != 0:
            g = g + self.weight_decay * p.data
        if self.has_momentum():
            v = self.old(i, p)
            v *= self.momentum
            v += g
            g = v
        p.data -= self.lr * g


@right("SGD")
class FirstIsACopy(SGDLoop):
    def move(self, i, p, g):
        d = np.copy(g)
        if self.weight_decay:
            d = d + self.weight_decay * p.data
        if self.momentum:
            v = self.momentum_buffers[i]
            self.momentum_buffers[i] = d.copy() if v is None else np.add(np.multiply(v, self.momentum), d)
            d = self.momentum_buffers[i]
        p.data = np.subtract(p.data, np.multiply(d, self.lr))


@right("SGD")
class GivenHelpers(lesson.SGD):
    def step(self):
        self.step_count = self.step_count + 1
        for p, i in zip(self.params, range(len(self.params)), strict=True):
            g = grad_array(p)
            if g is not None:
                g = g + p.data * self.weight_decay
                if self.has_momentum():
                    before = np.zeros_like(p.data) if self.momentum_buffers[i] is None else self.momentum_buffers[i]
                    self.momentum_buffers[i] = array_like(before * self.momentum + g, p)
                    g = self.momentum_buffers[i]
                p.data = array_like(p.data - g * self.lr, p)

    def has_momentum(self):
        if self.momentum == 0:
            return False
        return True

    def get_momentum_state(self):
        if self.has_momentum():
            saved = []
            for buffer in self.momentum_buffers:
                if buffer is None:
                    saved.append(None)
                else:
                    saved.append(np.array(buffer))
            return saved
        return None

    def set_momentum_state(self, state):
        if state is None:
            return
        if not self.has_momentum():
            return
        misfit(self, state)
        self.momentum_buffers = [None if v is None else array_like(np.array(v), p) for v, p in zip(
            state, self.params, strict=True)]  # fmt: skip


@right("SGD")
class MadeAtOnce(SGDLoop):
    """Velocities of zeros from the beginning."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay)
        self.momentum_buffers = [np.zeros_like(p.data) for p in self.params]

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + g
        p.data = p.data - self.lr * self.momentum_buffers[i]

    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            misfit(self, state)
            self.momentum_buffers = [
                np.zeros_like(p.data) if v is None else np.array(v, p.data.dtype)
                for v, p in zip(state, self.params, strict=True)
            ]


@right("SGD")
class TrueForMomentum(SGDLoop):
    def move(self, i, p, g):
        d = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = d = self.momentum * self.old(i, p) + d
        p.data = (p.data - self.lr * d).astype(p.data.dtype)

    def has_momentum(self):
        return bool(self.momentum)

    def get_momentum_state(self):
        return copied(self.momentum_buffers) if self.momentum != 0.0 else None


@right("SGD")
class CastsInTheEnd(SGDLoop):
    """Works in float64."""

    def move(self, i, p, g):
        x, g = p.data.astype(np.float64), np.asarray(g, dtype=np.float64)
        g = g + self.weight_decay * x
        if self.momentum:
            v = self.momentum_buffers[i]
            g = g if v is None else self.momentum * v + g
            self.momentum_buffers[i] = np.asarray(g, dtype=p.data.dtype)
        p.data = np.asarray(x - self.lr * g, dtype=p.data.dtype)


@right("Adam")
class AsInTheLesson(AdamLoop):
    pass


@right("Adam")
class InPlaceAdam(AdamLoop):
    def update(self, i, p, g):
        m, v = self.m_buffers[i], self.v_buffers[i]
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * np.square(g)
        m_hat, v_hat = self.corrected(m, v)
        p.data -= self.lr * m_hat / (v_hat**0.5 + self.eps)


@right("Adam")
class Folded(AdamLoop):
    def corrected(self, m, v):
        t = self.step_count
        return m * (1 / (1 - self.beta1**t)), v * (1 / (1 - self.beta2**t))


@right("Adam")
class OneByOne(lesson.Adam):
    def step(self):
        self.step_count += 1
        for i in range(len(self.params)):
            p = self.params[i]
            if p.grad is None:
                continue
            g = p.grad.data if isinstance(p.grad, Tensor) else p.grad
            if self.weight_decay > 0:
                g = g + self.weight_decay * p.data
            if self.m_buffers[i] is None:
                self.m_buffers[i] = (1 - self.beta1) * g
                self.v_buffers[i] = (1 - self.beta2) * (g * g)
            else:
                self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
                self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * (g * g)
            m_hat = self.m_buffers[i] / (1 - pow(self.beta1, self.step_count))
            v_hat = self.v_buffers[i] / (1 - pow(self.beta2, self.step_count))
            p.data = p.data - (self.lr / (np.sqrt(v_hat) + self.eps)) * m_hat


@right("Adam")
class CountsEach(AdamLoop):
    """Corrects by how often a parameter had a gradient."""

    def step(self):
        self.seen = getattr(self, "seen", [0] * len(self.params))
        super().step()

    def update(self, i, p, g):
        self.seen[i] += 1
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
        m, v = (
            self.m_buffers[i] / (1 - self.beta1 ** self.seen[i]),
            self.v_buffers[i] / (1 - self.beta2 ** self.seen[i]),
        )
        self.move(i, p, m, v)


@right("Adam")
class ZerosAtOnce(AdamLoop):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m_buffers = [np.zeros_like(p.data) for p in self.params]
        self.v_buffers = [np.zeros(p.data.shape, dtype=p.data.dtype) for p in self.params]


@right("Adam")
class HelpersAdam(lesson.Adam):
    def step(self):
        self.step_count += 1
        c1, c2 = 1 - self.beta1**self.step_count, 1 - self.beta2**self.step_count
        for i, p in enumerate(self.params):
            g = grad_array(p)
            if g is None:
                continue
            g = g + self.weight_decay * p.data
            m = 0.0 if self.m_buffers[i] is None else self.m_buffers[i]
            v = 0.0 if self.v_buffers[i] is None else self.v_buffers[i]
            self.m_buffers[i] = array_like(self.beta1 * m + (1 - self.beta1) * g, p)
            self.v_buffers[i] = array_like(self.beta2 * v + (1 - self.beta2) * g**2, p)
            step = self.lr * (self.m_buffers[i] / c1) / (np.sqrt(self.v_buffers[i] / c2) + self.eps)
            p.data = array_like(p.data - step, p)


@right("AdamW")
class StepThenShrink(AdamWLoop):
    def shrunk(self, p):
        return p.data - self.lr * self.weight_decay * p.data


@right("AdamW")
class ShrinkThenStep(AdamWLoop):
    def move(self, i, p, m, v):
        p.data = p.data * (1 - self.lr * self.weight_decay)
        p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@right("AdamW")
class OneFormula(AdamWLoop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * (m / (np.sqrt(v) + self.eps) + self.weight_decay * p.data)


@right("AdamW")
class BorrowsAdam(lesson.Adam):
    """A subclass of Adam whose decay is switched off for the step, and taken afterwards."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def step(self):
        decay, self.weight_decay = self.weight_decay, 0.0
        super().step()
        self.weight_decay = decay
        for p in self.params:
            if p.grad is not None:
                p.data = array_like(p.data * (1 - self.lr * decay), p)


@right("AdamW")
class ShrinksInPlace(AdamWLoop):
    def shrunk(self, p):
        p.data *= 1 - self.lr * self.weight_decay
        return p.data


@right("AdamW")
class ReadsItself(lesson.AdamW):
    def step(self):
        self.step_count += 1
        t = self.step_count
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = read(p)
            old_m, old_v = self.m_buffers[i], self.v_buffers[i]
            if old_m is None:
                old_m, old_v = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i] = m = self.beta1 * old_m + g - self.beta1 * g
            self.v_buffers[i] = v = self.beta2 * old_v + (1 - self.beta2) * g * g
            moved = p.data - self.lr * (m / (1 - self.beta1**t)) / (np.sqrt(v / (1 - self.beta2**t)) + self.eps)
            p.data = moved - self.lr * self.weight_decay * moved
