"""The oracle: what must follow from where a trace stood before each call, in float64.

Written from the papers' formulas, and judged one call at a time: what a step should do is worked out from the values
and the state that the trace itself shows before that step. A wrong step is then found where it happens, rounding does
not add up, and a mistake in one rule does not make every later step wrong. Since the start is given, a trace in which
every step follows from the one before is right from beginning to end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from diagnosis.case import Call, Case
from diagnosis.trace import Moment, Trace

from .rows import Rows

DEFAULTS = {
    "Optimizer": {},
    "SGD": {"lr": 0.01, "momentum": 0.0, "weight_decay": 0.0},
    "Adam": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
    "AdamW": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
}

ROUNDING = 8e-5  # of the size of the terms that a value is summed from; float32 rounding is a hundredth of it
TINY = 1e-12


@dataclass(frozen=True)
class Choice:
    """Where two behaviors are right: what bias correction counts, and when AdamW decays."""

    counts: str = "calls"  # or "gradients": how often this very parameter had one
    decay: str = "after"  # or "before" the step


def choices(case: Case) -> list[Choice]:
    """The right behaviors that can differ in this case."""
    missing = any(gradient is None for call in case.calls if call.do == "gradients" for gradient in call.value)
    settings = {**DEFAULTS[case.subject], **case.calls[0].value[1]}
    return [
        Choice(counts, decay)
        for counts in (("calls", "gradients") if missing and case.subject != "SGD" else ("calls",))
        for decay in (("after", "before") if case.subject == "AdamW" and settings["weight_decay"] else ("after",))
    ]


@dataclass(frozen=True)
class Expected:
    """What must be seen of all parameters after a call, as rows (see ``rows``).

    Attributes
    ----------
    field : str
        ``"params"``, ``"momentum_buffers"``, ``"m_buffers"``, ``"v_buffers"`` or ``"held"``.
    value : ndarray of float64
    tolerance : ndarray of float64
        How far off is still right.
    step : ndarray of float64
        What the call should have changed, to say how far off something is.
    kept : ndarray of bool
        Which values are to stay as they were, because the parameter had no gradient or the call moves nothing.
    """

    field: str
    value: np.ndarray
    tolerance: np.ndarray
    step: np.ndarray
    kept: np.ndarray


class OptimizerOracle:
    """Follows one optimizer through a case. All arrays are rows."""

    def __init__(self, subject: str, call: Call, rows: Rows, params: np.ndarray, choice: Choice) -> None:
        arguments, settings = call.value if call.do == "new" else ((), call.value[1])
        self.subject, self.choice, self.rows, self.params = subject, choice, rows, params
        self.settings = {**DEFAULTS[subject], **dict(zip(DEFAULTS[subject], arguments, strict=False)), **settings}
        self.gradient, self.has_gradient, self.all_have = rows.zeros(), rows.zeros() > 0, False
        self.buffers = {name: rows.zeros() for name in self.buffer_names}
        self.calls, self.with_gradient = 0, rows.zeros()

    @property
    def buffer_names(self) -> tuple[str, ...]:
        if self.subject == "SGD":
            return ("momentum_buffers",) if self.settings["momentum"] else ()
        return ("m_buffers", "v_buffers") if self.subject in ("Adam", "AdamW") else ()

    def trust(self, moment: Moment) -> None:
        """Go on from what a moment shows, where it shows numbers of the right shape."""
        self.params = self.rows.finite(moment.params, self.params)
        self.buffers = {name: self.rows.finite(moment.buffers.get(name), own) for name, own in self.buffers.items()}

    def give(self, gradients: list, case: Case) -> None:
        """Give the parameters their gradients, in the dtypes that they have."""
        given = [gradient is not None for gradient in gradients]
        self.has_gradient, self.all_have = self.rows.each(given), all(given)
        arrays = [
            np.zeros(param.shape) if gradient is None else np.asarray(gradient[1], dtype=param.dtype)
            for gradient, param in zip(gradients, case.params, strict=True)
        ]
        self.gradient, _ = self.rows.joined(arrays)

    def keep(self) -> Iterator[Expected]:
        """Everything stays as it is."""
        yield equal("params", self.params)
        for name, values in self.buffers.items():
            yield equal(name, values)

    def count(self, steps: int) -> None:
        """Take note of calls of step()."""
        self.calls += steps
        if self.choice.counts == "gradients":
            self.with_gradient = self.with_gradient + steps * self.has_gradient

    def step(self, after: Moment) -> Iterator[Expected]:
        """What one call of step() must do. `after` shows the averages that Adam's step is to be made from."""
        self.count(1)
        return self.sgd() if self.subject == "SGD" else self.adam(after)

    def sgd(self) -> Iterator[Expected]:
        """Sutskever et al. (2013), with the learning rate outside the velocity; L2 penalty in the gradient."""
        p, lr, decay = self.params, self.settings["lr"], self.settings["weight_decay"]
        direction = self.gradient + decay * p
        size = np.abs(self.gradient) + np.abs(decay * p)
        if self.settings["momentum"]:
            faded = self.settings["momentum"] * self.buffers["momentum_buffers"]
            direction, size = faded + direction, np.abs(faded) + size
            yield self.changed("momentum_buffers", direction, size, faded - direction)
        yield self.changed("params", p - lr * direction, np.abs(p) + lr * size, lr * direction)

    def adam(self, after: Moment) -> Iterator[Expected]:
        """Kingma & Ba (2015), algorithm 1; Loshchilov & Hutter (2019) for the decay of AdamW."""
        p, lr, decay = self.params, self.settings["lr"], self.settings["weight_decay"]
        g, size = self.gradient, np.abs(self.gradient)
        if self.subject == "Adam":
            g, size = g + decay * p, size + np.abs(decay * p)
        beta1, beta2 = self.settings["betas"]
        faded1, faded2 = beta1 * self.buffers["m_buffers"], beta2 * self.buffers["v_buffers"]
        new1, new2 = (1 - beta1) * g, (1 - beta2) * g * g
        m, v = faded1 + new1, faded2 + new2
        yield self.changed("m_buffers", m, np.abs(faded1) + (1 - beta1) * size, new1)
        yield self.changed("v_buffers", v, np.abs(faded2) + (1 - beta2) * size**2, new2)

        t = self.calls if self.choice.counts == "calls" else np.maximum(self.with_gradient, 1)

        def step_from(m, v):
            return lr * (m / (1 - beta1**t)) / (np.sqrt(np.maximum(v, 0) / (1 - beta2**t)) + self.settings["eps"])

        shown_m, shown_v = (
            self.rows.finite(after.buffers.get(name), own) for name, own in (("m_buffers", m), ("v_buffers", v))
        )
        step, right = step_from(shown_m, shown_v), step_from(m, v)
        # Averages of next to nothing lead to no step, and so would have any rule look right. They count for nothing.
        visible = 3 * ROUNDING * (np.abs(p) + np.abs(right))
        step = np.where((np.abs(step) < visible) & (np.abs(right) > 10 * visible), right, step)
        new = p - step
        if self.subject == "AdamW":
            shrunk = 1 - lr * decay
            new = (p - step) * shrunk if self.choice.decay == "after" else p * shrunk - step
        yield self.changed("params", new, np.abs(p) + np.abs(step), new - p)

    def changed(self, name: str, value: np.ndarray, size: np.ndarray, step: np.ndarray) -> Expected:
        """What the step makes of a field, where there is a gradient; elsewhere it stays as it is."""
        has, tolerance = self.has_gradient, ROUNDING * size + TINY
        if not self.all_have:
            kept = equal(name, self.params if name == "params" else self.buffers[name])
            value, tolerance = np.where(has, value, kept.value), np.where(has, tolerance, kept.tolerance)
        return Expected(name, value, tolerance, step, ~has)


