"""Adam as learners write it."""

import math

import numpy as np

from tinytorch.core.optimizers import Optimizer
from tinytorch.core.tensor import Tensor

from .registry import learner


def arr(g):
    return np.asarray(g.data if isinstance(g, Tensor) else g)


class Base(Optimizer):
    """The constructor that a scaffold gives."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.m_buffers = [None for _ in self.params]
        self.v_buffers = [None for _ in self.params]


@learner("Adam", "adam.no_correction")
class NoHats(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            if self.m_buffers[i] is None:
                self.m_buffers[i] = np.zeros_like(p.data)
                self.v_buffers[i] = np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            p.data = p.data - self.lr * self.m_buffers[i] / (np.sqrt(self.v_buffers[i]) + self.eps)


@learner("Adam", "adam.not_power")
class ConstantCorrection(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad)
            if self.weight_decay:
                g = g + self.weight_decay * p.data
            m = 0 if self.m_buffers[i] is None else self.m_buffers[i]
            v = 0 if self.v_buffers[i] is None else self.v_buffers[i]
            m = self.m_buffers[i] = m * self.beta1 + g * (1 - self.beta1)
            v = self.v_buffers[i] = v * self.beta2 + g * g * (1 - self.beta2)
            mhat = m / (1 - self.beta1)
            vhat = v / (1 - self.beta2)
            p.data = p.data - self.lr * mhat / (vhat**0.5 + self.eps)


@learner("Adam", "adam.not_power")
class PowerOutside(Base):
    def step(self):
        self.step_count += 1
        t = self.step_count
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            m, v = self.m_buffers[i], self.v_buffers[i]
            m = np.zeros_like(g) if m is None else m
            v = np.zeros_like(g) if v is None else v
            m = self.beta1 * m + (1 - self.beta1) * g
            v = self.beta2 * v + (1 - self.beta2) * np.power(g, 2)
            self.m_buffers[i], self.v_buffers[i] = m, v
            p.data -= self.lr * (m / (1 - self.beta1) ** t) / (np.sqrt(v / (1 - self.beta2) ** t) + self.eps)


@learner("Adam", "adam.t_off_by_one")
class CountsAtTheEnd(Base):
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            mh = self.m_buffers[i] / (1 - self.beta1**self.step_count)
            vh = self.v_buffers[i] / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * mh / (np.sqrt(vh) + self.eps)
        self.step_count += 1


@learner("Adam", "adam.t_off_by_one")
class CountsTwoAhead(Base):
    def step(self):
        self.step_count += 1
        c1 = 1 - self.beta1 ** (self.step_count + 1)
        c2 = 1 - self.beta2 ** (self.step_count + 1)
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            m = np.zeros_like(g) if self.m_buffers[i] is None else self.m_buffers[i]
            v = np.zeros_like(g) if self.v_buffers[i] is None else self.v_buffers[i]
            self.m_buffers[i] = m = m + (1 - self.beta1) * (g - m)
            self.v_buffers[i] = v = v + (1 - self.beta2) * (g * g - v)
            p.data = p.data - self.lr / c1 * m / (np.sqrt(v / c2) + self.eps)


@learner("Adam", "adam.mixed_betas")
class WrongBetaInV(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            grad = arr(p.grad) + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * m + (1 - self.beta1) * grad
            self.v_buffers[i] = self.beta2 * v + (1 - self.beta1) * grad**2
            m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
            v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


@learner("Adam", "adam.v_not_square")
class ForgotTheSquare(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                g = arr(p.grad) + self.weight_decay * p.data
                m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
                v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
                m = self.beta1 * m + (1 - self.beta1) * g
                v = self.beta2 * v + (1 - self.beta2) * g
                self.m_buffers[i], self.v_buffers[i] = m, v
                m, v = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
                p.data = p.data - self.lr * m / (np.sqrt(np.abs(v)) + self.eps)


@learner("Adam", "adam.weights_swapped")
class SwappedWeights(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            m = (1 - self.beta1) * m + self.beta1 * g
            v = (1 - self.beta2) * v + self.beta2 * g**2
            self.m_buffers[i], self.v_buffers[i] = m, v
            m, v = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@learner("Adam", "adam.betas_swapped")
class SwappedBetas(Base):
    def step(self):
        self.step_count += 1
        b2, b1 = self.beta1, self.beta2
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = m = b1 * m + (1 - b1) * g
            self.v_buffers[i] = v = b2 * v + (1 - b2) * g**2
            p.data = p.data - self.lr * (m / (1 - b1**self.step_count)) / (
                np.sqrt(v / (1 - b2**self.step_count)) + self.eps
            )


@learner("Adam", "adam.no_memory")
class LocalAverages(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            m, v = np.zeros_like(p.data), np.zeros_like(p.data)
            m = self.beta1 * m + (1 - self.beta1) * g
            v = self.beta2 * v + (1 - self.beta2) * g**2
            self.m_buffers[i], self.v_buffers[i] = m, v
            m, v = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


class Typical(Base):
    """One method for the averages and one for the step, as some split it."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = self.penalty(p, arr(p.grad))
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * m + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * v + (1 - self.beta2) * g * g
            m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
            v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
            self.move(p, m_hat, v_hat)

    def penalty(self, p, g):
        return g + self.weight_decay * p.data

    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


