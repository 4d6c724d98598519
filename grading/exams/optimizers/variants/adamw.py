"""Right ways to write AdamW, and Adam and AdamW in one."""

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.tensor import Tensor

from .adam import HelperAdam, TorchAdam, averaged, corrected
from .registry import variant


class OneRule(lesson.Optimizer):
    """Adam and AdamW as one rule with a switch."""

    decoupled = False

    def __init__(self, params, lr, betas, eps, weight_decay):
        super().__init__(params)
        self.lr, (self.beta1, self.beta2), self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.m_buffers, self.v_buffers = [None] * len(self.params), [None] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            if not self.decoupled:
                g = g + self.weight_decay * p.data
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
            v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
            p.data = p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            if self.decoupled:
                p.data = p.data - self.lr * self.weight_decay * p.data


@variant("Adam")
class SwitchAdam(OneRule):
    """The switch is off."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)


@variant("AdamW")
class SwitchAdamW(OneRule):
    """The switch is on."""

    decoupled = True

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)


@variant("AdamW")
class ListingAdamW(lesson.Optimizer):
    """The specification's listing."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params)
        self.lr = lr
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.m_buffers = [None for _ in self.params]
        self.v_buffers = [None for _ in self.params]

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            grad = param.grad
            if isinstance(grad, Tensor):
                grad_data = grad.data
            else:
                grad_data = grad
            if self.m_buffers[i] is None:
                self.m_buffers[i] = np.zeros_like(param.data)
                self.v_buffers[i] = np.zeros_like(param.data)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad_data
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * (grad_data**2)
            bias_correction1 = 1 - self.beta1**self.step_count
            bias_correction2 = 1 - self.beta2**self.step_count
            m_hat = self.m_buffers[i] / bias_correction1
            v_hat = self.v_buffers[i] / bias_correction2
            param.data = param.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
            if self.weight_decay != 0:
                param.data = param.data * (1 - self.lr * self.weight_decay)


@variant("AdamW")
class InheritedAdamW(lesson.Adam):
    """Adam without its penalty, then the decay in a second loop."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def step(self):
        decay, self.weight_decay = self.weight_decay, 0.0
        try:
            super().step()
        finally:
            self.weight_decay = decay
        for param in self.params:
            if param.grad is not None:
                param.data = param.data * (1 - self.lr * decay)


@variant("AdamW")
class TorchAdamW(TorchAdam):
    """As torch.optim.AdamW: decay first, each parameter with its own step, on top of Adam with its decay off."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data *= 1 - self.lr * self.weight_decay
        decay, self.defaults["weight_decay"] = self.weight_decay, 0
        super().step()
        self.defaults["weight_decay"] = decay


@variant("AdamW")
class CombinedAdamW(lesson.AdamW):
    """One line: p - lr * (u + decay * p), as in the paper."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g * g
            update = (self.m_buffers[i] / (1 - self.beta1**self.step_count)) / (
                np.sqrt(self.v_buffers[i] / (1 - self.beta2**self.step_count)) + self.eps
            )
            p.data = p.data - self.lr * (update + self.weight_decay * p.data)


@variant("AdamW")
class PerParameterAdamW(lesson.AdamW):
    """Bias correction counts the gradients of each parameter, as running products kept in a dict; decay after."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.powers = {p: (1.0, 1.0) for p in self.params}

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = np.asarray(p.grad)
            a, b = self.powers[p] = self.powers[p][0] * self.beta1, self.powers[p][1] * self.beta2
            m, v = self.m_buffers[i], self.v_buffers[i]
            self.m_buffers[i] = m = (1 - self.beta1) * g + (self.beta1 * m if m is not None else 0)
            self.v_buffers[i] = v = (1 - self.beta2) * g * g + (self.beta2 * v if v is not None else 0)
            p.data = p.data - self.lr * (m / (1 - a)) / (np.sqrt(v / (1 - b)) + self.eps)
            p.data = p.data - self.lr * self.weight_decay * p.data


@variant("AdamW")
class FusedAdamW(lesson.AdamW):
    """Corrections folded into the rate, in place; the decay keeps the plain learning rate."""

    def step(self):
        self.step_count += 1
        scale = (1 - self.beta2**self.step_count) ** 0.5
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            if self.v_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            m, v = self.m_buffers[i], self.v_buffers[i]
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            p.data *= 1 - self.lr * self.weight_decay
            p.data -= (self.lr * scale / (1 - self.beta1**self.step_count)) * m / (np.sqrt(v) + self.eps * scale)


