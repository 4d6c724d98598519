"""The oracle: what must follow from where a trace stood before each call, in float64.

Written from the papers' formulas, and judged one call at a time: what a step should do is worked out from the values
and the state that the trace itself shows before that step. A wrong step is then found where it happens, rounding does
not add up, and a mistake in one rule does not make every later step wrong. Since the start is given, a trace in which
every step follows from the one before is right from beginning to end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from diagnosis.case import Call, Case
from diagnosis.trace import Moment, Trace

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
    """One value that must be seen after a call.

    Attributes
    ----------
    field : str
        ``"params"``, ``"momentum_buffers"``, ``"m_buffers"``, ``"v_buffers"`` or ``"held"``.
    index : int
        Of the parameter.
    value : ndarray of float64
    tolerance : ndarray of float64
        How far off is still right, entry by entry.
    step : float
        The size of what the call should have changed, to say how far off something is.
    kept : bool
        Whether the value is to stay as it was, because the parameter had no gradient or the call moves nothing.
    """

    field: str
    index: int
    value: np.ndarray
    tolerance: np.ndarray
    step: float
    kept: bool = False


class OptimizerOracle:
    """Follows one optimizer through a case."""

    def __init__(self, subject: str, call: Call, values: list[np.ndarray], choice: Choice) -> None:
        arguments, settings = call.value if call.do == "new" else ((), call.value[1])
        self.subject, self.choice = subject, choice
        self.settings = {**DEFAULTS[subject], **dict(zip(DEFAULTS[subject], arguments, strict=False)), **settings}
        self.params = [np.array(value, dtype=np.float64) for value in values]
        self.gradients = [None] * len(values)
        self.buffers = {name: [np.zeros(value.shape) for value in values] for name in self.buffer_names}
        self.calls = 0
        self.with_gradient = [0] * len(values)

    @property
    def buffer_names(self) -> tuple[str, ...]:
        if self.subject == "SGD":
            return ("momentum_buffers",) if self.settings["momentum"] else ()
        return ("m_buffers", "v_buffers") if self.subject in ("Adam", "AdamW") else ()

    def trust(self, moment: Moment) -> None:
        """Go on from what a moment shows, where it shows numbers of the right shape."""

        def shown(values, own):
            values = values if isinstance(values, list) else []
            for i, value in enumerate(values[: len(own)]):
                if isinstance(value, np.ndarray) and value.shape == own[i].shape and np.isfinite(value).all():
                    own[i] = value.astype(np.float64)

        shown(moment.params, self.params)
        for name, own in self.buffers.items():
            shown(moment.buffers.get(name), own)

    def keep(self) -> Iterator[Expected]:
        """Everything stays as it is."""
        for name, values in {"params": self.params, **self.buffers}.items():
            for i, value in enumerate(values):
                yield equal(name, i, value)

    def step(self, after: Moment) -> Iterator[Expected]:
        """What one call of step() must do. `after` shows the averages that Adam's step is to be made from."""
        self.calls += 1
        kept = [expected for expected in self.keep() if self.gradients[expected.index] is None]
        moved = []
        for i, gradient in enumerate(self.gradients):
            if gradient is not None:
                self.with_gradient[i] += 1
                moved.extend(self.sgd(i, gradient) if self.subject == "SGD" else self.adam(i, gradient, after))
        yield from kept
        yield from moved

    def sgd(self, i: int, gradient: np.ndarray) -> Iterator[Expected]:
        """Sutskever et al. (2013), with the learning rate outside the velocity; L2 penalty in the gradient."""
        p, lr, decay = self.params[i], self.settings["lr"], self.settings["weight_decay"]
        direction = gradient + decay * p
        size = np.abs(gradient) + np.abs(decay * p)
        if self.settings["momentum"]:
            faded = self.settings["momentum"] * self.buffers["momentum_buffers"][i]
            direction, size = faded + direction, np.abs(faded) + size
            yield self.changed("momentum_buffers", i, direction, size, faded - direction)
        yield self.changed("params", i, p - lr * direction, np.abs(p) + lr * size, lr * direction)

    def adam(self, i: int, gradient: np.ndarray, after: Moment) -> Iterator[Expected]:
        """Kingma & Ba (2015), algorithm 1; Loshchilov & Hutter (2019) for the decay of AdamW."""
        p, lr, decay = self.params[i], self.settings["lr"], self.settings["weight_decay"]
        coupled = decay * p if self.subject == "Adam" else np.zeros_like(p)
        g, size = gradient + coupled, np.abs(gradient) + np.abs(coupled)
        beta1, beta2 = self.settings["betas"]
        m0, v0 = self.buffers["m_buffers"][i], self.buffers["v_buffers"][i]
        m, v = beta1 * m0 + (1 - beta1) * g, beta2 * v0 + (1 - beta2) * g * g
        yield self.changed("m_buffers", i, m, np.abs(beta1 * m0) + (1 - beta1) * size, (1 - beta1) * g)
        yield self.changed("v_buffers", i, v, np.abs(beta2 * v0) + (1 - beta2) * size**2, (1 - beta2) * g * g)

        t = self.calls if self.choice.counts == "calls" else self.with_gradient[i]

        def step_from(m, v):
            return lr * (m / (1 - beta1**t)) / (np.sqrt(np.maximum(v, 0) / (1 - beta2**t)) + self.settings["eps"])

        shown_m, shown_v = self.shown_average(after, "m_buffers", i, m), self.shown_average(after, "v_buffers", i, v)
        step, right = step_from(shown_m, shown_v), step_from(m, v)
        # Averages of next to nothing lead to no step, and so would have any rule look right. They count for nothing.
        visible = 3 * ROUNDING * (np.abs(p) + np.abs(right))
        step = np.where((np.abs(step) < visible) & (np.abs(right) > 10 * visible), right, step)
        new = p - step
        if self.subject == "AdamW":
            shrunk = 1 - lr * decay
            new = (p - step) * shrunk if self.choice.decay == "after" else p * shrunk - step
        yield self.changed("params", i, new, np.abs(p) + np.abs(step), new - p)

    @staticmethod
    def shown_average(after: Moment, name: str, i: int, own: np.ndarray) -> np.ndarray:
        """The average that the trace shows after the step, if it shows one; else the one that should be there."""
        values = after.buffers.get(name)
        value = values[i] if isinstance(values, list) and i < len(values) else None
        sound = isinstance(value, np.ndarray) and value.shape == own.shape and np.isfinite(value).all()
        return value.astype(np.float64) if sound else own

    @staticmethod
    def changed(name: str, i: int, value: np.ndarray, size: np.ndarray, step: np.ndarray) -> Expected:
        return Expected(name, i, value, ROUNDING * size + TINY, float(np.max(np.abs(step), initial=0.0)))


