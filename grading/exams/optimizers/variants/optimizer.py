"""Right base classes."""

from dataclasses import dataclass, field

import numpy as np

from .registry import variant


@variant("Optimizer")
class UncheckedOptimizer:
    """No checks of arguments; zero_grad by setattr."""

    def __init__(self, params):
        self.params, self.step_count = list(params), 0

    def zero_grad(self):
        for tensor in self.params:
            setattr(tensor, "grad", None)  # noqa: B010

    def step(self):
        raise NotImplementedError


@variant("Optimizer")
class TupleOptimizer:
    """Parameters in a tuple; the index counts up in a while loop."""

    def __init__(self, params):
        self.params = tuple(params)
        self.step_count = np.int64(0)

    def zero_grad(self):
        i = 0
        while i < len(self.params):
            if self.params[i].grad is not None:
                self.params[i].grad = None
            i += 1

    def step(self):
        raise NotImplementedError("subclasses say how")


@variant("Optimizer")
class SlotsOptimizer:
    """Slots instead of a __dict__; a list comprehension for its side effect; a subclass of NotImplementedError."""

    __slots__ = ("params", "step_count")

    class Abstract(NotImplementedError):
        pass

    def __init__(self, params):
        self.params = [param for param in params]  # noqa: C416
        self.step_count = 0

    def zero_grad(self):
        [setattr(param, "grad", None) for param in self.params]

    def step(self):
        raise SlotsOptimizer.Abstract("step")


@variant("Optimizer")
class TorchLikeOptimizer:
    """Parameter groups, properties, optional arguments as in torch; zero_grad returns the optimizer."""

    def __init__(self, params, defaults=None):
        self.param_groups = [{"params": list(params), **(defaults or {})}]
        self._steps = 0

    params = property(lambda self: [param for group in self.param_groups for param in group["params"]])
    step_count = property(lambda self: self._steps)

    def zero_grad(self, set_to_none=True):
        for group in self.param_groups:
            for param in group["params"]:
                param.grad = None if set_to_none else param.grad * 0
        return self

    def step(self, closure=None):
        raise NotImplementedError(f"{self!r}.step")


@variant("Optimizer")
@dataclass
class DataOptimizer:
    """A dataclass."""

    params: list
    step_count: int = field(default=0, init=False)

    def zero_grad(self) -> None:
        for param in self.params:
            del param.grad
            param.grad = None

    def step(self) -> None:
        raise NotImplementedError()
