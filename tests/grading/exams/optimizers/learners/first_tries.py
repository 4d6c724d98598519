"""First tries: a slip of Python or NumPy, a line of PyTorch, an order or an index that is off."""

import numpy as np

from tinytorch.core.optimizers import Optimizer
from tinytorch.core.tensor import Tensor

from .registry import learner
from .sgd import Base, to_array


class Momentum(Base):
    """A right SGD in two methods."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                self.one(i, p, to_array(p.grad))

    def one(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            old = self.momentum_buffers[i]
            self.momentum_buffers[i] = np.asarray(g if old is None else self.momentum * old + g, p.data.dtype)
            g = self.along(self.momentum_buffers[i])
        p.data = np.asarray(p.data - self.lr * g, p.data.dtype)

    def along(self, v):
        return v


@learner("SGD", "state.index")
class CountsThoseWithAGradient(Momentum):
    def step(self):
        self.step_count += 1
        active = [p for p in self.params if p.grad is not None]
        for i, p in enumerate(active):
            self.one(i, p, to_array(p.grad))


@learner("SGD", "momentum.no_memory")
class ChangesANumber(Momentum):
    def one(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            v = 0.0 if self.momentum_buffers[i] is None else self.momentum_buffers[i]
            v *= self.momentum
            v += g  # a new array, which nobody keeps
            g = v
        p.data = np.asarray(p.data - self.lr * g, p.data.dtype)


@learner("SGD", "python.hidden_method")
class HasMomentumIsAnAttribute(Momentum):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.has_momentum = momentum > 0


@learner("SGD", "state.kind")
class StateForJson(Momentum):
    def get_momentum_state(self):
        state = super().get_momentum_state()
        return None if state is None else [None if b is None else b.tolist() for b in state]


@learner("SGD", "momentum.scaled_step")
class ScalesTheStep(Momentum):
    def along(self, v):
        return (1 - self.momentum) * v


@learner("SGD", "python.index")
class CountsFromOne(Momentum):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params, 1):
            if p.grad is not None:
                self.one(i, p, to_array(p.grad))


@learner("SGD", "momentum.late")
class MovesFirst(Momentum):
    def one(self, i, p, g):
        g, v = g + self.weight_decay * p.data, self.momentum_buffers[i]
        if not self.momentum:
            p.data = np.asarray(p.data - self.lr * g, p.data.dtype)
            return
        v = np.zeros_like(p.data) if v is None else v
        p.data = np.asarray(p.data - self.lr * v, p.data.dtype)
        self.momentum_buffers[i] = np.asarray(self.momentum * v + g, p.data.dtype)


class Averages(Optimizer):
    """A right Adam in a method for each line of the paper."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.beta1, self.beta2 = betas
        self.m_buffers, self.v_buffers = [None] * len(self.params), [None] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                if self.m_buffers[i] is None:
                    self.m_buffers[i], self.v_buffers[i] = self.start(p)
                self.one(i, p, self.decayed(p, to_array(p.grad)))

    def start(self, p):
        return np.zeros_like(p.data), np.zeros_like(p.data)

    def decayed(self, p, g):
        return g + self.weight_decay * p.data

    def one(self, i, p, g):
        self.average(i, p, g)
        self.move(p, self.lr * self.along(i, self.step_count))

    def average(self, i, p, g):
        self.m_buffers[i] = np.asarray(self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g, p.data.dtype)
        self.v_buffers[i] = np.asarray(
            self.beta2 * self.v_buffers[i] + (1 - self.beta2) * self.squared(g), p.data.dtype
        )

    def squared(self, g):
        return g**2

    def along(self, i, t):
        m_hat = self.m_buffers[i] / (1 - self.beta1**t)
        return m_hat / (np.sqrt(self.v_buffers[i] / (1 - self.beta2**t)) + self.eps)

    def move(self, p, change):
        p.data = np.asarray(p.data - change, p.data.dtype)


@learner("Adam", "adam.late", "step.rebinds")  # in the only step of a case nothing moves
class MovesBeforeItAverages(Averages):
    def one(self, i, p, g):
        self.move(p, self.lr * self.along(i, self.step_count))
        self.average(i, p, g)


