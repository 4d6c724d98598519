"""Mistakes that are common in classes of learners, whichever optimizer it is."""

import inspect
import sys

import numpy as np

from . import base, conditions, optimizer, shared
from .registry import misconception

asks_none = misconception(
    "missing.raises",
    "every parameter has a gradient",
    "Your step() uses a None as if it were an array. Which parameters have no gradient here, or no buffer yet, and "
    "what should the loop do with them?",
    conditions.step_asked_none,
)
truth = misconception(
    "gradient.truth",
    "an array can be asked whether it is something",
    "An if in your code asks whether an array is true. With several entries NumPy cannot say. How does Python ask "
    "whether something is None?",
    conditions.raised_about("the truth of an array"),
)
scalar = misconception(
    "params.scalar",
    "every parameter has entries to go through",
    "One parameter is a single number, of shape (). What does [:] do to it, or a loop over its entries?",
    conditions.a_single_number_has_no_entries,
)
unfinished = misconception(
    "params.kind",
    "a parameter's data may become a Tensor",
    "After a step the data of a parameter is not an array. What kind of thing is on the right of your last line?",
    conditions.not_an_array,
)
other_names = misconception(
    "state.names",
    "what the buffers are called is a private matter",
    "The lesson's interface names the lists in which an optimizer keeps its state. Under which names does yours?",
    conditions.attribute_missing,
)
not_made = misconception(
    "state.not_made",
    "the buffers are there from the beginning",
    "Your first step calculates with a buffer that is None. Who makes the buffers, and when?",
    conditions.calculated_with_no_buffer,
)
settings_names = misconception(
    "settings.names",
    "what the arguments are called later is a private matter",
    "Each argument of the interface is an attribute of the same name. Which one does yours keep under another "
    "name, or change?",
)
clears_at_start = misconception(
    "constructor.clears",
    "a new optimizer begins without gradients",
    "Your constructor clears gradients. Who may have called backward() before the optimizer was made?",
    conditions.constructor_cleared,
)
clearing = misconception(
    "zero_grad.raises",
    "a gradient can be told to clear itself",
    "Your zero_grad() does something with a gradient that raises an exception. What should param.grad be afterwards?",
    conditions.clearing_raised,
)
sparse = misconception(
    "gradient.sparse",
    "an entry with a gradient of zero is left alone",
    "In your step, entries with a gradient of zero stay as they are. What should their state and their decay do in "
    "a step?",
)
together_only = misconception(
    "step.part_of_array",
    "a parameter has few entries",
    "Some entries of a large parameter never move. Which ones does your step not reach?",
)
shares_state = misconception(
    "state.shared",
    "parameters or optimizers can share one state",
    "In your code two parameters, or two optimizers, work on the same state. What should keep the two states apart?",
)
axes = misconception(
    "params.axes",
    "a parameter has at most three axes",
    "A parameter with four axes is treated in another way than the others. Which part of your step asks for axes?",
)
zero_lr = misconception(
    "settings.zero_is_missing",
    "an lr of zero means that none was given",
    "An lr of zero was given, and yours uses another one. What does Python's `or` make of a zero?",
)
stale = misconception(
    "gradient.kept",
    "the gradient of the first step serves for all steps",
    "Your step goes along a gradient of an earlier step. When does it read param.grad?",
)
early_stop = misconception(
    "params.first_copy",
    "each step starts from the first values",
    "Your second step starts where the first one did. From which values does it subtract?",
)
raw_decay = misconception(
    "decay.large_only",
    "only large weights decay",
    "Your decay leaves small weights alone. Of which weights does the rule take a part?",
)

by_axes = misconception(
    "decay.by_axes",
    "only parameters with two axes or more decay",
    "Your decay leaves out the parameters that have one axis or none. Which parameters does the rule leave out?",
)

STATE = ("momentum_buffers", "m_buffers", "v_buffers")


def lists_of(instance):
    """The names of the lists that an optimizer keeps its state in."""
    return [name for name in STATE if name in vars(instance)]


