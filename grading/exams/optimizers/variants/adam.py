"""Right ways to write Adam."""

import math
from collections import defaultdict

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.tensor import Tensor

from .registry import variant


@variant("Adam")
class ListingAdam(lesson.Optimizer):
    """The specification's listing, with its decay put in where the specification describes it."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
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
            if self.weight_decay != 0:
                grad_data = grad_data + self.weight_decay * param.data
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


@variant("Adam")
class FusedAdam(lesson.Adam):
    """The corrections folded into the learning rate and epsilon, as section 2 of the paper proposes."""

    def step(self):
        self.step_count += 1
        root = math.sqrt(1 - self.beta2**self.step_count)
        rate = self.lr * root / (1 - self.beta1**self.step_count)
        for i, param in enumerate(self.params):
            g = lesson.grad_array(param)
            if g is None:
                continue
            g = g + self.weight_decay * param.data
            m, v = self.m_buffers[i], self.v_buffers[i]
            m = (1 - self.beta1) * g if m is None else self.beta1 * m + (1 - self.beta1) * g
            v = (1 - self.beta2) * g * g if v is None else self.beta2 * v + (1 - self.beta2) * g * g
            self.m_buffers[i], self.v_buffers[i] = m, v
            param.data = param.data - rate * m / (np.sqrt(v) + self.eps * root)


@variant("Adam")
class TorchAdam:
    """As torch.optim.Adam: a state dict for each parameter with its own step, lerp, addcmul, addcdiv, in place."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None):
        self.params = [*params]
        self.defaults = dict(lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)
        self.state = defaultdict(dict)
        self.step_count = 0

    def __getattr__(self, name):
        defaults = self.__dict__.get("defaults", {})
        if name in defaults:
            return defaults[name]
        if name in ("beta1", "beta2"):
            return defaults["betas"][name == "beta2"]
        if name in ("m_buffers", "v_buffers"):
            key = {"m_buffers": "exp_avg", "v_buffers": "exp_avg_sq"}[name]
            return [self.state[p].get(key) for p in self.params]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if name in self.__dict__.get("defaults", {}):
            self.defaults[name] = value
        else:
            super().__setattr__(name, value)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        self.step_count += 1
        beta1, beta2 = self.betas
        for p in self.params:
            if p.grad is None:
                continue
            grad = p.grad.data if isinstance(p.grad, Tensor) else p.grad
            state = self.state[p]
            if not state:
                state.update(step=0, exp_avg=np.zeros_like(p.data), exp_avg_sq=np.zeros_like(p.data))
            state["step"] += 1
            if self.weight_decay != 0:
                grad = grad + self.weight_decay * p.data
            state["exp_avg"] += (grad - state["exp_avg"]) * (1 - beta1)
            state["exp_avg_sq"] *= beta2
            state["exp_avg_sq"] += (1 - beta2) * grad * grad
            denom = np.sqrt(state["exp_avg_sq"]) / (1 - beta2 ** state["step"]) ** 0.5 + self.eps
            p.data -= self.lr / (1 - beta1 ** state["step"]) * (state["exp_avg"] / denom)


@variant("Adam")
class InPlaceAdam(lesson.Adam):
    """In place, in buffers of zeros made at construction."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m_buffers = [np.zeros(p.data.shape, dtype=p.data.dtype) for p in self.params]
        self.v_buffers = [np.zeros_like(m) for m in self.m_buffers]

    def step(self):
        self.step_count += 1
        for p, m, v in zip(self.params, self.m_buffers, self.v_buffers, strict=True):
            if p.grad is None:
                continue
            g = np.array(p.grad)
            g += self.weight_decay * p.data
            m *= self.beta1
            m += (1 - self.beta1) * g
            g *= g
            v *= self.beta2
            v += (1 - self.beta2) * g
            p.data -= (
                self.lr
                * (m / (1 - self.beta1**self.step_count))
                / (np.sqrt(v / (1 - self.beta2**self.step_count)) + self.eps)
            )


@variant("Adam")
class OutAdam(lesson.Adam):
    """Ufuncs with out=, two scratch arrays, no other temporary."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            grad = lesson.grad_array(p)
            if grad is None:
                continue
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros(p.shape, p.dtype), np.zeros(p.shape, p.dtype)
            m, v, a, b = self.m_buffers[i], self.v_buffers[i], np.empty_like(p.data), np.empty_like(p.data)
            np.add(grad, np.multiply(p.data, self.weight_decay, out=a), out=a)
            np.multiply(m, self.beta1, out=m)
            np.add(m, np.multiply(a, 1 - self.beta1, out=b), out=m)
            np.multiply(v, self.beta2, out=v)
            np.square(a, out=a)
            np.add(v, np.multiply(a, 1 - self.beta2, out=a), out=v)
            np.divide(v, 1 - self.beta2**self.step_count, out=a)
            np.add(np.sqrt(a, out=a), self.eps, out=a)
            np.divide(m, a, out=a)
            np.multiply(a, self.lr / (1 - self.beta1**self.step_count), out=a)
            np.subtract(p.data, a, out=p.data)


