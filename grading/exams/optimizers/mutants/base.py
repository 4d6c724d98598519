"""Right optimizers, cut into the small decisions that a mutant gets wrong one at a time."""

import numpy as np


def read(param):
    """A gradient as an array, or None."""
    gradient = param.grad
    if gradient is None:
        return None
    return gradient if isinstance(gradient, np.ndarray) else gradient.data


class Optimizer:
    def __init__(self, params):
        self.params = list(params)
        self.step_count = 0

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    def step(self):
        raise NotImplementedError


class Stepping(Optimizer):
    """The loop over parameters that SGD, Adam and AdamW share."""

    def step(self):
        self.count()
        for i, param in enumerate(self.params):
            gradient = self.gradient(i, param)
            if gradient is not None:
                self.update(i, param, gradient)

    def count(self):
        self.step_count += 1

    def gradient(self, i, param):
        return read(param)

    def move(self, param, change):
        param.data = np.asarray(param.data - change, dtype=param.data.dtype)


class SGD(Stepping):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.momentum_buffers = [None] * len(self.params)

    def update(self, i, param, gradient):
        direction = self.decayed(gradient, param)
        if self.momentum:
            old = self.momentum_buffers[i]
            old = np.zeros_like(param.data) if old is None else old
            self.momentum_buffers[i] = self.velocity(old, direction)
            direction = self.direction(old, self.momentum_buffers[i], direction)
        self.move(param, self.lr * direction)

    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data

    def velocity(self, old, gradient):
        return self.momentum * old + gradient

    def direction(self, old, new, gradient):
        return new

    def has_momentum(self):
        return self.momentum > 0

    def get_momentum_state(self):
        if not self.has_momentum():
            return None
        return [None if buffer is None else np.array(buffer) for buffer in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if len(state) != len(self.params):
            raise ValueError("length")
        for buffer, param in zip(state, self.params, strict=True):
            if buffer is not None and buffer.shape != param.data.shape:
                raise ValueError("shape")
        self.momentum_buffers = [None if buffer is None else np.array(buffer) for buffer in state]


class Adam(Stepping):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr, (self.beta1, self.beta2), self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.m_buffers = [None] * len(self.params)
        self.v_buffers = [None] * len(self.params)

    def update(self, i, param, gradient):
        if self.m_buffers[i] is None:
            self.m_buffers[i], self.v_buffers[i] = self.start(param), self.start(param)
        self.average(i, gradient, param)
        self.apply(param, self.change(i, param, gradient))

    def start(self, param):
        return np.zeros_like(param.data)

    def average(self, i, gradient, param):
        gradient = self.decayed(gradient, param)
        self.m_buffers[i] = self.m(self.m_buffers[i], gradient)
        self.v_buffers[i] = self.v(self.v_buffers[i], gradient, self.m_buffers[i])

    def decayed(self, gradient, param):
        return gradient + self.weight_decay * param.data

    def m(self, old, gradient):
        return self.beta1 * old + (1 - self.beta1) * gradient

    def v(self, old, gradient, m):
        return self.beta2 * old + (1 - self.beta2) * gradient**2

    def t(self):
        return self.step_count

    def m_hat(self, m):
        return m / (1 - self.beta1 ** self.t())

    def v_hat(self, v):
        return v / (1 - self.beta2 ** self.t())

    def change(self, i, param, gradient):
        return self.lr * self.ratio(self.m_hat(self.m_buffers[i]), self.v_hat(self.v_buffers[i]))

    def ratio(self, m_hat, v_hat):
        return m_hat / (np.sqrt(v_hat) + self.eps)

    def apply(self, param, change):
        self.move(param, change)


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def decayed(self, gradient, param):
        return gradient

    def apply(self, param, change):
        self.move(param, change)
        self.shrink(param)

    def shrink(self, param):
        self.move(param, self.lr * self.weight_decay * param.data)