@variant("AdamW")
class FlatAdamW(lesson.AdamW):
    """The parameters that have a gradient are one vector for the length of a step."""

    def step(self):
        self.step_count += 1
        live = [i for i, p in enumerate(self.params) if p.grad is not None]
        if not live:
            return

        def flat(arrays):
            return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])

        for i in live:
            if self.m_buffers[i] is None:
                self.m_buffers[i] = self.v_buffers[i] = np.zeros_like(self.params[i].data)
        theta, g = flat(self.params[i].data for i in live), flat(self.params[i].grad for i in live)
        m = self.beta1 * flat(self.m_buffers[i] for i in live) + (1 - self.beta1) * g
        v = self.beta2 * flat(self.v_buffers[i] for i in live) + (1 - self.beta2) * g**2
        m_hat, v_hat = m / (1 - self.beta1**self.step_count), v / (1 - self.beta2**self.step_count)
        theta = (theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)) * (1 - self.lr * self.weight_decay)
        start = 0
        for i in live:
            p = self.params[i]
            part = slice(start, start := start + p.size)
            p.data = theta[part].reshape(p.shape).astype(p.dtype)
            self.m_buffers[i], self.v_buffers[i] = (a[part].reshape(p.shape).astype(p.dtype) for a in (m, v))


@variant("AdamW")
class DoubleAdamW(lesson.AdamW):
    """float64 inside; eager zeros; a running product of betas; decay as a separate subtraction of the old weight."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m_buffers = [np.zeros_like(p.data) for p in self.params]
        self.v_buffers = [np.zeros_like(p.data) for p in self.params]
        self.beta1_t, self.beta2_t = 1.0, 1.0

    def step(self):
        self.step_count += 1
        self.beta1_t, self.beta2_t = self.beta1_t * self.beta1, self.beta2_t * self.beta2
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = np.array(p.grad).astype(np.float64)
            m = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            v = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            self.m_buffers[i], self.v_buffers[i] = m.astype(p.data.dtype), v.astype(p.data.dtype)
            decay = self.lr * self.weight_decay * p.data.astype(np.float64)
            step = self.lr * (m / (1 - self.beta1_t)) / (np.sqrt(v / (1 - self.beta2_t)) + self.eps)
            p.data = (p.data - step - decay).astype(p.data.dtype)


@variant("AdamW")
class TensorAdamW(lesson.AdamW):
    """Arithmetic on Tensors, arrays as averages."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = p.grad.detach() if isinstance(p.grad, Tensor) else Tensor(p.grad, dtype=p.dtype)
            m = Tensor(np.zeros(p.shape) if self.m_buffers[i] is None else self.m_buffers[i], dtype=p.dtype)
            v = Tensor(np.zeros(p.shape) if self.v_buffers[i] is None else self.v_buffers[i], dtype=p.dtype)
            m, v = m * self.beta1 + g * (1 - self.beta1), v * self.beta2 + g * g * (1 - self.beta2)
            self.m_buffers[i], self.v_buffers[i] = m.numpy(), v.numpy()
            u = (m / (1 - self.beta1**self.step_count)) / ((v / (1 - self.beta2**self.step_count)) ** 0.5 + self.eps)
            p.data = ((p.detach() - u * self.lr) * (1 - self.lr * self.weight_decay)).numpy()


@variant("AdamW")
class ParamDictAdamW(lesson.AdamW):
    """Averages in dicts by parameter; filters the parameters first; keyword arguments all the way."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, **extra):
        super().__init__(params=params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.betas, self.extra = (self.beta1, self.beta2), extra
        self.m_buffers, self.v_buffers = {}, {}

    def step(self):
        self.step_count += 1
        for p in [p for p in self.params if p.grad is not None]:
            self.update(p, np.asarray(p.grad), *self.betas)

    def update(self, p, g, beta1, beta2):
        for buffers, new, beta in ((self.m_buffers, g, beta1), (self.v_buffers, np.square(g), beta2)):
            if p not in buffers:
                buffers[p] = np.zeros_like(p.data)
            buffers[p] = averaged(buffers[p], new, beta)
        m_hat = corrected(self.m_buffers[p], beta1, self.step_count)
        v_hat = corrected(self.v_buffers[p], beta2, self.step_count)
        new = p.data - self.lr * np.divide(m_hat, np.sqrt(v_hat) + self.eps)
        p.data = new if self.weight_decay == 0 else new - (self.lr * self.weight_decay) * new


@variant("AdamW")
class HookedAdamW(HelperAdam):
    """Inherits from an Adam made of small methods, and moves the penalty from one to another."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def penalized(self, param):
        return lesson.grad_array(param)

    def direction(self, i, grad):
        return super().direction(i, grad) + self.weight_decay * self.params[i].data