@learner("Adam", "adam.parentheses")
class ForgotParentheses(Averages):
    def average(self, i, p, g):
        self.m_buffers[i] = np.asarray(self.beta1 * self.m_buffers[i] + 1 - self.beta1 * g, p.data.dtype)
        self.v_buffers[i] = np.asarray(self.beta2 * self.v_buffers[i] + 1 - self.beta2 * g**2, p.data.dtype)


@learner("Adam", "adam.correction_parentheses")
class ForgotParenthesesBelow(Averages):
    def along(self, i, t):
        m_hat, v_hat = self.m_buffers[i] / 1 - self.beta1**t, self.v_buffers[i] / 1 - self.beta2**t
        return m_hat / (np.sqrt(np.abs(v_hat)) + self.eps)


@learner("Adam", "python.caret")
class Caret(Averages):
    def squared(self, g):
        return g ^ 2


@learner("Adam", "python.matrix_product")
class Dot(Averages):
    def squared(self, g):
        return np.dot(g, g)


@learner("Adam", "python.torch_methods")
class FromTorch(Averages):
    def along(self, i, t):
        denom = (self.v_buffers[i].sqrt() / (1 - self.beta2**t) ** 0.5).add_(self.eps)
        return self.m_buffers[i] / (1 - self.beta1**t) / denom


@learner("Adam", "adam.eps_scaled")
class EpsSquared(Averages):
    def along(self, i, t):
        return self.m_buffers[i] / (1 - self.beta1**t) / np.sqrt(self.v_buffers[i] / (1 - self.beta2**t) + self.eps**2)


@learner("Adam", "adam.sign_only", "adam.eps_ignored")
class SignOfTheAverage(Averages):
    def along(self, i, t):
        return np.sign(self.m_buffers[i])


@learner("Adam", "missing.as_zero")
class FadesWithoutAGradient(Averages):
    def step(self):
        super().step()
        for i, p in enumerate(self.params):
            if p.grad is None and self.m_buffers[i] is not None:
                self.m_buffers[i] = self.beta1 * self.m_buffers[i]
                self.v_buffers[i] = self.beta2 * self.v_buffers[i]


@learner("Adam", "state.tensors")
class AddsTheParameterItself(Averages):
    def decayed(self, p, g):
        return Tensor(g, dtype=p.dtype) + self.weight_decay * p.detach()

    def average(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g * g

    def along(self, i, t):
        m_hat = self.m_buffers[i] / (1 - self.beta1**t)
        return (m_hat / ((self.v_buffers[i] / (1 - self.beta2**t)) ** 0.5 + self.eps)).data


@learner("Adam", "state.dtype")
class ZerosOfAShape(Averages):
    def start(self, p):
        return np.zeros(p.shape), np.zeros(p.shape)

    def average(self, i, p, g):
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2


@learner("Adam", "adam.one_array")
class TheSameZeros(Averages):
    def start(self, p):
        zeros = np.zeros_like(p.data)
        return zeros, zeros

    def average(self, i, p, g):
        m, v = self.m_buffers[i], self.v_buffers[i]
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * g**2


class Decoupled(Averages):
    """A right AdamW."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def decayed(self, p, g):
        return g

    def move(self, p, change):
        p.data = np.asarray((p.data - change) * self.kept(), p.data.dtype)

    def kept(self):
        return 1 - self.lr * self.weight_decay


@learner("AdamW", "adamw.fixed_lr")
class DecayOfTheFirstLr(Decoupled):
    def kept(self):
        self.first = getattr(self, "first", self.lr)
        return 1 - self.first * self.weight_decay


@learner("AdamW", "adamw.fraction")
class Exponential(Decoupled):
    def kept(self):
        return np.exp(-self.lr * self.weight_decay)


@learner("AdamW", "decay.by_axes")
class NoDecayOfBiases(Decoupled):
    def move(self, p, change):
        p.data = np.asarray((p.data - change) * (self.kept() if p.data.ndim >= 2 else 1.0), p.data.dtype)


@learner("AdamW", "step_count.wrong")
class CallsAStepThatCounts(Decoupled):
    def step(self):
        self.step_count += 1
        super().step()


@learner("Optimizer", "zero_grad.deletes")
class DeletesGradients(Optimizer):
    def zero_grad(self):
        for p in self.params:
            del p.grad

    def step(self):
        raise NotImplementedError
