"""SGD that is wrong about gradients, as learners write it."""

import numpy as np

from .registry import learner
from .sgd import Base, to_array


@learner("SGD", "gradient.written")
class DecayIntoTheGradient(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad)
            if self.weight_decay > 0:
                g += self.weight_decay * p.data
            if self.momentum > 0:
                b = self.momentum_buffers[i]
                b = np.zeros_like(p.data) if b is None else b
                self.momentum_buffers[i] = g = self.momentum * b + g
            p.data = p.data - self.lr * g


@learner("SGD", "gradient.written")
class VelocityIsTheGradient(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad)
            if self.weight_decay:
                g = g + self.weight_decay * p.data
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = g
                else:
                    self.momentum_buffers[i] *= self.momentum
                    self.momentum_buffers[i] += g
                g = self.momentum_buffers[i]
            p.data = p.data - self.lr * g


@learner("SGD", "missing.raises")
class NeverAsksForNone(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = p.grad.data if not isinstance(p.grad, np.ndarray) else p.grad
            g = g + self.weight_decay * p.data
            if self.momentum:
                v = self.momentum_buffers[i]
                v = g if v is None else self.momentum * v + g
                self.momentum_buffers[i] = v
                g = v
            p.data = p.data - self.lr * g


@learner("SGD", "missing.raises")
class MultipliesNone(Base):
    def step(self):
        for i, p in enumerate(self.params):
            grad = to_array(p.grad)
            if self.weight_decay:
                grad = grad + self.weight_decay * p.data
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(p.data)
                self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + grad
                grad = self.momentum_buffers[i]
            p.data = p.data - self.lr * grad
        self.step_count += 1


@learner("SGD", "missing.as_zero")
class NoneIsZeros(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = np.zeros_like(p.data) if p.grad is None else to_array(p.grad)
            g = g + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                v = self.momentum * v + g
                self.momentum_buffers[i] = v
                g = v
            p.data = p.data - self.lr * g


@learner("SGD", "missing.stops")
class ReturnsAtNone(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                return
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data = p.data - self.lr * g


@learner("SGD", "gradient.one_kind")
class DataOfAnything(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = p.grad.data
            if self.weight_decay:
                g = g + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data = p.data - self.lr * g


@learner("SGD", "gradient.truth")
class IfGradient(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad == None:  # noqa: E711 - this is the mistake
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data = p.data - self.lr * g


@learner("SGD", "params.scalar")
class SliceAssignment(Base):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(p.data)
                self.momentum_buffers[i][:] = self.momentum * self.momentum_buffers[i] + g
                g = self.momentum_buffers[i]
            p.data[:] = p.data - self.lr * g
