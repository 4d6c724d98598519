"""SGD's step, as learners get it wrong. The rest is the scaffold's, unless it is the mistake."""

import numpy as np

from tinytorch.core import optimizers as lesson

from .registry import wrong


def read(p):
    return p.grad if isinstance(p.grad, np.ndarray) else p.grad.data


class Loop(lesson.SGD):
    """The loop that most learners write; each mistake is in `move`."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            self.move(i, p, read(p))

    def old(self, i, p):
        if self.momentum_buffers[i] is None:
            self.momentum_buffers[i] = np.zeros_like(p.data)
        return self.momentum_buffers[i]


@wrong("SGD")
class LrInVelocity(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        self.momentum_buffers[i] = self.momentum * self.old(i, p) - self.lr * g
        p.data = p.data + self.momentum_buffers[i]


@wrong("SGD")
class AveragedVelocity(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        self.momentum_buffers[i] = self.momentum * self.old(i, p) + (1 - self.momentum) * g
        p.data = p.data - self.lr * self.momentum_buffers[i]


@wrong("SGD")
class LooksAhead(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = self.momentum * self.old(i, p) + g
            g = g + self.momentum * self.momentum_buffers[i]
        p.data = p.data - self.lr * g


@wrong("SGD")
class DecayIntoTheGradient(Loop):
    def move(self, i, p, g):
        g += self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = self.momentum * self.old(i, p) + g
            g = self.momentum_buffers[i]
        p.data = p.data - self.lr * g


@wrong("SGD")
class DecayAfterwards(Loop):
    def move(self, i, p, g):
        if self.momentum:
            self.momentum_buffers[i] = self.momentum * self.old(i, p) + g
            g = self.momentum_buffers[i]
        p.data = (p.data - self.lr * g) * (1 - self.lr * self.weight_decay)


@wrong("SGD")
class EitherMomentumOrDecay(Loop):
    def move(self, i, p, g):
        if self.momentum:
            self.momentum_buffers[i] = self.momentum * self.old(i, p) + g
            g = self.momentum_buffers[i]
        elif self.weight_decay:
            g = g + self.weight_decay * p.data
        p.data = p.data - self.lr * g


@wrong("SGD")
class VelocityIsTheGradient(Loop):
    def move(self, i, p, g):
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


@wrong("SGD")
class SliceOfAScalar(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            v = self.old(i, p)
            v[:] = self.momentum * v + g
            g = v
        p.data = p.data - self.lr * g


@wrong("SGD")
class StartsAtOnes(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            old = np.ones_like(p.data) if self.momentum_buffers[i] is None else self.momentum_buffers[i]
            self.momentum_buffers[i] = g = self.momentum * old + g
        p.data = p.data - self.lr * g


@wrong("SGD")
class AllFloat64(Loop):
    def move(self, i, p, g):
        g = np.array(g, dtype=float) + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g


@wrong("SGD")
class AtLeastOneAxis(Loop):
    def move(self, i, p, g):
        g = np.atleast_1d(g) + self.weight_decay * np.atleast_1d(p.data)
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = np.atleast_1d(p.data) - self.lr * g


@wrong("SGD")
class VelocityByShape(Loop):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.by_shape = {}

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            v = self.momentum * self.by_shape.get(p.data.shape, 0.0) + g
            self.by_shape[p.data.shape] = self.momentum_buffers[i] = g = v
        p.data = p.data - self.lr * g


@wrong("SGD")
class VelocityOnTheClass(Loop):
    kept = {}

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            key = i, p.data.shape
            first = self.momentum_buffers[i] is None
            self.kept[key] = self.momentum * self.kept.get(key, 0 * g) + g if not first or key in self.kept else g
            self.momentum_buffers[i] = g = self.kept[key]
        p.data = p.data - self.lr * g


@wrong("SGD")
class ClipsTheNorm(Loop):
    def move(self, i, p, g):
        g = g / max(1.0, np.linalg.norm(g) / 10)
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g


@wrong("SGD")
class LeavesZerosAlone(Loop):
    def move(self, i, p, g):
        moving = np.asarray(g != 0)
        d = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = d = np.where(moving, self.momentum * self.old(i, p) + d, self.old(i, p))
        p.data = np.asarray(np.where(moving, p.data - self.lr * d, p.data), dtype=p.data.dtype)


@wrong("SGD")
class ZeroIsMissing(Loop):
    def move(self, i, p, g):
        if not np.any(g):
            return
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g


@wrong("SGD")
class NoLrIsADefault(Loop):
    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - (self.lr or 0.01) * g


@wrong("SGD")
class RemembersTheFirstLr(Loop):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.rate = lr

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.rate * g


@wrong("SGD")
class MissingIsZero(lesson.SGD):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = np.zeros_like(p.data) if p.grad is None else read(p)
            g = g + self.weight_decay * p.data
            if self.momentum:
                v = 0 if self.momentum_buffers[i] is None else self.momentum_buffers[i]
                self.momentum_buffers[i] = g = self.momentum * v + g
            p.data = p.data - self.lr * g


@wrong("SGD")
class OnlyTensors(lesson.SGD):
    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = 1.0 * p.grad.data  # of an array, this is a memoryview
            g = g + self.weight_decay * p.data
            if self.momentum:
                v = 0 if self.momentum_buffers[i] is None else self.momentum_buffers[i]
                self.momentum_buffers[i] = g = self.momentum * v + g
            p.data = p.data - self.lr * g


@wrong("SGD")
class CountsWhatMoved(lesson.SGD):
    def step(self):
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is not None:
                self.step_count += i == 0
                g = g + self.weight_decay * p.data
                if self.momentum:
                    v = 0 if self.momentum_buffers[i] is None else self.momentum_buffers[i]
                    self.momentum_buffers[i] = g = lesson.array_like(self.momentum * v + g, p)
                p.data = lesson.array_like(p.data - self.lr * g, p)


@wrong("SGD")
class ForgetsMissing(lesson.SGD):
    """The list of velocities is as long as the list of gradients that are there."""

    def step(self):
        self.step_count += 1
        active = [p for p in self.params if p.grad is not None]
        for i, p in enumerate(active):
            g = read(p) + self.weight_decay * p.data
            if self.momentum:
                v = self.momentum_buffers[i]
                self.momentum_buffers[i] = g = g if v is None else self.momentum * v + g
            p.data = p.data - self.lr * g


@wrong("SGD")
class SlowsDown(Loop):
    """After three hundred steps the learning rate becomes a tenth."""

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * (0.1 if self.step_count > 300 else 1.0) * g


@wrong("SGD")
class ClearsGradientsToo(Loop):
    def step(self):
        super().step()
        for p in self.params:
            p.grad = None

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g


@wrong("SGD")
class HeadOnly(Loop):
    """Of a large array, the last rows are left out."""

    def move(self, i, p, g):
        g = g + self.weight_decay * p.data
        if self.momentum:
            self.momentum_buffers[i] = g = self.momentum * self.old(i, p) + g
        p.data = p.data - self.lr * g if p.data.ndim == 0 else np.concatenate(
            [(p.data - self.lr * g)[:1000], p.data[1000:]])  # fmt: skip


@wrong("SGD")
class OtherNames(lesson.SGD):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.velocity = [0.0] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is not None:
                self.velocity[i] = self.momentum * self.velocity[i] + read(p) + self.weight_decay * p.data
                p.data = p.data - self.lr * self.velocity[i]
