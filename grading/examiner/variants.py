"""Right optimizers, each written as another competent hand would write it: the examiner must pass every one.

They share no code with the mutants or the oracle, and little with each other. Where one is a subclass of the lesson's
class, it is that of a student who keeps the scaffold's constructor and writes the rest anew.
"""

import copy
import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tinytorch.core import optimizers as lesson
from tinytorch.core.tensor import Tensor


@dataclass(frozen=True)
class Variant:
    """A right optimizer.

    Attributes
    ----------
    name : str
    subject : str
        The class it takes the place of: ``"Optimizer"``, ``"SGD"``, ``"Adam"`` or ``"AdamW"``.
    make : type
    """

    name: str
    subject: str
    make: type


VARIANTS: dict[str, Variant] = {}


def variant(subject: str):
    """Decorator: this class is a right `subject`."""

    def register(make: type) -> type:
        name = f"{subject.lower()}.{make.__name__}"
        if name in VARIANTS:
            raise ValueError(f"two variants are called {name}")
        VARIANTS[name] = Variant(name, subject, make)
        return make

    return register


for made in (lesson.Optimizer, lesson.SGD, lesson.Adam, lesson.AdamW):
    variant(made.__name__)(made)


# --- Optimizer ---------------------------------------------------------------------------------------------------


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


# --- SGD ---------------------------------------------------------------------------------------------------------


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
    """Works and remembers in float64, rounds only what goes into the parameter."""

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
                grad = self.momentum_buffers[i] = grad if old is None else grad + self.momentum * old
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
    """Arithmetic on Tensors, and Tensors as velocities."""

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            here = param.detach()
            change = Tensor(param.grad, dtype=param.dtype) + here * self.weight_decay
            if self.momentum:
                old = self.momentum_buffers[i]
                change = change if old is None else old * self.momentum + change
                self.momentum_buffers[i] = change
            param.data = np.asarray((here - change * self.lr).data)

    def get_momentum_state(self):
        if self.momentum == 0:
            return None
        return [v if v is None else v.detach() for v in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or self.momentum == 0:
            return
        state = [s if s is None else Tensor(s, dtype=p.dtype) for s, p in zip(state, self.params, strict=True)]
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


# --- Adam --------------------------------------------------------------------------------------------------------


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
    """Works and remembers in float64, rounds only what goes into the parameter."""

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
            self.m_buffers[i] = m = self.beta1 * m + (1 - self.beta1) * g
            self.v_buffers[i] = v = self.beta2 * v + (1 - self.beta2) * g**2
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
    """Arithmetic on Tensors, and Tensors as averages."""

    def step(self):
        self.step_count += 1
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            here = p.detach()
            g = Tensor(p.grad, dtype=p.dtype) + self.weight_decay * here
            if self.m_buffers[i] is None:
                self.m_buffers[i] = self.v_buffers[i] = Tensor(np.zeros(p.shape), dtype=p.dtype)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g * g
            root = (self.v_buffers[i] / (1 - self.beta2**self.step_count)) ** 0.5
            p.data = (here - self.lr * (self.m_buffers[i] / (1 - self.beta1**self.step_count)) / (root + self.eps)).data


@variant("Adam")
class FlatAdam(lesson.Adam):
    """State is two float64 vectors over all parameters; the buffers are views into them."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.sizes = [p.size for p in self.params]
        self.m, self.v = np.zeros(sum(self.sizes)), np.zeros(sum(self.sizes))
        self.m_buffers, self.v_buffers = self.pieces(self.m), self.pieces(self.v)

    def pieces(self, vector):
        parts = np.split(vector, np.cumsum(self.sizes)[:-1])
        return [part.reshape(p.shape) for part, p in zip(parts, self.params, strict=True)]

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
                p.data = piece.astype(p.dtype)


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
            self.m_buffers[i] = (
                self.beta1 * (zero if self.m_buffers[i] is None else self.m_buffers[i])
                + (np.float64(1) - self.beta1) * g
            )
            self.v_buffers[i] = self.beta2 * (zero if self.v_buffers[i] is None else self.v_buffers[i]) + (
                np.float64(1) - self.beta2
            ) * np.power(g, 2)
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


# --- AdamW, and both in one --------------------------------------------------------------------------------------


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
            self.m_buffers[i], self.v_buffers[i] = m[part].reshape(p.shape), v[part].reshape(p.shape)


@variant("AdamW")
class DoubleAdamW(lesson.AdamW):
    """float64 inside; eager zeros; a running product of betas; decay as a separate subtraction of the old weight."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
        self.m_buffers = [np.zeros(p.shape) for p in self.params]
        self.v_buffers = [np.zeros(p.shape) for p in self.params]
        self.beta1_t, self.beta2_t = 1.0, 1.0

    def step(self):
        self.step_count += 1
        self.beta1_t, self.beta2_t = self.beta1_t * self.beta1, self.beta2_t * self.beta2
        for i, p in enumerate(self.params):
            if p.grad is None:
                continue
            g = np.array(p.grad).astype(np.float64)
            self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * g
            self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * g**2
            decay = self.lr * self.weight_decay * p.data.astype(np.float64)
            step = self.lr * (self.m_buffers[i] / (1 - self.beta1_t))
            step = step / (np.sqrt(self.v_buffers[i] / (1 - self.beta2_t)) + self.eps)
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
