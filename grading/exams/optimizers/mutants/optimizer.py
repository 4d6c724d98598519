"""Misconceptions about the base class."""

from . import base, conditions
from .registry import misconception

zeros = misconception(
    "zero_grad.zeros",
    "a cleared gradient is a gradient of zeros",
    "Your gradients end as zeros. How will step() tell a parameter with a gradient of zero from one that has none?",
    conditions.cleared_to_zeros,
)
partly = misconception(
    "zero_grad.some",
    "zero_grad() need not reach every parameter",
    "Some gradients are still there after zero_grad(). Which parameters does your loop leave out, and why?",
    conditions.some_not_cleared,
)
nothing = misconception(
    "zero_grad.rebinds",
    "changing a variable in the loop changes the parameter",
    "After zero_grad() nothing has changed. Does your loop change the parameter itself, or a name that points to it?",
    conditions.clearing_changed_nothing,
)
values = misconception(
    "zero_grad.values",
    "zero_grad() clears the values of the parameters",
    "Your zero_grad() changes the values of the parameters, and leaves the gradients. Which attribute holds a "
    "gradient?",
    conditions.clearing_changed_values,
)
too_much = misconception(
    "zero_grad.too_much",
    "zero_grad() starts everything afresh",
    "zero_grad() changes more than gradients. What else must stay as it is from one batch to the next?",
    conditions.more_than_gradients_changed,
)
silent = misconception(
    "step.silent",
    "the base class may step without doing anything",
    "Somebody writes a new optimizer and forgets its step(). How would they notice, with your base class?",
)
copies = misconception(
    "params.copied",
    "the optimizer works on its own copies of the parameters",
    "Whose values does your optimizer change: the model's, or those of its own copies?",
)
early = misconception(
    "step_count.start",
    "the count of steps starts at one",
    "How many steps has an optimizer taken when it has just been made?",
)


@zeros("Optimizer")
class ZeroTensors(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if param.grad is not None:
                param.grad = base.read(param) * 0.0


@zeros("Optimizer")
class ZerosForAll(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad = param.data * 0.0


@partly("Optimizer")
class FirstOnly(base.Optimizer):
    def zero_grad(self):
        self.params[0].grad = None


@partly("Optimizer")
class AllButLast(base.Optimizer):
    def zero_grad(self):
        for param in self.params[:-1]:
            param.grad = None


@partly("Optimizer")
class StopsAtMissing(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            if param.grad is None:
                return
            param.grad = None


@partly("Optimizer")
class AllButFirst(base.Optimizer):
    def zero_grad(self):
        for param in self.params[1:]:
            param.grad = None


@partly("Optimizer")
class LastOnly(base.Optimizer):
    """The line stands below the loop, where the name still means the last one."""

    def zero_grad(self):
        self.params[-1].grad = None


@values("Optimizer")
class ZeroesValuesOnly(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.data = param.data * 0


@too_much("Optimizer")
class CountsAnew(base.Optimizer):
    def zero_grad(self):
        super().zero_grad()
        self.step_count = 0


@nothing("Optimizer")
class ClearsNothing(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            gradient = param.grad
            gradient = None  # noqa: F841 - this is the mistake


@too_much("Optimizer")
class ZeroesValues(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad = None
            param.data = param.data * 0


@too_much("Optimizer")
class ForgetsParams(base.Optimizer):
    def zero_grad(self):
        super().zero_grad()
        self.params = []


@too_much("Optimizer")
class CountsAsStep(base.Optimizer):
    def zero_grad(self):
        super().zero_grad()
        self.step_count += 1


@too_much("Optimizer")
class SwitchesGradientsOff(base.Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad, param.requires_grad = None, False


@silent("Optimizer")
class StepsItself(base.Optimizer):
    def step(self):
        for param in self.params:
            if param.grad is not None:
                param.data = param.data - 0.01 * base.read(param)


@silent("Optimizer")
class SilentStep(base.Optimizer):
    def step(self):
        pass


@silent("Optimizer")
class CountingStep(base.Optimizer):
    def step(self):
        self.step_count += 1


@copies("Optimizer")
class CopiedParams(base.Optimizer):
    def __init__(self, params):
        super().__init__([type(p)(p.data, requires_grad=True, dtype=p.data.dtype) for p in params])


@early("Optimizer")
class CountsFromOne(base.Optimizer):
    def __init__(self, params):
        super().__init__(params)
        self.step_count = 1