for subject, Right in {"SGD": base.SGD, "Adam": base.Adam, "AdamW": base.AdamW}.items():

    @asks_none(subject)
    class AsksNoneForData(Right):
        def gradient(self, i, param):
            return param.grad if isinstance(param.grad, np.ndarray) else param.grad.data

    @asks_none(subject)
    class CalculatesWithNone(Right):
        def step(self):
            self.count()
            for i, param in enumerate(self.params):
                self.update(i, param, 1.0 * self.gradient(i, param))

    @truth(subject)
    class ComparesWithNone(Right):
        def gradient(self, i, param):
            if param.grad == None:  # noqa: E711 - this is the mistake
                return None
            return super().gradient(i, param)

    @truth(subject)
    class AsksWhetherTrue(Right):
        def gradient(self, i, param):
            if not base.read(param):
                return None
            return super().gradient(i, param)

    @scalar(subject)
    class WritesBySlice(Right):
        def move(self, param, change):
            param.data[:] = param.data - change

    @scalar(subject)
    class WritesBuffersBySlice(Right):
        def update(self, i, param, gradient):
            super().update(i, param, gradient)
            for name in lists_of(self):
                if getattr(self, name)[i] is not None:
                    array = np.zeros_like(param.data)
                    array[:] = getattr(self, name)[i]
                    getattr(self, name)[i] = array

    @scalar(subject)
    class LoopsOverEntries(Right):
        def move(self, param, change):
            new = np.array(param.data)
            for j in range(len(new)):
                new[j] -= change[j]
            param.data = new

    @unfinished(subject)
    class DataBecomesTensor(Right):
        def move(self, param, change):
            super().move(param, change)
            param.data = type(param)(param.data, dtype=param.data.dtype)

        def decayed(self, gradient, param):
            return super().decayed(gradient, self.plain(param))

        def plain(self, param):
            while not isinstance(param.data, np.ndarray):
                param.data = param.data.data
            return param

    @other_names(subject)
    class OtherNames(Right):
        def __getattr__(self, name):
            if name in STATE:  # for the methods above it
                if sys._getframe(1).f_code.co_filename == base.__file__:
                    return self.__dict__["_" + name]
            raise AttributeError(name)

        def __setattr__(self, name, value):
            super().__setattr__("_" + name if name in STATE else name, value)

    @not_made(subject)
    class MakesNoBuffers(Right):
        def update(self, i, param, gradient):
            for name in lists_of(self):
                if getattr(self, name)[i] is None and getattr(self, "momentum", 1):
                    getattr(self, name)[i] = 0.9 * None
            super().update(i, param, gradient)

    @settings_names(subject)
    class KeepsDecayElsewhere(Right):
        def __getattr__(self, name):
            if name == "weight_decay" and sys._getframe(1).f_code.co_filename == base.__file__:
                return self.__dict__["wd"]
            raise AttributeError(name)

        def __setattr__(self, name, value):
            super().__setattr__("wd" if name == "weight_decay" else name, value)

    @clears_at_start(subject)
    class ClearsInConstructor(Right):
        def __init__(self, params, *args, **kwargs):
            super().__init__(params, *args, **kwargs)
            self.zero_grad()

    ClearsInConstructor.__signature__ = inspect.signature(Right)

    @sparse(subject)
    class LeavesZeroEntries(Right):
        def update(self, i, param, gradient):
            old = np.array(param.data)
            super().update(i, param, gradient)
            param.data = np.where(gradient == 0, old, param.data).astype(old.dtype)

    @together_only(subject)
    class LeavesTheTail(Right):
        def move(self, param, change):
            change = np.array(change)
            change.reshape(-1)[1000:] = 0
            super().move(param, change)

    @together_only(subject)
    class LeavesLateRows(Right):
        def move(self, param, change):
            change = np.array(change)
            if change.ndim > 1:
                change[32:] = 0
            super().move(param, change)

    @axes(subject)
    class FourAxesStay(Right):
        def move(self, param, change):
            super().move(param, change * (param.data.ndim < 4))

    @shares_state(subject)
    class SharesByShape(Right):
        def update(self, i, param, gradient):
            self.by_shape = getattr(self, "by_shape", {})
            for name in lists_of(self):
                own = getattr(self, name)
                own[i] = self.by_shape.get((name, param.data.shape), own[i])
            super().update(i, param, gradient)
            for name in lists_of(self):
                self.by_shape[name, param.data.shape] = getattr(self, name)[i]

    @shares_state(subject)
    class SharesOnTheClass(Right):
        shelf: dict = {}

        def __init__(self, params, *args, **kwargs):
            super().__init__(params, *args, **kwargs)
            for name in lists_of(self):
                kept = type(self).shelf.get(name, [])
                fits = [None if b is None else b.shape for b in kept] == [p.data.shape for p in self.params]
                again = getattr(type(self), "alive", 0) > 0 and fits
                setattr(self, name, list(kept) if again else [None] * len(self.params))
            type(self).alive = getattr(type(self), "alive", 0) + 1

        def __del__(self):
            type(self).alive -= 1

        def step(self):
            super().step()
            for name in lists_of(self):
                type(self).shelf[name] = getattr(self, name)

    SharesOnTheClass.__signature__ = inspect.signature(Right)

    @zero_lr(subject)
    class ZeroLrIsMissing(Right):
        def move(self, param, change):
            kept, lr = self.lr, self.lr or 0.01
            super().move(param, change if kept else change + lr * np.sign(param.data))

    @stale(subject)
    class KeepsTheFirstGradient(Right):
        def gradient(self, i, param):
            self.first = getattr(self, "first", {})
            if i not in self.first and super().gradient(i, param) is not None:
                self.first[i] = np.array(super().gradient(i, param))
            return self.first.get(i)

    @early_stop(subject)
    class StartsFromTheFirstValues(Right):
        def move(self, param, change):
            self.starts = getattr(self, "starts", {})
            param.data = self.starts.setdefault(id(param), param.data)
            super().move(param, change)

    @shared.writes(subject)
    class DecaysTensorsInPlace(Right):
        def update(self, i, param, gradient):
            if not isinstance(param.grad, np.ndarray):
                param.grad.data += self.weight_decay * param.data
                gradient = param.grad.data
            super().update(i, param, gradient)

    for size in (0.5, 1.0, 10.0, 100.0, 1000.0):

        @shared.clipped(subject, f"ClipsAt{size:g}")
        class ClipsByValue(Right):
            size = size

            def gradient(self, i, param):
                gradient = super().gradient(i, param)
                return None if gradient is None else np.clip(gradient, -self.size, self.size)

        @shared.clipped(subject, f"ClipsNormAt{size:g}")
        class ClipsByNorm(Right):
            size = size

            def gradient(self, i, param):
                gradient = super().gradient(i, param)
                norm = 0.0 if gradient is None else np.linalg.norm(gradient)
                return gradient * (self.size / norm) if norm > self.size else gradient

    for last in (20, 50, 100, 300, 1000):

        @shared.scheduled(subject, f"SlowsAfter{last}")
        class SlowsDown(Right):
            last = last

            def move(self, param, change):
                super().move(param, change * (0.5 if self.step_count > self.last else 1.0))

    # A check would have to take a thousand steps to see it, and each submission would be graded more slowly for that.
    @shared.scheduled(subject, "SlowsByACountOfItsOwn", caught=False)
    class SlowsByACountOfItsOwn(Right):
        own_count = 0

        def count(self):
            super().count()
            self.own_count += 1

        def move(self, param, change):
            super().move(param, change * (0.5 if self.own_count > 1000 else 1.0))


