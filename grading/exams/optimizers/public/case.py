"""A case: what an optimizer is asked to do. Inputs only, never what should come out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tracing.data import Shelf, Shelved, decode, encode

CONSTRUCTORS = ("new", "resume", "beside")  # the kinds of call that construct an optimizer


@dataclass(frozen=True)
class Call:
    """One thing done to one optimizer.

    Attributes
    ----------
    do : str
        ============== =====================================================================================
        ``new``        construct it: `value` is ``(args, settings)``, what follows ``params``
        ``resume``     construct it on copies of the parameters of the optimizer named first in `value`,
                       ``(other, settings)``
        ``beside``     construct it on the very parameters of the optimizer named first in `value`
        ``gradients``  give its parameters these gradients: `value` holds ``None`` or ``(kind, array)``,
                       where `kind` is ``"Tensor"`` or ``"array"``; it may come before ``new``
        ``set``        set an attribute: `value` is ``(name, number)``; steps are counted on from a ``step_count``
        ``load``       give its parameters these values, as loading a model does
        ``step``, ``zero_grad``, ``has_momentum``, ``get_momentum_state``   call the method
        ``steps``      call ``step`` so many times, `value`, and look at what is there only then
        ``put``        call ``set_momentum_state`` with `value`: None, or a list of arrays and Nones
        ``overwrite``  fill the arrays of the state last got or put with `value`
        ============== =====================================================================================
    on : str
        The name of the optimizer.
    """

    do: str
    value: Any = None
    on: str = "a"


@dataclass(frozen=True)
class Case:
    """Parameters to start from, and the calls to make.

    Attributes
    ----------
    subject : str
        The class it is meant for, such as ``"Adam"``.
    params : tuple of ndarray
        The initial values, in the dtype that the parameters shall have.
    calls : tuple of Call
    """

    subject: str
    params: tuple[np.ndarray, ...]
    calls: tuple[Call, ...]

    def as_data(self) -> dict:
        """The case as what JSON can hold."""
        shelf = Shelf()
        params = encode(list(self.params), shelf)
        calls = [[call.do, encode(call.value, shelf), call.on] for call in self.calls]
        return {"subject": self.subject, "params": params, "calls": calls, "arrays": shelf.as_data()}

    @classmethod
    def from_data(cls, data: dict) -> "Case":
        """The case that `as_data` was called on."""
        shelf = Shelved(data["arrays"])
        calls = tuple(Call(do, decode(value, shelf), on) for do, value, on in data["calls"])
        return cls(data["subject"], tuple(decode(data["params"], shelf)), calls)

    def arguments(self, index: int) -> tuple[tuple, dict]:
        """What the optimizer of a call was constructed with after ``params``: by position, and by name."""
        on = self.calls[index].on
        made = next(call for call in self.calls if call.do in CONSTRUCTORS and call.on == on)
        first, settings = made.value
        return (first if made.do == "new" else ()), settings

    def has_momentum(self, index: int) -> bool:
        """Whether the optimizer of a call, an SGD, was constructed with momentum."""
        arguments, settings = self.arguments(index)
        return bool(arguments[1] if len(arguments) > 1 else settings.get("momentum"))

    def fits(self, state: list) -> bool:
        """Whether a state has for each parameter a None or an array of its shape."""
        return len(state) == len(self.params) and all(
            buffer is None or buffer.shape == param.shape for buffer, param in zip(state, self.params, strict=True)
        )

    def steps(self, index: int) -> int:
        """How many steps the optimizer of a call has been asked for by the end of it."""
        count = 0
        for call in self.calls[: index + 1]:
            if call.on == self.calls[index].on:
                if call.do == "set" and call.value[0] == "step_count":
                    count = call.value[1]
                count += (call.do == "step") + (call.value if call.do == "steps" else 0)
        return count

    def describe(self, index: int) -> str:
        """Where in the case a call stands, in words for a student."""
        call, steps = self.calls[index], self.steps(index)
        match call.do:
            case "step" | "steps":
                return f"after step {steps}"
            case "new" | "resume":
                return f"when {self.subject} is constructed"
            case "beside":
                return f"when a second {self.subject} is constructed for the same parameters"
            case "put":
                return "after set_momentum_state"
            case "overwrite":
                return "after the caller wrote into a state that was taken out or put in"
            case "gradients" | "set" | "load":
                return f"before step {steps + 1}"
            case name:
                return f"after {name}"