def expectations(case: Case, trace: Trace, choice: Choice, rows: Rows) -> Iterator[tuple[int, list[Expected]]]:
    """What must be seen after each call of a case, going on from what the trace shows before it.

    Yields
    ------
    index : int
        Of the call.
    expected : list of Expected
    """
    oracles: dict[str, OptimizerOracle] = {}
    held = None  # the state in the caller's hands, which no call but these three may change
    for index, (call, moment) in enumerate(zip(case.calls, trace.moments, strict=False)):
        match call.do:
            case "new":
                oracles[call.on] = OptimizerOracle(case.subject, call, rows, rows.of(list(case.params)), choice)
            case "resume":
                params = oracles[call.value[0]].params
                oracles[call.on] = OptimizerOracle(case.subject, call, rows, params, choice)
        oracle = oracles[call.on]
        expected = []
        match call.do:
            case "gradients":
                oracle.give(call.value, case)
            case "load":
                oracle.params = rows.of(call.value)
            case "set":
                oracle.settings = {**oracle.settings, call.value[0]: call.value[1]}
            case "step" if case.subject != "Optimizer":
                expected = list(oracle.step(moment))
            case "steps":
                oracle.count(call.value)
            case "get_momentum_state":
                held = oracle.buffers.get("momentum_buffers")
            case "put":
                held = rows.of(moment.held)
                if held is not None and oracle.buffers and not moment.raised:
                    expected = [equal("momentum_buffers", held)]
            case "overwrite":
                held = rows.of(moment.held)
        # giving out gradients and setting attributes runs no code of the student's that could change anything else
        # and of steps that nobody looked at, nobody knows where each began
        if not expected and call.do not in ("gradients", "set", "load", "steps"):
            expected = list(oracle.keep())
        yield index, expected if held is None else [*expected, equal("held", held)]
        oracle.trust(moment)


def equal(name: str, values: np.ndarray) -> Expected:
    """Values that are to be what they are."""
    nothing, everything = nothing_and_everything(len(values))
    return Expected(name, values, ROUNDING * np.abs(values) + TINY, nothing, everything)


@cache  # there are few lengths, and nobody writes into these
def nothing_and_everything(length: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(length), np.ones(length, dtype=bool)
