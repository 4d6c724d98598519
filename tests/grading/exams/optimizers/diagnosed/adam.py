"""Adam, as learners get it wrong."""

import numpy as np

from tinytorch.core import optimizers as lesson

from .registry import wrong
from .sgd import read


class Loop(lesson.Adam):
    """The loop that most learners write; each mistake overrides a line of it."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = self.decayed(read(p), p)
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.update(i, p, g)

    def decayed(self, g, p):
        return g + self.weight_decay * p.data

    def update(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
        self.move(i, p, *self.corrected(self.m_buffers[i], self.v_buffers[i]))

    def corrected(self, m, v):
        return m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)

    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@wrong("Adam")
class Uncorrected(Loop):
    def corrected(self, m, v):
        return m, v


@wrong("Adam")
class PowerOfTheRest(Loop):
    def corrected(self, m, v):
        return m / (1 - self.beta1) ** self.step_count, v / (1 - self.beta2) ** self.step_count


@wrong("Adam")
class NoPower(Loop):
    def corrected(self, m, v):
        return m / (1 - self.beta1), v / (1 - self.beta2)


@wrong("Adam")
class OneLate(Loop):
    def corrected(self, m, v):
        return m / (1 - self.beta1 ** (self.step_count + 1)), v / (1 - self.beta2 ** (self.step_count + 1))


@wrong("Adam")
class EpsilonUnderTheRoot(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / np.sqrt(v + self.eps)


@wrong("Adam")
class EpsilonAtLeast(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / (np.sqrt(v) + max(self.eps, 1e-6))


@wrong("Adam")
class EpsilonOfFloat32(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * m / (np.sqrt(v) + max(self.eps, float(np.finfo(np.float32).eps)))


@wrong("Adam")
class KeepsCorrected(Loop):
    def corrected(self, m, v):
        m, v = super().corrected(m, v)
        self.latest = m, v
        return m, v

    def move(self, i, p, m, v):
        super().move(i, p, m, v)
        self.m_buffers[i], self.v_buffers[i] = m, v


@wrong("Adam")
class DecaysTheWeight(Loop):
    def decayed(self, g, p):
        return g

    def move(self, i, p, m, v):
        p.data = p.data * (1 - self.lr * self.weight_decay) - self.lr * m / (np.sqrt(v) + self.eps)


@wrong("Adam")
class Beta1Inside(Loop):
    def update(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta1) * g**2
        self.move(i, p, *self.corrected(self.m_buffers[i], self.v_buffers[i]))


@wrong("Adam")
class SliceAssignment(Loop):
    def update(self, i, p, g):
        m, v = self.m_buffers[i], self.v_buffers[i]
        m[:] = self.beta1 * m + (1 - self.beta1) * g
        v[:] = self.beta2 * v + (1 - self.beta2) * g**2
        self.move(i, p, *self.corrected(m, v))


@wrong("Adam")
class MadeAnew(Loop):
    def update(self, i, p, g):
        self.m_buffers[i] = (1 - self.beta1) * g
        self.v_buffers[i] = (1 - self.beta2) * g * g
        self.move(i, p, *self.corrected(self.m_buffers[i], self.v_buffers[i]))


@wrong("Adam")
class OneSizeForAll(Loop):
    def update(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * np.mean(g * g)
        self.move(i, p, *self.corrected(self.m_buffers[i], self.v_buffers[i]))


@wrong("Adam")
class NeverSmaller(Loop):
    def update(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = np.maximum(self.v_buffers[i], self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2)
        self.move(i, p, *self.corrected(self.m_buffers[i], self.v_buffers[i]))


@wrong("Adam")
class CountsParameters(Loop):
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            self.step_count += 1
            g = self.decayed(read(p), p)
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.update(i, p, g)


@wrong("Adam")
class MissingFadesToo(Loop):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = np.zeros_like(p.data) if p.grad is None else read(p)
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.update(i, p, self.decayed(g, p))


@wrong("Adam")
class DecayInPlace(Loop):
    def decayed(self, g, p):
        g += self.weight_decay * p.data
        return g


@wrong("Adam")
class CorrectsForATime(Loop):
    def corrected(self, m, v):
        return super().corrected(m, v) if self.step_count < 500 else (m, v)


@wrong("Adam")
class SharedByShape(Loop):
    def step(self):
        self.step_count += 1
        kept = self.__dict__.setdefault("kept", {})
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            zeros = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i], self.v_buffers[i] = kept.get(p.data.shape, zeros)
            self.update(i, p, self.decayed(read(p), p))
            kept[p.data.shape] = self.m_buffers[i], self.v_buffers[i]


@wrong("Adam")
class OtherBetas(lesson.Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@wrong("Adam")
class ForgotTheDecay(Loop):
    def decayed(self, g, p):
        return g


@wrong("Adam")
class NamedMAndV(lesson.Adam):
    """The averages under names of one's own."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m, self.v = [0.0] * len(self.params), [0.0] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                g = read(p) + self.weight_decay * p.data
                self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
                self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g * g
                m, v = self.m[i] / (1 - self.beta1**self.step_count), self.v[i] / (1 - self.beta2**self.step_count)
                p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@wrong("Adam")
class SignOfTheGradient(Loop):
    def move(self, i, p, m, v):
        p.data = p.data - self.lr * np.sign(m)
