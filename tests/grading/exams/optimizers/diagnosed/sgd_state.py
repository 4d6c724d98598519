"""SGD's state, as learners get it wrong."""

import numpy as np

from tinytorch.core import optimizers as lesson

from .registry import wrong


def misfit(self, state):
    if len(state) != len(self.params) or any(
        v is not None and np.shape(v) != p.data.shape for v, p in zip(state, self.params, strict=True)
    ):
        raise ValueError("this state does not fit")


def copied(state):
    return [None if v is None else v.copy() for v in state]


@wrong("SGD")
class HandsOutItsOwn(lesson.SGD):
    def get_momentum_state(self):
        return self.momentum_buffers if self.momentum else None


@wrong("SGD")
class KeepsTheCallers(lesson.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            misfit(self, state)
            self.momentum_buffers = list(state)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                g = g + self.weight_decay * p.data
                if self.momentum:
                    if self.momentum_buffers[i] is None:
                        self.momentum_buffers[i] = np.zeros_like(p.data)
                    self.momentum_buffers[i] *= self.momentum
                    self.momentum_buffers[i] += g
                    g = self.momentum_buffers[i]
                p.data = p.data - self.lr * g


@wrong("SGD")
class CountsFromZeroAgain(lesson.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            misfit(self, state)
            self.momentum_buffers, self.step_count = copied(state), 0


@wrong("SGD")
class KeepsWhatIsOlder(lesson.SGD):
    def set_momentum_state(self, state):
        if state is None or not self.momentum:
            return
        misfit(self, state)
        for i, v in enumerate(state):
            if v is not None:
                self.momentum_buffers[i] = v.copy()


@wrong("SGD")
class TakesAnything(lesson.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            self.momentum_buffers = copied(state)


@wrong("SGD")
class HalfATransfer(lesson.SGD):
    def set_momentum_state(self, state):
        if state is None or not self.momentum:
            return
        if len(state) != len(self.params):
            raise ValueError("length")
        for i, (v, p) in enumerate(zip(state, self.params, strict=True)):
            if v is not None and v.shape != p.data.shape:
                raise ValueError("shape")
            self.momentum_buffers[i] = None if v is None else v.copy()


@wrong("SGD")
class Float64State(lesson.SGD):
    """The state becomes float64, and the parameters after it."""

    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            misfit(self, state)
            self.momentum_buffers = [None if v is None else np.array(v, dtype=float) for v in state]

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                g = g + self.weight_decay * p.data
                if self.momentum:
                    v = 0 if self.momentum_buffers[i] is None else self.momentum * self.momentum_buffers[i]
                    self.momentum_buffers[i] = g = v + g
                p.data = p.data - self.lr * g


@wrong("SGD")
class FirstStepIsSpecial(lesson.SGD):
    """The first step makes the velocity, also if one was put in before."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                g = g + self.weight_decay * p.data
                if self.momentum:
                    fresh = self.step_count == 1 or self.momentum_buffers[i] is None
                    g = g if fresh else self.momentum * self.momentum_buffers[i] + g
                    self.momentum_buffers[i] = g = lesson.array_like(g, p)
                p.data = lesson.array_like(p.data - self.lr * g, p)


@wrong("SGD")
class SaysHowMuch(lesson.SGD):
    def has_momentum(self):
        return self.momentum


@wrong("SGD")
class TurnsMomentumOn(lesson.SGD):
    def set_momentum_state(self, state):
        if state is None:
            return
        misfit(self, state)
        self.momentum_buffers, self.momentum = copied(state), self.momentum or 0.9


@wrong("SGD")
class ZerosForNone(lesson.SGD):
    """None that is put in clears every velocity."""

    def set_momentum_state(self, state):
        if state is None:
            self.momentum_buffers = [None] * len(self.params)
        elif self.momentum:
            misfit(self, state)
            self.momentum_buffers = copied(state)


@wrong("SGD")
class EmptiesTheList(lesson.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            misfit(self, state)
            self.momentum_buffers = [state.pop(0) for _ in self.params]


@wrong("SGD")
class AssertsTheFit(lesson.SGD):
    def set_momentum_state(self, state):
        if state is not None and self.momentum:
            assert len(state) == len(self.params)
            assert all(v is None or v.shape == p.shape for v, p in zip(state, self.params, strict=True))
            self.momentum_buffers = copied(state)


@wrong("SGD")
class ListWithoutMomentum(lesson.SGD):
    def get_momentum_state(self):
        return copied(self.momentum_buffers)