def expectations(case: Case, trace: Trace, choice: Choice) -> Iterator[tuple[int, list[Expected]]]:
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
                oracles[call.on] = OptimizerOracle(case.subject, call, list(case.params), choice)
            case "resume":
                other = oracles[call.value[0]]
                oracles[call.on] = OptimizerOracle(case.subject, call, other.params, choice)
        oracle = oracles[call.on]
        expected = []
        match call.do:
            case "gradients":
                oracle.gradients = [
                    None if g is None else g[1].astype(p.dtype).astype(np.float64)
                    for g, p in zip(call.value, case.params, strict=True)
                ]
            case "load":
                oracle.params = [value.astype(np.float64) for value in call.value]
            case "set":
                oracle.settings = {**oracle.settings, call.value[0]: call.value[1]}
            case "step" if case.subject != "Optimizer":
                expected = list(oracle.step(moment))
            case "get_momentum_state":
                held = oracle.buffers.get("momentum_buffers")
            case "put":
                held = arrays(moment.held, case)
                if held and oracle.buffers and not moment.raised:
                    expected = [equal("momentum_buffers", i, value) for i, value in enumerate(held)]
            case "overwrite":
                held = arrays(moment.held, case)
        # giving out gradients and setting attributes runs no code of the student's that could change anything else
        if not expected and call.do not in ("gradients", "set", "load"):
            expected = list(oracle.keep())
        yield index, expected + [equal("held", i, value) for i, value in enumerate(held or [])]
        oracle.trust(moment)


def arrays(values: list | None, case: Case) -> list[np.ndarray] | None:
    """A state in the caller's hands, with zeros for velocities not made yet; None if it does not fit the parameters."""
    if not isinstance(values, list) or len(values) != len(case.params):
        return None
    values = [np.zeros(p.shape) if v is None else v for v, p in zip(values, case.params, strict=True)]
    fits = all(isinstance(v, np.ndarray) and v.shape == p.shape for v, p in zip(values, case.params, strict=True))
    return [value.astype(np.float64) for value in values] if fits else None


def equal(name: str, i: int, value: np.ndarray) -> Expected:
    """A value that is to be what it is, and not a copy that has since changed."""
    return Expected(name, i, value, ROUNDING * np.abs(value) + TINY, 0.0, kept=True)
