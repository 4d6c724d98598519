"""The base class as learners write it."""

import numpy as np

from .registry import learner
from .sgd import to_array


class Start:
    def __init__(self, params):
        self.params = list(params)
        self.step_count = 0

    def step(self):
        raise NotImplementedError("write it in a subclass")


@learner("Optimizer", "zero_grad.zeros")
class GradIsZero(Start):
    def zero_grad(self):
        for p in self.params:
            p.grad = 0.0


@learner("Optimizer", "zero_grad.zeros")
class GradOfZeros(Start):
    def zero_grad(self):
        for p in self.params:
            p.grad = np.zeros_like(p.data)


@learner("Optimizer", "zero_grad.zeros")
class FillZero(Start):
    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                to_array(p.grad).fill(0.0)


@learner("Optimizer", "zero_grad.rebinds")
class LoopName(Start):
    def zero_grad(self):
        for grad in [p.grad for p in self.params]:
            grad = None  # noqa: B020, F841, PLW2901 - this is the mistake


@learner("Optimizer", "zero_grad.some")
class ReturnsInLoop(Start):
    def zero_grad(self):
        for p in self.params:
            p.grad = None
            return
