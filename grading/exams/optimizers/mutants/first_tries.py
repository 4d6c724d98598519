"""Mistakes of first tries: a slip of Python or NumPy, a line of PyTorch, an order or an index that is off."""

import inspect

import numpy as np

from . import adam, adamw, base, conditions, sgd, shared, typical, typical_sgd
from .registry import misconception

hidden_method = misconception(
    "python.hidden_method",
    "an attribute may have the name of a method",
    "Something that your code calls is a number or a truth value, and not a method. Which attribute did you give the "
    "name of a method?",
    conditions.raised_about("the call of what is no function"),
)
index = misconception(
    "python.index",
    "the entries of a list are counted from one",
    "Your step asks a list for an entry that it does not have. Which indices do the entries of a list have?",
    conditions.raised_about("an index beyond a list"),
)
caret = misconception(
    "python.caret",
    "^ is a power",
    "Your ^ works on the bits of whole numbers; NumPy calls it bitwise_xor. How does Python write a power?",
    conditions.raised_about("an operation on bits"),
)
torch_methods = misconception(
    "python.torch_methods",
    "a NumPy array has the methods of a PyTorch tensor",
    "Your code calls a method that a NumPy array does not have. How does NumPy write the same?",
    conditions.raised_about("a method of an array"),
)
product = misconception(
    "python.matrix_product",
    "a product of matrices is a product of entries",
    "Your code multiplies two arrays as matrices. Which product works entry by entry?",
    conditions.raised_about("a product of matrices"),
)
one_for_another = misconception(
    "state.index",
    "the place of a state is the place among the parameters that have a gradient",
    "Where a gradient is missing, the state of one parameter ends up with another. What does your index count?",
    conditions.some_gradient_missing,
)
buffer_dtype = misconception(
    "state.dtype",
    "a buffer may have another dtype than its parameter",
    "One of your buffers has another dtype than its parameter. Which line makes it, and how many bytes does each "
    "entry take now?",
    conditions.buffer_of_another_dtype,
)
buffer_kind = misconception(
    "state.tensors",
    "a buffer may be a Tensor",
    "One of your buffers is not an array. What type do you calculate with, and what does its .data give you?",
    conditions.buffer_is_no_array,
)
scaled_step = misconception(
    "momentum.scaled_step",
    "the step takes a part of the velocity",
    "Your velocity is right, and the step takes only a part of it. What does the rule multiply the velocity by?",
)
none_written = misconception(
    "state.none_written",
    "None can be written into an array",
    "A state holds None for a parameter, and your velocity is not a number there. What does NumPy make of a None "
    "that is written into an array?",
    conditions.none_was_put,
)
late = misconception(
    "adam.late",
    "the parameter moves before the averages take in the gradient",
    "Your step uses the averages of the step before. Which comes first in a step: the averages, or the move?",
)
parentheses = misconception(
    "adam.parentheses",
    "1 - beta * g is the same as (1 - beta) * g",
    "Your average takes in a number even where the gradient is zero. In which order does Python work out 1 - beta * g?",
)
correction_parentheses = misconception(
    "adam.correction_parentheses",
    "m / 1 - beta ** t is the same as m / (1 - beta ** t)",
    "Your correction subtracts a number from the average. In which order does Python work out m / 1 - beta ** t?",
)
sign_only = misconception(
    "adam.sign_only",
    "only the sign of m counts",
    "Every entry of your step is as long as lr. What does the rule divide m by, and when is that shorter than lr?",
)
fixed_lr = misconception(
    "adamw.fixed_lr",
    "the decay goes by the first learning rate",
    "A schedule sets optimizer.lr while training runs. Which learning rate does your decay use then?",
)
deletes = misconception(
    "zero_grad.deletes",
    "a cleared gradient is an attribute that is gone",
    "After your zero_grad() a parameter has no attribute grad at all. How does Module 06 write that there is no "
    "gradient yet?",
)