@variant("Adam")
class DoubleAdam(lesson.Adam):
    """Works in float64, and rounds what goes into the parameter and what it remembers."""

    def step(self):
        self.step_count += 1
        t = self.step_count
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            theta = np.array(p.data, dtype=float)
            g = np.array(p.grad, dtype=float) + self.weight_decay * theta
            m = self.m_buffers[i] if self.m_buffers[i] is not None else np.zeros(p.shape)
            v = self.v_buffers[i] if self.v_buffers[i] is not None else np.zeros(p.shape)
            m, v = self.beta1 * m + (1 - self.beta1) * g, self.beta2 * v + (1 - self.beta2) * g**2
            self.m_buffers[i], self.v_buffers[i] = m.astype(p.data.dtype), v.astype(p.data.dtype)
            theta -= self.lr * (m / (1 - self.beta1**t)) / (np.sqrt(v / (1 - self.beta2**t)) + self.eps)
            p.data = theta.astype(p.data.dtype)


@variant("Adam")
class IndexDictAdam(lesson.Adam):
    """Averages in dicts by index, filled when first needed; betas kept as a pair as well."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.betas = betas
        self.m_buffers, self.v_buffers = {}, {}

    def step(self):
        b1, b2 = self.betas
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = np.asarray(p.grad) + (self.weight_decay * p.data if self.weight_decay else 0)
            self.m_buffers[i] = b1 * self.m_buffers.get(i, 0) + (1 - b1) * g
            self.v_buffers[i] = b2 * self.v_buffers.get(i, 0) + (1 - b2) * np.square(g)
            correction = [1 - b**self.step_count for b in (b1, b2)]
            p.data = p.data - self.lr * (self.m_buffers[i] / correction[0]) / (
                self.eps + (self.v_buffers[i] / correction[1]) ** 0.5
            )


@variant("Adam")
class IdDictAdam(lesson.Adam):
    """Averages in dicts by the id of the parameter, made by setdefault."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m_buffers, self.v_buffers = dict(), dict()

    def step(self):
        self.step_count += 1
        for p in self.params:
            if p.grad is not None:
                g = p.grad if isinstance(p.grad, np.ndarray) else p.grad.data
                g = g + self.weight_decay * p.data
                m = self.m_buffers.setdefault(id(p), np.zeros_like(p.data))
                v = self.v_buffers.setdefault(id(p), np.zeros_like(p.data))
                m[...] = self.beta1 * m + (1 - self.beta1) * g
                v[...] = self.beta2 * v + (1 - self.beta2) * g * g
                p.data[...] = p.data - self.lr / (1 - self.beta1**self.step_count) * m / (
                    np.sqrt(v) / np.sqrt(1 - self.beta2**self.step_count) + self.eps
                )


@variant("Adam")
class PerParameterAdam(lesson.Adam):
    """Bias correction counts how often this parameter had a gradient; step_count counts calls."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.steps = [0] * len(self.params)

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            self.steps[i] += 1
            if self.steps[i] == 1:
                self.m_buffers[i] = np.zeros_like(g)
                self.v_buffers[i] = np.zeros_like(g)
            g = g + self.weight_decay * p.data
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            m_hat = self.m_buffers[i] / (1 - self.beta1 ** self.steps[i])
            v_hat = self.v_buffers[i] / (1 - self.beta2 ** self.steps[i])
            p.data -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


@variant("Adam")
class RunningProductAdam(lesson.Adam):
    """Powers of the betas as running products."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.power1 = self.power2 = 1.0

    def step(self):
        self.step_count += 1
        self.power1 *= self.beta1
        self.power2 *= self.beta2
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            g = g if not self.weight_decay else g + self.weight_decay * p.data
            m = self.m_buffers[i] = (1 - self.beta1) * g + (
                0 if self.m_buffers[i] is None else self.beta1 * self.m_buffers[i]
            )
            v = self.v_buffers[i] = (1 - self.beta2) * g**2 + (
                0 if self.v_buffers[i] is None else self.beta2 * self.v_buffers[i]
            )
            p.data = p.data - self.lr * (m / (1 - self.power1)) / (np.sqrt(v / (1 - self.power2)) + self.eps)