@learner("Adam", "adam.eps_inside")
class EpsUnderRoot(Typical):
    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * m_hat / np.sqrt(v_hat + self.eps)


@learner("Adam", "adam.no_root")
class WithoutRoot(Typical):
    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * m_hat / (v_hat + self.eps)


@learner("Adam", "adam.eps_ignored")
class WithoutEps(Typical):
    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * (m_hat / (v_hat**0.5))


@learner("Adam", "adam.roles_swapped")
class VOverM(Typical):
    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * v_hat / (np.sqrt(m_hat) + self.eps)


@learner("Adam", "params.scalar")
class EntryByEntry(Typical):
    def move(self, p, m_hat, v_hat):
        new = p.data.copy()
        for k in range(new.shape[0] if new.ndim else len(new)):
            new[k] = new[k] - self.lr * m_hat[k] / (np.sqrt(v_hat[k]) + self.eps)
        p.data = new


@learner("Adam", "adam.decoupled")
class DecoupledOld(Typical):
    def penalty(self, p, g):
        return g

    def move(self, p, m_hat, v_hat):
        p.data = p.data - self.lr * (m_hat / (np.sqrt(v_hat) + self.eps) + self.weight_decay * p.data)


@learner("Adam", "adam.decay_ignored")
class NoPenalty(Typical):
    def penalty(self, p, g):
        return g


@learner("Adam", "gradient.written")
class PenaltyInPlace(Typical):
    def penalty(self, p, g):
        g += self.weight_decay * p.data
        return g


@learner("Adam", "gradient.clipped")
class ClipsByOne(Typical):
    def penalty(self, p, g):
        return np.clip(g, -1.0, 1.0) + self.weight_decay * p.data


@learner("Adam", "step.uphill")
class Ascends(Typical):
    def move(self, p, m_hat, v_hat):
        p.data = p.data + self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


@learner("Adam", "adam.v_uncorrected")
class HalfCorrected(Typical):
    def move(self, p, m_hat, v_hat):
        v = v_hat * (1 - self.beta2**self.step_count)
        p.data = p.data - self.lr * m_hat / (np.sqrt(v) + self.eps)


@learner("Adam", "missing.raises")
class NoCheck(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = p.grad if isinstance(p.grad, np.ndarray) else p.grad.data
            g = g + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = m = self.beta1 * m + (1 - self.beta1) * g
            self.v_buffers[i] = v = self.beta2 * v + (1 - self.beta2) * g * g
            m, v = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@learner("Adam", "missing.as_zero")
class ZerosForNone(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = (0.0 * p.data if p.grad is None else arr(p.grad)) + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = m = self.beta1 * m + (1 - self.beta1) * g
            self.v_buffers[i] = v = self.beta2 * v + (1 - self.beta2) * g * g
            m, v = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)


@learner("Adam", "state.names")
class ShortNames(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.beta1, self.beta2 = betas
        self.m = [np.zeros_like(p.data) for p in self.params]
        self.v = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        self.step_count += 1
        t = self.step_count
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = arr(p.grad) + self.weight_decay * p.data
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g * g
            rate = self.lr * math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t)
            p.data = p.data - rate * self.m[i] / (np.sqrt(self.v[i]) + self.eps * math.sqrt(1 - self.beta2**t))


@learner("Adam", "adam.t_per_parameter")
class CountsInTheLoop(Base):
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            self.t = getattr(self, "t", 0) + 1
            g = arr(p.grad) + self.weight_decay * p.data
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros_like(p.data)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros_like(p.data)
            self.m_buffers[i] = m = self.beta1 * m + (1 - self.beta1) * g
            self.v_buffers[i] = v = self.beta2 * v + (1 - self.beta2) * g * g
            m, v = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)
        self.step_count += 1