for subject, Right in {"SGD": base.SGD, "Adam": base.Adam, "AdamW": base.AdamW}.items():

    @hidden_method(subject)
    class StepIsANumber(Right):
        def __init__(self, params, *args, **kwargs):
            super().__init__(params, *args, **kwargs)
            self.step = 0

    StepIsANumber.__signature__ = inspect.signature(Right)

    @index(subject)
    class CountsFromOne(Right):
        def step(self):
            self.count()
            for i, param in enumerate(self.params, 1):
                if (gradient := self.gradient(i, param)) is not None:
                    self.update(i, param, gradient)

    @torch_methods(subject)
    class AddsInPlaceAsTorch(Right):
        def move(self, param, change):
            param.data.sub_(change)

    @buffer_dtype(subject)
    class RemembersInFloat64(Right):
        def update(self, i, param, gradient):
            super().update(i, param, gradient)
            for name in typical.lists_of(self):
                if getattr(self, name)[i] is not None:
                    getattr(self, name)[i] = np.asarray(getattr(self, name)[i], dtype=np.float64)

    @buffer_kind(subject)
    class RemembersTensors(Right):
        def update(self, i, param, gradient):
            for name in typical.lists_of(self):
                kept = getattr(self, name)
                kept[i] = kept[i] if kept[i] is None or isinstance(kept[i], np.ndarray) else kept[i].data
            super().update(i, param, gradient)
            for name in typical.lists_of(self):
                kept = getattr(self, name)
                kept[i] = None if kept[i] is None else type(param)(kept[i], dtype=param.data.dtype)

    @one_for_another(subject)
    class CountsThoseWithAGradient(Right):
        def step(self):
            self.count()
            there = [param for param in self.params if param.grad is not None]
            for i, param in enumerate(there):
                self.update(i, param, self.gradient(i, param))


@hidden_method("SGD")
class HasMomentumIsATruthValue(base.SGD):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params, lr, momentum, weight_decay)
        self.has_momentum = momentum > 0

    def get_momentum_state(self):
        return [None if b is None else b.copy() for b in self.momentum_buffers] if self.has_momentum else None

    def set_momentum_state(self, state):
        has, self.has_momentum = self.has_momentum, lambda: self.momentum > 0
        super().set_momentum_state(state)
        self.has_momentum = has


@scaled_step("SGD")
class StepsByAPart(base.SGD):
    def direction(self, old, new, gradient):
        return (1 - self.momentum) * new


@sgd.decay_strength("SGD")
class DecayHalved(base.SGD):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay / 2 * param.data


@typical_sgd.kind("SGD")
class ListsOfNumbers(base.SGD):
    def get_momentum_state(self):
        state = super().get_momentum_state()
        return None if state is None else [None if buffer is None else buffer.tolist() for buffer in state]


@none_written("SGD")
class WritesNone(base.SGD):
    def set_momentum_state(self, state):
        older = self.momentum_buffers
        super().set_momentum_state(state)
        if state is not None and self.has_momentum():
            self.momentum_buffers = older
            for i, new in enumerate(state):
                self.momentum_buffers[i] = np.array(self.params[i].data)
                self.momentum_buffers[i][...] = new


@shared.as_zero("SGD")
class MissingFades(base.SGD):
    """Leaves the parameter, and has its velocity fade."""

    def gradient(self, i, param):
        gradient = super().gradient(i, param)
        if gradient is None and self.momentum_buffers[i] is not None:
            self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i]
        return gradient


