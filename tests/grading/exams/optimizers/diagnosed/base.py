"""The base class, as learners get it wrong."""

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.tensor import Tensor

from .registry import wrong


@wrong("Optimizer")
class FillsZeros(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            p.grad = np.zeros_like(p.data)


@wrong("Optimizer")
class ZeroTensor(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad = Tensor(np.zeros(p.shape))


@wrong("Optimizer")
class NumberZero(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            p.grad = 0.0


@wrong("Optimizer")
class OnlyWhatIsNotZero(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            if p.grad is not None and np.any(np.asarray(p.grad if isinstance(p.grad, np.ndarray) else p.grad.data)):
                p.grad = None


@wrong("Optimizer")
class StartsOver(lesson.Optimizer):
    def zero_grad(self):
        self.step_count = 0
        self.params = [Tensor(p.data, requires_grad=True) for p in self.params]


@wrong("Optimizer")
class ClearsWhenMade(lesson.Optimizer):
    def __init__(self, params):
        super().__init__(params)
        self.zero_grad()

    def zero_grad(self):
        for p in self.params:
            p.grad = None


@wrong("Optimizer")
class StopsEarly(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            if p.grad is None:
                break
            p.grad = None


@wrong("Optimizer")
class StepPasses(lesson.Optimizer):
    def step(self):
        self.step_count += 1


@wrong("Optimizer")
class ClearsInPlace(lesson.Optimizer):
    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.data[:] = 0