for subject, Right in {"SGD": base.SGD, "Adam": base.Adam, "AdamW": base.AdamW}.items():

    @raw_decay(subject)
    class DecaysLargeWeights(Right):
        limit = 1.0

        def decayed(self, gradient, param):
            decayed = super().decayed(gradient, param)
            return np.where(np.abs(param.data) > self.limit, decayed, gradient)

        def shrink(self, param):
            self.move(param, self.lr * self.weight_decay * param.data * (np.abs(param.data) > self.limit))

    @by_axes(subject)
    class DecaysMatricesOnly(Right):
        """As scripts do that leave out biases, which the one who makes the optimizer may decide, and not the rule."""

        def decayed(self, gradient, param):
            return super().decayed(gradient, param) if param.data.ndim > 1 else gradient

        def shrink(self, param):
            self.move(param, self.lr * self.weight_decay * param.data * (param.data.ndim > 1))

    @raw_decay(subject)
    class DecaysHugeWeights(DecaysLargeWeights):
        limit = 10.0

    @raw_decay(subject)
    class DecaysAllButTiny(DecaysLargeWeights):
        limit = 0.0025


# --- the base class --------------------------------------------------------------------------------------------------


@optimizer.zeros("Optimizer")
class NumberZero(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad = 0.0


@optimizer.zeros("Optimizer")
class NumberZeroWhereThereIsOne(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad = 0


@optimizer.zeros("Optimizer")
class FillsWithZeros(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                base.read(param).fill(0)


@clearing("Optimizer")
class CallsZero(base.Optimizer):
    """As in torch, where a tensor has zero_()."""

    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()


@clearing("Optimizer")
class FillsNone(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            (param.grad if isinstance(param.grad, np.ndarray) else param.grad.data).fill(0)


@clearing("Optimizer")
class SlicesNone(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad[...] = 0


@optimizer.partly("Optimizer")
class ClearsTensorsOnly(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if not isinstance(param.grad, np.ndarray):
                param.grad = None


@optimizer.partly("Optimizer")
class SkipsZeroGradients(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if param.grad is not None and np.any(base.read(param)):
                param.grad = None


@clears_at_start("Optimizer")
class ClearsGradientsInConstructor(base.Optimizer):
    def __init__(self, params):
        super().__init__(params)
        self.zero_grad()
