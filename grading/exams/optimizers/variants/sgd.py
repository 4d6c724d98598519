"""Right ways to write SGD."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.tensor import Tensor

from .registry import variant


@variant("SGD")
class ListingSGD(lesson.Optimizer):
    """The specification's listing: out of place, velocities made when first needed."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.momentum_buffers = [None for _ in self.params]

    def step(self):
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
            if self.momentum != 0:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(param.data)
                self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + grad_data
                grad_data = self.momentum_buffers[i]
            param.data = param.data - self.lr * grad_data
        self.step_count += 1

    def has_momentum(self):
        return self.momentum > 0

    def get_momentum_state(self):
        if not self.has_momentum():
            return None
        return [buf.copy() if buf is not None else None for buf in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if len(state) != len(self.momentum_buffers):
            raise ValueError("State length mismatch")
        for buf, param in zip(state, self.params, strict=True):
            if buf is not None and buf.shape != param.shape:
                raise ValueError("State shape mismatch")
        for i, buf in enumerate(state):
            self.momentum_buffers[i] = None if buf is None else buf.astype(self.params[i].dtype)


@variant("SGD")
class InPlaceSGD(lesson.SGD):
    """Everything in place, the first velocity a copy of the gradient as in torch."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            direction = np.array(param.grad)
            direction += self.weight_decay * param.data
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = direction
                else:
                    velocity = self.momentum_buffers[i]
                    velocity *= self.momentum
                    velocity += direction
                direction = self.momentum_buffers[i]
            param.data -= self.lr * direction


@variant("SGD")
class EagerSGD(lesson.Optimizer):
    """Velocities of zeros from the start, also without momentum, where they take in every gradient and forget it."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.momentum_buffers = [np.zeros(p.shape, p.dtype) for p in self.params]

    def step(self):
        self.step_count += 1
        for p, v in zip(self.params, self.momentum_buffers, strict=True):
            if p.grad is not None:
                v[...] = self.momentum * v + (np.asarray(p.grad) + self.weight_decay * p.data)
                p.data = p.data + v * -self.lr

    def has_momentum(self):
        return bool(self.momentum)

    def get_momentum_state(self):
        return [v.copy() for v in self.momentum_buffers] if self.has_momentum() else None

    def set_momentum_state(self, state):
        """By np.copyto, once everything is known to fit."""
        if state is None or not self.has_momentum():
            return
        state = [np.zeros(p.shape) if s is None else np.asarray(s) for s, p in zip(state, self.params, strict=True)]
        if any(s.shape != v.shape for s, v in zip(state, self.momentum_buffers, strict=True)):
            raise ValueError("a velocity has another shape than its parameter")
        for v, s in zip(self.momentum_buffers, state, strict=True):
            np.copyto(v, s, casting="same_kind")


@variant("SGD")
class DoubleSGD(lesson.SGD):
    """Works in float64, and rounds what goes into the parameter and what it remembers."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            grad = param.grad.data if hasattr(param.grad, "requires_grad") else param.grad
            if grad is None:
                continue
            exact = np.asarray(param.data, dtype=np.float64)
            grad = np.asarray(grad, dtype=np.float64) + self.weight_decay * exact
            if self.momentum > 0:
                old = self.momentum_buffers[i]
                grad = grad if old is None else grad + self.momentum * old
                self.momentum_buffers[i] = grad.astype(param.data.dtype)
            param.data = np.asarray(exact - self.lr * grad).astype(param.data.dtype)


@variant("SGD")
class IndexDictSGD(lesson.Optimizer):
    """Velocities in a dict by index, without an entry for those not made yet."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.momentum_buffers = {}

    def step(self):
        self.step_count += 1
        for i in range(len(self.params)):
            p = self.params[i]
            if p.grad is None:
                continue
            g = (p.grad.data if type(p.grad) is Tensor else p.grad) + self.weight_decay * p.data
            if self.has_momentum():
                g = self.momentum_buffers[i] = self.momentum * self.momentum_buffers.get(i, 0.0) + g
            p.data = p.data - self.lr * g

    def has_momentum(self):
        return self.momentum != 0.0

    def get_momentum_state(self):
        if self.has_momentum():
            return [copy.deepcopy(self.momentum_buffers.get(i)) for i in range(len(self.params))]
        return None

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if [None if s is None else s.shape for s in state] != [
            None if s is None else p.shape for s, p in zip(state, self.params, strict=False)
        ] or len(state) < len(self.params):
            raise ValueError("state does not fit")
        self.momentum_buffers = {i: s.astype(self.params[i].dtype) for i, s in enumerate(state) if s is not None}


@variant("SGD")
class IdDictSGD(IndexDictSGD):
    """Velocities in a dict by the id of the parameter; a defaultdict of zeros."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.momentum_buffers = defaultdict(float)

    def step(self):
        self.step_count += 1
        for p in self.params:
            if p.grad is None:
                continue
            d_p = np.asarray(p.grad).copy()
            if self.weight_decay > 0.0:
                d_p += self.weight_decay * p.data
            if self.momentum > 0.0:
                self.momentum_buffers[id(p)] = d_p + self.momentum * self.momentum_buffers[id(p)]
                d_p = self.momentum_buffers[id(p)]
            p.data = p.data - self.lr * d_p

    def get_momentum_state(self):
        if not self.has_momentum():
            return None
        return [np.array(self.momentum_buffers[id(p)]) if id(p) in self.momentum_buffers else None for p in self.params]

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        fresh = defaultdict(float)
        for p, v in zip(self.params, state, strict=True):  # strict: ValueError for another length
            if v is not None:
                fresh[id(p)] = np.zeros_like(p.data)
                if np.shape(v) != p.shape:
                    raise ValueError(f"{np.shape(v)} for {p.shape}")
                fresh[id(p)][...] = v
        self.momentum_buffers = fresh


@variant("SGD")
class ParamDictSGD(IdDictSGD):
    """Velocities in a dict by the parameter itself."""

    def step(self):
        self.step_count += 1
        for p in filter(lambda p: p.grad is not None, self.params):
            g = p.grad.data if isinstance(p.grad, Tensor) else p.grad
            g = g if self.weight_decay == 0 else g + self.weight_decay * p.data
            if not self.momentum:
                p.data = p.data - self.lr * g
                continue
            v = self.momentum_buffers.setdefault(p, np.zeros_like(p.data))
            self.momentum_buffers[p] = v = self.momentum * v + g
            p.data = p.data - self.lr * v

    def get_momentum_state(self):
        if self.has_momentum():
            return [None if p not in self.momentum_buffers else +self.momentum_buffers[p] for p in self.params]

    def set_momentum_state(self, state):
        if state is not None and self.has_momentum():
            if not (len(state) == len(self.params) and all(
                s is None or s.shape == p.data.shape for s, p in zip(state, self.params, strict=True)
            )):  # fmt: skip
                raise ValueError("state")
            pairs = zip(self.params, state, strict=True)
            self.momentum_buffers = {p: np.array(s, dtype=p.dtype) for p, s in pairs if s is not None}


@variant("SGD")
class OutSGD(lesson.SGD):
    """Ufuncs with out=, and one scratch array for each parameter."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            grad = lesson.grad_array(param)
            if grad is None:
                continue
            scratch = np.empty_like(param.data)
            np.multiply(param.data, self.weight_decay, out=scratch)
            np.add(scratch, grad, out=scratch)
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(param.data)
                np.multiply(self.momentum_buffers[i], self.momentum, out=self.momentum_buffers[i])
                np.add(self.momentum_buffers[i], scratch, out=self.momentum_buffers[i])
                np.copyto(scratch, self.momentum_buffers[i])
            np.multiply(scratch, self.lr, out=scratch)
            np.subtract(param.data, scratch, out=param.data)


@variant("SGD")
class FlatSGD(lesson.SGD):
    """All parameters that have a gradient are one vector for the length of a step."""

    def step(self):
        self.step_count += 1
        live = [i for i, p in enumerate(self.params) if p.grad is not None]
        if not live:
            return
        flat = np.concatenate([np.ravel(self.params[i].data) for i in live])
        grad = np.concatenate([np.ravel(np.asarray(self.params[i].grad)) for i in live]) + self.weight_decay * flat
        if self.momentum:
            none = [np.zeros(self.params[i].size) for i in live]
            old = [z if self.momentum_buffers[i] is None else self.momentum_buffers[i].ravel()
                   for i, z in zip(live, none, strict=True)]  # fmt: skip
            grad = self.momentum * np.concatenate(old) + grad
        flat = flat - self.lr * grad
        ends = np.cumsum([self.params[i].size for i in live])[:-1]
        for i, p, v in zip(live, np.split(flat, ends), np.split(grad, ends), strict=True):
            param = self.params[i]
            param.data = p.reshape(param.shape).astype(param.dtype)
            if self.momentum:
                self.momentum_buffers[i] = v.reshape(param.shape).astype(param.dtype)


@variant("SGD")
class TensorSGD(lesson.SGD):
    """Arithmetic on Tensors, arrays as velocities."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            here = param.detach()
            change = Tensor(param.grad, dtype=param.dtype) + here * self.weight_decay
            if self.momentum:
                old = self.momentum_buffers[i]
                change = change if old is None else Tensor(old, dtype=param.dtype) * self.momentum + change
                self.momentum_buffers[i] = np.asarray(change.data)
            param.data = np.asarray((here - change * self.lr).data)

    def get_momentum_state(self):
        if self.momentum == 0:
            return None
        return [v if v is None else Tensor(v, dtype=v.dtype).copy().data for v in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or self.momentum == 0:
            return
        state = [
            s if s is None else Tensor(s, dtype=p.dtype).copy().data for s, p in zip(state, self.params, strict=True)
        ]
        if any(s is not None and s.shape != p.shape for s, p in zip(state, self.params, strict=True)):
            raise ValueError("shape")
        self.momentum_buffers = state


@variant("SGD")
class DeepcopySGD(lesson.SGD):
    """copy.deepcopy both ways; the new state is tried on a copy, and a failure puts the old one back."""

    def get_momentum_state(self):
        return copy.deepcopy(self.momentum_buffers) if self.has_momentum() else None

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        backup, self.momentum_buffers = self.momentum_buffers, copy.deepcopy(list(state))
        try:
            for param, velocity in zip(self.params, self.momentum_buffers, strict=True):
                if velocity is not None and velocity.shape != param.shape:
                    raise ValueError("shape")
        except ValueError:
            self.momentum_buffers = backup
            raise
        self.momentum_buffers = [
            v if v is None else v.astype(p.dtype, copy=False)
            for p, v in zip(self.params, self.momentum_buffers, strict=True)
        ]


@variant("SGD")
class NesterovSGD(lesson.SGD):
    """torch's further arguments after those of the interface, off by default; closure; keyword-only maximize."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False, dampening=0, *, maximize=False):
        super().__init__(params, lr, momentum, weight_decay)
        self.nesterov, self.dampening, self.sign = nesterov, dampening, -1 if maximize else 1

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        self.step_count += 1
        for i, param in enumerate(self.params):
            d = lesson.grad_array(param)
            if d is None:
                continue
            d = self.sign * d
            if self.weight_decay != 0:
                d = d + param.data * self.weight_decay
            if self.momentum != 0:
                buf = self.momentum_buffers[i]
                buf = np.array(d) if buf is None else buf * self.momentum + (1 - self.dampening) * d
                self.momentum_buffers[i] = buf
                d = d + self.momentum * buf if self.nesterov else buf
            param.data = param.data + (-self.lr) * d
        return loss


@variant("SGD")
class SlotsSGD:
    """Stands alone, with slots; attributes in another order; enumerates backwards."""

    __slots__ = ("lr", "momentum", "momentum_buffers", "params", "step_count", "weight_decay")

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        for name, value in (("params", list(params)), ("lr", lr), ("momentum", momentum), ("step_count", 0)):
            setattr(self, name, value)
        self.weight_decay = weight_decay
        self.momentum_buffers = [None] * len(self.params) if momentum else []

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        for i in reversed(range(len(self.params))):
            p = self.params[i]
            try:
                g = np.asarray(p.grad.data)  # of an array, that is a memoryview
            except AttributeError:
                continue
            g = g + self.weight_decay * p.data
            if self.momentum:
                v = self.momentum_buffers[i]
                self.momentum_buffers[i] = g = g if v is None else np.add(g, np.multiply(self.momentum, v))
            p.data = np.subtract(p.data, np.multiply(self.lr, g))
        self.step_count = self.step_count + 1

    def has_momentum(self):
        return np.greater(self.momentum, 0)

    def get_momentum_state(self):
        return [None if v is None else np.copy(v) for v in self.momentum_buffers] if self.momentum else None

    def set_momentum_state(self, state):
        if not self.momentum or state is None:
            return
        old = self.get_momentum_state()
        try:
            self.momentum_buffers = []
            for p, s in zip(self.params, state, strict=True):
                v = None if s is None else np.empty_like(p.data)
                if s is not None:
                    if np.shape(s) != np.shape(v):
                        raise ValueError("shape")
                    v[...] = s
                self.momentum_buffers.append(v)
        except ValueError as error:
            self.momentum_buffers = old
            raise ValueError("this state belongs to other parameters") from error


@variant("SGD")
class GroupSGD(lesson.SGD):
    """Hyperparameters live in a parameter group, and are properties of the optimizer."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        self.param_groups = [{}]
        super().__init__(params, lr, momentum, weight_decay)

    lr = property(lambda self: self.param_groups[0]["lr"], lambda self, value: self.param_groups[0].update(lr=value))
    momentum = property(
        lambda self: self.param_groups[0]["momentum"], lambda self, value: self.param_groups[0].update(momentum=value)
    )

    def step(self):
        self.step_count += 1
        for index, (param, grad) in enumerate((p, lesson.grad_array(p)) for p in self.params):
            if grad is not None:
                param.data = self.moved(index, param.data, grad + self.weight_decay * param.data)

    def moved(self, index, value, grad):
        if self.momentum:
            velocity = self.momentum_buffers[index]
            grad = self.momentum_buffers[index] = grad + (0 if velocity is None else self.momentum * velocity)
        return value - self.param_groups[0]["lr"] * grad


@variant("SGD")
@dataclass
class DataSGD:
    """A dataclass; the velocity is a property over the state of each parameter."""

    params: list
    lr: float = 0.01
    momentum: float = 0.0
    weight_decay: float = 0.0
    step_count: int = field(default=0, init=False)
    state: dict = field(default_factory=dict, init=False)

    @property
    def momentum_buffers(self):
        return [self.state.get(i, {}).get("velocity") for i in range(len(self.params))]

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is not None:
                decayed = np.asarray(param.grad) + self.weight_decay * param.data
                if self.has_momentum():
                    own = self.state.setdefault(i, {"velocity": np.zeros_like(param.data)})
                    own["velocity"] = decayed = self.momentum * own["velocity"] + decayed
                param.data = param.data - self.lr * decayed

    def has_momentum(self) -> bool:
        return 0 < self.momentum < 1

    def get_momentum_state(self):
        return copy.deepcopy(self.momentum_buffers) if self.has_momentum() else None

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if len(state) - len(self.params):
            raise ValueError(f"{len(state)} velocities")
        new = {}
        for i, velocity in enumerate(state):
            if velocity is not None:
                if velocity.shape != self.params[i].data.shape:
                    raise ValueError(f"velocity {i}")
                new[i] = {"velocity": velocity.astype(self.params[i].data.dtype, copy=True)}
        self.state = new


@variant("SGD")
class NumpyNumbersSGD(lesson.SGD):
    """Hyperparameters are NumPy scalars, which turn float32 into float64: everything is cast back."""

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.lr, self.momentum, self.weight_decay = np.float64(lr), np.float64(momentum), np.float64(weight_decay)

    def step(self):
        self.step_count = np.int64(self.step_count + 1)
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            dtype = param.data.dtype
            g = np.array(param.grad, dtype=dtype) + (self.weight_decay * param.data).astype(dtype)
            if self.momentum > 0:
                v = np.zeros_like(param.data) if self.momentum_buffers[i] is None else self.momentum_buffers[i]
                g = self.momentum_buffers[i] = (self.momentum * v + g).astype(dtype)
            param.data = (param.data - self.lr * g).astype(dtype)

    def has_momentum(self):
        return self.momentum > 0  # a numpy.bool


@variant("SGD")
class TwoPassSGD(lesson.SGD):
    """First all directions, then all velocities, then all moves; plain SGD shrinks the weight by a factor instead."""

    def step(self):
        self.step_count += 1
        live = {i: p for i, p in enumerate(self.params) if p.grad is not None}
        grads = {i: np.asarray(p.grad) for i, p in live.items()}
        if not self.momentum:
            for i, p in live.items():
                p.data = (1 - self.lr * self.weight_decay) * p.data - self.lr * grads[i]
            return
        directions = {i: grads[i] + self.weight_decay * p.data for i, p in live.items()}
        buffers = self.momentum_buffers
        self.momentum_buffers = [
            directions[i] + self.momentum * (0.0 if v is None else v) if i in live else v for i, v in enumerate(buffers)
        ]
        for i, p in live.items():
            np.subtract(p.data, self.lr * self.momentum_buffers[i], out=p.data)
