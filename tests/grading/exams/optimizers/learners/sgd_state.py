"""SGD with a right step and something wrong around it, as learners write it."""

import numpy as np

from .registry import learner
from .sgd import Base, to_array


class Right(Base):
    """A right step, for what is about something else."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = to_array(p.grad) + self.weight_decay * p.data
            if self.momentum > 0:
                v = self.momentum_buffers[i] if self.momentum_buffers[i] is not None else np.zeros_like(p.data)
                g = self.momentum_buffers[i] = self.momentum * v + g
            p.data = p.data - self.lr * g


@learner("SGD", "state.alias_out")
class ReturnsItsList(Right):
    def get_momentum_state(self):
        return self.momentum_buffers if self.momentum else None


@learner("SGD", "state.alias_in")
class TakesTheList(Right):
    def set_momentum_state(self, state):
        if state is None or not self.momentum:
            return
        if len(state) != len(self.params):
            raise ValueError("length")
        if any(b is not None and b.shape != p.data.shape for b, p in zip(state, self.params, strict=True)):
            raise ValueError("shape")
        self.momentum_buffers = state


@learner("SGD", "state.unchecked")
class TakesAnything(Right):
    def set_momentum_state(self, state):
        if state is not None and self.momentum > 0:
            for i, b in enumerate(state[: len(self.params)]):
                self.momentum_buffers[i] = None if b is None else np.array(b, dtype=self.params[i].data.dtype)


@learner("SGD", "step_count.wrong")
class CountsInLoop(Right):
    def step(self):
        start = self.step_count
        super().step()
        self.step_count = start + len([p for p in self.params if p.grad is not None])


@learner("SGD", "sgd.interface")
class TorchDefaults(Right):
    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0):
        super().__init__(params, lr, momentum, weight_decay)
