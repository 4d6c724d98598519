"""SGD as learners write it."""

import numpy as np

from tinytorch.core.optimizers import Optimizer
from tinytorch.core.tensor import Tensor

from .registry import learner


def to_array(g):
    return g.data if isinstance(g, Tensor) else g


class Base(Optimizer):
    """The constructor and the state methods that a scaffold gives."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.momentum_buffers = [None for _ in self.params]

    def has_momentum(self):
        return self.momentum > 0

    def get_momentum_state(self):
        if self.momentum == 0:
            return None
        return [b.copy() if b is not None else None for b in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or self.momentum == 0:
            return
        if len(state) != len(self.params):
            raise ValueError("the state has the wrong length")
        for p, b in zip(self.params, state, strict=True):
            if b is not None and np.shape(b) != p.data.shape:
                raise ValueError("the state has a wrong shape")
        self.momentum_buffers = [
            np.array(b, dtype=p.data.dtype) if b is not None else None for p, b in zip(self.params, state, strict=True)
        ]


@learner("SGD", "momentum.lr_inside")
class VelocityWithLr(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i]
                if v is None:
                    v = np.zeros_like(p.data)
                v = self.momentum * v - self.lr * g
                self.momentum_buffers[i] = v
                p.data = p.data + v
            else:
                p.data = p.data - self.lr * g


@learner("SGD", "momentum.lr_inside")
class VelocityWithLrAlways(Base):
    """Starts from zeros, and has one way for all momenta."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.momentum_buffers = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        for p, v in zip(self.params, self.momentum_buffers, strict=True):
            if p.grad is not None:
                d = to_array(p.grad)
                if self.weight_decay:
                    d = d + self.weight_decay * p.data
                v *= self.momentum
                v += self.lr * d
                p.data = p.data - v
        self.step_count += 1


@learner("SGD", "momentum.averaged")
class ExponentialAverage(Base):
    def step(self):
        beta = self.momentum
        for idx in range(len(self.params)):
            param = self.params[idx]
            if param.grad is not None:
                gradient = np.asarray(to_array(param.grad))
                gradient = gradient + self.weight_decay * param.data
                if beta:
                    last = self.momentum_buffers[idx]
                    last = 0.0 if last is None else last
                    self.momentum_buffers[idx] = beta * last + (1 - beta) * gradient
                    gradient = self.momentum_buffers[idx]
                param.data = (param.data - self.lr * gradient).astype(param.data.dtype)
        self.step_count += 1


@learner("SGD", "momentum.dampened")
class LikeTorchWithDampening(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            d_p = to_array(p.grad)
            if self.weight_decay != 0:
                d_p = d_p + self.weight_decay * p.data
            if self.momentum != 0:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = d_p.copy()
                else:
                    self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + (1 - self.momentum) * d_p
                d_p = self.momentum_buffers[i]
            p.data -= self.lr * d_p


@learner("SGD", "momentum.lookahead")
class NesterovByDefault(Base):
    def step(self):
        mu = self.momentum
        for k, w in enumerate(self.params):
            if w.grad is None:
                continue
            grad = to_array(w.grad) + self.weight_decay * w.data
            buf = self.momentum_buffers[k]
            if mu:
                buf = grad if buf is None else mu * buf + grad
                self.momentum_buffers[k] = np.array(buf)
                grad = grad + mu * buf
            w.data = w.data - self.lr * grad
        self.step_count += 1


@learner("SGD", "decay.sign")
class MinusDecay(Base):
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            dw = to_array(p.grad) - p.data * self.weight_decay
            if self.momentum:
                prev = (
                    np.zeros(p.data.shape, p.data.dtype)
                    if self.momentum_buffers[i] is None
                    else self.momentum_buffers[i]
                )
                self.momentum_buffers[i] = dw = self.momentum * prev + dw
            p.data = p.data - dw * self.lr
        self.step_count += 1


@learner("SGD", "decay.outside_velocity")
class DecoupledDecay(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            step = to_array(p.grad)
            if self.momentum:
                old = self.momentum_buffers[i]
                step = step.copy() if old is None else self.momentum * old + step
                self.momentum_buffers[i] = step
            p.data = p.data * (1 - self.lr * self.weight_decay)
            p.data = p.data - self.lr * step


@learner("SGD", "decay.scale", "decay.outside_velocity")
class DecayWithoutLr(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad)
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(g)
                self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + g
                g = self.momentum_buffers[i]
            p.data = p.data - self.lr * g - self.weight_decay * p.data


@learner("SGD", "decay.ignored")
class ForgotDecay(Base):
    def step(self):
        self.step_count = self.step_count + 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            u = 1.0 * to_array(p.grad)
            if self.has_momentum():
                if self.momentum_buffers[i] is not None:
                    u += self.momentum * self.momentum_buffers[i]
                self.momentum_buffers[i] = u
            p.data = p.data - self.lr * u


@learner("SGD", "step.uphill")
class PlusLr(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data += self.lr * g


@learner("SGD", "step.rebinds", "step.nothing")
class LocalName(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            data = p.data
            g = to_array(p.grad) + self.weight_decay * data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            data = data - self.lr * g


@learner("SGD", "momentum.start")
class OnesVelocity(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.ones_like(p.data)
                self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + g
                g = self.momentum_buffers[i]
            p.data = p.data - self.lr * g


@learner("SGD", "gradient.clipped")
class ClipsNorm(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad)
            n = np.sqrt(np.sum(np.square(g)))
            if n > 1:
                g = g / n
            g = g + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data = p.data - self.lr * g


@learner("SGD", "state.names", "state.alias_out", "state.unchecked")
class Velocities(Base):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        Optimizer.__init__(self, params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.velocities = {}

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                self.velocities[i] = self.momentum * self.velocities.get(i, 0) + g
                g = self.velocities[i]
            p.data = p.data - self.lr * g

    def get_momentum_state(self):
        return [self.velocities.get(i) for i in range(len(self.params))] if self.momentum else None

    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            self.velocities = dict(enumerate(state))