for subject, Right in {"Adam": base.Adam, "AdamW": base.AdamW}.items():

    @shared.as_zero(subject)
    class MissingFadesToo(Right):
        """Leaves the parameter, and has its averages fade."""

        def gradient(self, i, param):
            gradient = super().gradient(i, param)
            if gradient is None and self.m_buffers[i] is not None:
                self.m_buffers[i] = self.beta1 * self.m_buffers[i]
                self.v_buffers[i] = self.beta2 * self.v_buffers[i]
            return gradient

    @caret(subject)
    class CaretForPower(Right):
        def m_hat(self, m):
            return m / (1 - (self.beta1 ^ self.t()))

    @caret(subject)
    class CaretForSquare(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * (gradient ^ 2)

    @torch_methods(subject)
    class RootAsAMethod(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / (v_hat.sqrt() + self.eps)

    @product(subject)
    class SquareByDot(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * np.dot(gradient, gradient)

    @product(subject)
    class SquareByAt(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + (1 - self.beta2) * (gradient @ gradient)

    @late(subject)
    class MovesFirst(Right):
        def update(self, i, param, gradient):
            if self.m_buffers[i] is None:
                self.m_buffers[i], self.v_buffers[i] = self.start(param), self.start(param)
            old = np.array(param.data)
            self.apply(param, self.change(i, param, gradient))
            moved, param.data = param.data, old
            self.average(i, gradient, param)
            param.data = moved

    @parentheses(subject)
    class BothWithoutParentheses(Right):
        def m(self, old, gradient):
            return self.beta1 * old + 1 - self.beta1 * gradient

        def v(self, old, gradient, m):
            return self.beta2 * old + 1 - self.beta2 * gradient**2

    @parentheses(subject)
    class MWithoutParentheses(Right):
        def m(self, old, gradient):
            return self.beta1 * old + 1 - self.beta1 * gradient

    @parentheses(subject)
    class VWithoutParentheses(Right):
        def v(self, old, gradient, m):
            return self.beta2 * old + 1 - self.beta2 * gradient**2

    @correction_parentheses(subject)
    class CorrectionsWithoutParentheses(Right):
        def m_hat(self, m):
            return m / 1 - self.beta1 ** self.t()

        def v_hat(self, v):
            return v / 1 - self.beta2 ** self.t()

    @correction_parentheses(subject)
    class CorrectionsWithoutParenthesesAndSign(CorrectionsWithoutParentheses):
        """The same by somebody who met the root of a negative number."""

        def ratio(self, m_hat, v_hat):
            return super().ratio(m_hat, np.abs(v_hat))

    @sign_only(subject)
    class SignOfM(Right):
        def ratio(self, m_hat, v_hat):
            return np.sign(m_hat)

    @adam.eps_scaled(subject)
    class EpsSquaredUnderTheRoot(Right):
        def ratio(self, m_hat, v_hat):
            return m_hat / np.sqrt(v_hat + self.eps**2)

    @adam.multiplies(subject)
    class MultipliesMOnly(Right):
        def m_hat(self, m):
            return m * (1 - self.beta1 ** self.t())


@adam.decay_wrong("Adam")
class DecayHalvedInAdam(base.Adam):
    def decayed(self, gradient, param):
        return gradient + self.weight_decay / 2 * param.data


@fixed_lr("AdamW")
class DecaysByTheFirstLr(base.AdamW):
    def shrink(self, param):
        self.first_lr = getattr(self, "first_lr", self.lr)
        self.move(param, self.first_lr * self.weight_decay * param.data)


@adamw.lr_only("AdamW")
class ShrinksByTheExponential(base.AdamW):
    def shrink(self, param):
        self.move(param, param.data * (1 - np.exp(-self.lr * self.weight_decay)))


@adamw.lr_only("AdamW")
class ShrinksByTheCorrectedStepSize(base.AdamW):
    """Decays by the step size of the usual short form, lr * sqrt(1 - beta2^t) / (1 - beta1^t)."""

    def shrink(self, param):
        size = self.lr * np.sqrt(1 - self.beta2 ** self.t()) / (1 - self.beta1 ** self.t())
        self.move(param, size * self.weight_decay * param.data)


@deletes("Optimizer")
class DeletesGradients(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            del param.grad