@variant("Adam")
class LerpAdam(lesson.Adam):
    """Each average goes a part of the way to its new value; 1 - beta**t by expm1; np.reciprocal."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            g = g + self.weight_decay * p.data
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = 0 * p.data, 0 * p.data
            self.m_buffers[i] = self.m_buffers[i] + (1 - self.beta1) * (g - self.m_buffers[i])
            self.v_buffers[i] = self.v_buffers[i] + (1 - self.beta2) * (g * g - self.v_buffers[i])
            m_hat = self.m_buffers[i] / -np.expm1(self.step_count * np.log(self.beta1)) if self.beta1 else g
            v_hat = self.v_buffers[i] / (1 - np.power(self.beta2, self.step_count))
            p.data = np.asarray(p.data - self.lr * m_hat * np.reciprocal(np.sqrt(v_hat) + self.eps), p.data.dtype)


def averaged(old, new, beta):
    return beta * old + (1 - beta) * new


def corrected(average, beta, count):
    return average / (1 - beta**count)


@variant("Adam")
class HelperAdam(lesson.Adam):
    """Small functions; the loop is a method for one parameter."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is not None:
                param.data = param.data - self.lr * self.direction(i, self.penalized(param))

    def penalized(self, param):
        return lesson.grad_array(param) + self.weight_decay * param.data

    def direction(self, i, grad):
        zeros = np.zeros(grad.shape, grad.dtype)
        self.m_buffers[i] = averaged(zeros if self.m_buffers[i] is None else self.m_buffers[i], grad, self.beta1)
        self.v_buffers[i] = averaged(zeros if self.v_buffers[i] is None else self.v_buffers[i], grad**2, self.beta2)
        m_hat = corrected(self.m_buffers[i], self.beta1, self.step_count)
        v_hat = corrected(self.v_buffers[i], self.beta2, self.step_count)
        return m_hat / (np.sqrt(v_hat) + self.eps)


@variant("Adam")
class TensorAdam(lesson.Adam):
    """Arithmetic on Tensors, arrays as averages."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            here = p.detach()
            g = Tensor(p.grad, dtype=p.dtype) + self.weight_decay * here
            old = [np.zeros(p.shape) if b[i] is None else b[i] for b in (self.m_buffers, self.v_buffers)]
            m, v = (Tensor(array, dtype=p.dtype) for array in old)
            m, v = self.beta1 * m + (1 - self.beta1) * g, self.beta2 * v + (1 - self.beta2) * g * g
            self.m_buffers[i], self.v_buffers[i] = m.data, v.data
            root = (v / (1 - self.beta2**self.step_count)) ** 0.5
            p.data = (here - self.lr * (m / (1 - self.beta1**self.step_count)) / (root + self.eps)).data


@variant("Adam")
class FlatAdam(lesson.Adam):
    """State is two float64 vectors over all parameters; the buffers are pieces of them, rounded."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.sizes = [p.size for p in self.params]
        self.m, self.v = np.zeros(sum(self.sizes)), np.zeros(sum(self.sizes))
        self.m_buffers, self.v_buffers = self.pieces(self.m), self.pieces(self.v)

    def pieces(self, vector):
        parts = np.split(vector, np.cumsum(self.sizes)[:-1])
        return [part.reshape(p.shape).astype(p.dtype) for part, p in zip(parts, self.params, strict=True)]

    def step(self):
        self.step_count += 1
        theta = np.concatenate([np.ravel(p.data) for p in self.params]).astype(np.float64)
        live = np.repeat([p.grad is not None for p in self.params], self.sizes)
        g = np.concatenate(
            [np.zeros(p.size) if p.grad is None else np.asarray(p.grad, dtype=np.float64).ravel() for p in self.params]
        )
        g = g + self.weight_decay * theta
        self.m[live] = self.beta1 * self.m[live] + (1 - self.beta1) * g[live]
        self.v[live] = self.beta2 * self.v[live] + (1 - self.beta2) * g[live] ** 2
        m_hat, v_hat = self.m / (1 - self.beta1**self.step_count), self.v / (1 - self.beta2**self.step_count)
        moved = theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        for p, piece in zip(self.params, self.pieces(moved), strict=True):
            if p.grad is not None:
                p.data = piece
        self.m_buffers, self.v_buffers = self.pieces(self.m), self.pieces(self.v)


@variant("Adam")
class AmsgradAdam(lesson.Adam):
    """amsgrad=False and other arguments after those of the interface."""

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, bias_correction=True, **_
    ):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.amsgrad, self.bias_correction, self.largest = amsgrad, bias_correction, [0.0] * len(self.params)

    def step(self):
        self.step_count += 1
        c1 = 1 - self.beta1**self.step_count if self.bias_correction else 1
        c2 = 1 - self.beta2**self.step_count if self.bias_correction else 1
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            g = g + self.weight_decay * p.data if self.weight_decay > 0 else g
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = np.zeros_like(p.data), np.zeros_like(p.data)
            self.m_buffers[i] = self.m_buffers[i] * self.beta1 + g * (1 - self.beta1)
            self.v_buffers[i] = self.v_buffers[i] * self.beta2 + g**2 * (1 - self.beta2)
            self.largest[i] = np.maximum(self.largest[i], self.v_buffers[i])
            v = self.largest[i] if self.amsgrad else self.v_buffers[i]
            p.data = p.data - self.lr * (self.m_buffers[i] / c1) / (np.sqrt(v / c2) + self.eps)


@variant("Adam")
class SlotsAdam:
    """Stands alone, with slots; betas kept once, as an array, and read through properties."""

    __slots__ = ("_betas", "eps", "lr", "m_buffers", "params", "step_count", "v_buffers", "weight_decay")

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self.params = list(params)
        self.lr, self._betas, self.eps, self.weight_decay = lr, np.array(betas, dtype=np.float64), eps, weight_decay
        self.m_buffers = [np.zeros_like(p.data) for p in self.params]
        self.v_buffers = [np.zeros_like(p.data) for p in self.params]
        self.step_count = 0

    beta1 = property(lambda self: self._betas[0])
    beta2 = property(lambda self: self._betas[1])

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        self.step_count += 1
        correct1, correct2 = (1.0 - self._betas**self.step_count).tolist()
        b1, b2 = self._betas.tolist()
        for k, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = p.grad.data if isinstance(p.grad, Tensor) else p.grad
            g = self.weight_decay * p.data + g
            self.m_buffers[k] = b1 * self.m_buffers[k] + (1 - b1) * g
            self.v_buffers[k] = b2 * self.v_buffers[k] + (1 - b2) * np.abs(g) ** 2
            p.data = p.data - (self.lr * (self.m_buffers[k] / correct1)) / (
                np.sqrt(self.v_buffers[k]) / correct2**0.5 + self.eps
            )


@variant("Adam")
class NumpyNumbersAdam(lesson.Adam):
    """Hyperparameters are NumPy scalars, which turn float32 into float64: the result is cast back."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.lr, self.eps, self.weight_decay = np.float64(lr), np.float64(eps), np.float64(weight_decay)
        self.beta1, self.beta2 = np.asarray(betas, np.float64)

    def step(self):
        self.step_count += np.int64(1)
        for i, p in enumerate(self.params):
            g = lesson.grad_array(p)
            if g is None:
                continue
            g = g + self.weight_decay * p.data
            zero = np.zeros_like(p.data)
            m, v = (zero if kept is None else kept for kept in (self.m_buffers[i], self.v_buffers[i]))
            m = self.beta1 * m + (np.float64(1) - self.beta1) * g
            v = self.beta2 * v + (np.float64(1) - self.beta2) * np.power(g, 2)
            self.m_buffers[i], self.v_buffers[i] = m.astype(p.data.dtype), v.astype(p.data.dtype)
            m_hat = self.m_buffers[i] / (np.float64(1) - self.beta1**self.step_count)
            v_hat = self.v_buffers[i] / (np.float64(1) - self.beta2**self.step_count)
            p.data = (p.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)).astype(p.data.dtype)


@variant("Adam")
class TwoPassAdam(lesson.Adam):
    """All averages first, all moves after; the decayed gradient is made by a generator."""

    def step(self):
        self.step_count += 1
        live = [(i, p) for i, p in enumerate(self.params) if p.grad is not None]
        for (i, _), g in zip(live, (lesson.grad_array(p) + self.weight_decay * p.data for _, p in live), strict=True):
            m, v = self.m_buffers[i], self.v_buffers[i]
            self.m_buffers[i] = (1 - self.beta1) * g if m is None else m - (1 - self.beta1) * (m - g)
            self.v_buffers[i] = (1 - self.beta2) * g**2 if v is None else v - (1 - self.beta2) * (v - g**2)
        for i, p in live:
            m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
            v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
            p.data += -self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
