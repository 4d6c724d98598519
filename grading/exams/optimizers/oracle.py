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
    """What must be seen of all parameters after some calls, in one field. Arrays have a row (see ``rows``) for each.

    Attributes
    ----------
    field : str
        ``"params"``, ``"momentum_buffers"``, ``"m_buffers"``, ``"v_buffers"`` or ``"held"``.
    calls : list of int
        Their indices.
    value : ndarray of float64
    tolerance : ndarray of float64
        How far off is still right.
    step : ndarray of float64
        What the call should have changed, to say how far off something is.
    kept : ndarray of bool
        Which values are to stay as they were, because the parameter had no gradient or the call moves nothing.
    """

    field: str
    calls: list[int]
    value: np.ndarray
    tolerance: np.ndarray
    step: np.ndarray
    kept: np.ndarray


@dataclass(frozen=True)
class Start:
    """Where a call of step() starts from, and what the trace shows after it."""

    call: int
    settings: dict
    params: np.ndarray
    buffers: dict[str, np.ndarray]
    gradient: np.ndarray
    has_gradient: np.ndarray
    count: int | np.ndarray
    after: Moment


class OptimizerOracle:
    """Follows one optimizer through a case, and takes note of its steps. All arrays are rows."""

    def __init__(self, subject: str, call: Call, rows: Rows, params: np.ndarray, choice: Choice) -> None:
        arguments, settings = call.value if call.do == "new" else ((), call.value[1])
        self.subject, self.choice, self.rows, self.params = subject, choice, rows, params
        self.settings = {**DEFAULTS[subject], **dict(zip(DEFAULTS[subject], arguments, strict=False)), **settings}
        self.gradient, self.has_gradient = rows.zeros(), rows.zeros() > 0
        self.buffers = {name: rows.zeros() for name in self.buffer_names}
        self.calls, self.with_gradient = 0, rows.zeros()
        self.starts: list[Start] = []

    @property
    def buffer_names(self) -> tuple[str, ...]:
        if self.subject == "SGD":
            return ("momentum_buffers",) if self.settings["momentum"] else ()
        return ("m_buffers", "v_buffers") if self.subject in ("Adam", "AdamW") else ()

    def trust(self, moment: Moment) -> None:
        """Go on from what a moment shows, where it shows numbers of the right shape."""
        self.params = self.rows.finite(moment.params, self.params)
        self.buffers = {name: self.rows.finite(moment.buffers.get(name), own) for name, own in self.buffers.items()}

    def count(self, steps: int) -> None:
        """Take note of calls of step()."""
        self.calls += steps
        if self.choice.counts == "gradients":
            self.with_gradient = self.with_gradient + steps * self.has_gradient

    def step(self, call: int, after: Moment) -> None:
        """Take note of a call of step(), and of what the trace shows after it."""
        self.count(1)
        self.starts.append(
            Start(
                call,
                self.settings,
                self.params,
                self.buffers,
                self.gradient,
                self.has_gradient,
                self.calls if self.choice.counts == "calls" else np.maximum(self.with_gradient, 1),
                after,
            )
        )

    def steps(self) -> Iterator[Expected]:
        """What all these calls of step() must have done."""
        if self.starts:
            yield from Steps(self.subject, self.choice, self.rows, self.starts).expected()


class Steps:
    """Some calls of step() of one optimizer. All arrays have a row for each.

    What a trace shows after a call is what the next one starts from. So all starts are known when the trace is, and
    what the steps must do is worked out for all of them in one go.
    """

    def __init__(self, subject: str, choice: Choice, rows: Rows, starts: list[Start]) -> None:
        self.subject, self.choice, self.rows, self.starts = subject, choice, rows, starts

    def expected(self) -> Iterator[Expected]:
        """What must be seen after them."""
        return self.sgd() if self.subject == "SGD" else self.adam()

    def each(self, name: str) -> np.ndarray:
        """An attribute of all starts."""
        return np.array([getattr(start, name) for start in self.starts])

    def buffer(self, name: str) -> np.ndarray:
        return np.array([start.buffers[name] for start in self.starts])

    def setting(self, name: str) -> np.ndarray:
        """A setting as a column; betas as two of them."""
        return np.array([start.settings[name] for start in self.starts]).T[..., np.newaxis]

    def sgd(self) -> Iterator[Expected]:
        """Sutskever et al. (2013), with the learning rate outside the velocity; L2 penalty in the gradient."""
        p, g, lr = self.each("params"), self.each("gradient"), self.setting("lr")
        decayed = self.setting("weight_decay") * p
        direction, size = g + decayed, np.abs(g) + np.abs(decayed)
        if self.starts[0].buffers:
            velocity = self.buffer("momentum_buffers")
            faded = self.setting("momentum") * velocity
            direction, size = faded + direction, np.abs(faded) + size
            yield self.changed("momentum_buffers", velocity, direction, size, faded - direction)
        yield self.changed("params", p, p - lr * direction, np.abs(p) + lr * size, lr * direction)

    def adam(self) -> Iterator[Expected]:
        """Kingma & Ba (2015), algorithm 1; Loshchilov & Hutter (2019) for the decay of AdamW."""
        p, g, lr, decay = self.each("params"), self.each("gradient"), self.setting("lr"), self.setting("weight_decay")
        size = np.abs(g)
        if self.subject == "Adam":
            decayed = decay * p
            g, size = g + decayed, size + np.abs(decayed)
        beta1, beta2 = self.setting("betas")
        old_m, old_v = self.buffer("m_buffers"), self.buffer("v_buffers")
        faded1, faded2 = beta1 * old_m, beta2 * old_v
        new1, new2 = (1 - beta1) * g, (1 - beta2) * g * g
        m, v = faded1 + new1, faded2 + new2
        yield self.changed("m_buffers", old_m, m, np.abs(faded1) + (1 - beta1) * size, new1)
        yield self.changed("v_buffers", old_v, v, np.abs(faded2) + (1 - beta2) * size**2, new2)

        t, eps = self.each("count").reshape(len(p), -1), self.setting("eps")
        corrected1, corrected2 = 1 - beta1**t, 1 - beta2**t

        def step_from(m, v):
            return lr * (m / corrected1) / (np.sqrt(np.maximum(v, 0) / corrected2) + eps)

        step, right = step_from(self.shown("m_buffers", m), self.shown("v_buffers", v)), step_from(m, v)
        # Averages of next to nothing lead to no step, and so would have any rule look right. They count for nothing.
        visible = 3 * ROUNDING * (np.abs(p) + np.abs(right))
        step = np.where((np.abs(step) < visible) & (np.abs(right) > 10 * visible), right, step)
        new = p - step
        if self.subject == "AdamW":
            shrunk = 1 - lr * decay
            new = (p - step) * shrunk if self.choice.decay == "after" else p * shrunk - step
        yield self.changed("params", p, new, np.abs(p) + np.abs(step), new - p)

    def shown(self, name: str, right: np.ndarray) -> np.ndarray:
        """The averages that the trace shows after each step, from which Adam's is to be made; else the right ones."""
        nothing = self.rows.zeros() + np.nan
        seen = np.array([self.rows.finite(start.after.buffers.get(name), nothing) for start in self.starts])
        return np.where(np.isnan(seen), right, seen)

    def changed(self, name: str, before: np.ndarray, value: np.ndarray, size: np.ndarray, step: np.ndarray) -> Expected:
        """What the steps make of a field, where there is a gradient; elsewhere it stays as it is."""
        has = self.each("has_gradient")
        value, size = np.where(has, value, before), np.where(has, size, np.abs(before))
        return Expected(name, [start.call for start in self.starts], value, ROUNDING * size + TINY, step, ~has)


def gradients(case: Case, rows: Rows) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """The rows of what a case gives as gradients, in the dtypes of the parameters, and which of it are gradients.

    Returns
    -------
    dict of int to (ndarray of float64, ndarray of bool)
        By the index of the call.
    """
    given = {i: call.value for i, call in enumerate(case.calls) if call.do == "gradients"}
    if not given:
        return {}
    arrays = [
        np.zeros(param.shape) if gradient is None else gradient[1]
        for values in given.values()
        for gradient, param in zip(values, case.params, strict=True)
    ]
    numbers = rows.joined(arrays).reshape(len(given), -1)
    for param, part in zip(case.params, rows.parts, strict=True):
        numbers[:, part] = numbers[:, part].astype(param.dtype)
    has = np.repeat([[gradient is not None for gradient in values] for values in given.values()], rows.sizes, axis=1)
    return dict(zip(given, zip(numbers, has, strict=True), strict=True))


def expectations(case: Case, trace: Trace, choice: Choice, rows: Rows) -> list[Expected]:
    """What must be seen after the calls of a case, each time going on from what the trace shows before it."""
    oracles: dict[str, OptimizerOracle] = {}
    given = gradients(case, rows)
    held = None  # the state in the caller's hands, which no call but these three may change
    staying: dict[str, dict[int, np.ndarray]] = {}  # by field and call
    for index, (call, moment) in enumerate(zip(case.calls, trace.moments, strict=False)):
        match call.do:
            case "new":
                oracles[call.on] = OptimizerOracle(case.subject, call, rows, rows.of(list(case.params)), choice)
            case "resume":
                params = oracles[call.value[0]].params
                oracles[call.on] = OptimizerOracle(case.subject, call, rows, params, choice)
        oracle = oracles[call.on]
        stays = {"params": oracle.params, **oracle.buffers}
        match call.do:
            # giving out gradients and setting attributes runs no code of the student's that could change anything else
            case "gradients":
                oracle.gradient, oracle.has_gradient = given[index]
                stays = {}
            case "load":
                oracle.params = rows.of(call.value)
                stays = {}
            case "set":
                oracle.settings = {**oracle.settings, call.value[0]: call.value[1]}
                stays = {}
            case "step" if case.subject != "Optimizer":
                oracle.step(index, moment)
                stays = {}
            case "steps":  # nobody looked at them, and so nobody knows where each began
                oracle.count(call.value)
                stays = {}
            case "get_momentum_state":
                held = oracle.buffers.get("momentum_buffers")
            case "put":
                held = rows.of(moment.held)
                if held is not None and oracle.buffers and not moment.raised:
                    stays = {"momentum_buffers": held}
            case "overwrite":
                held = rows.of(moment.held)
        for name, row in (stays if held is None else {**stays, "held": held}).items():
            staying.setdefault(name, {})[index] = row
        if call.do != "gradients":  # after that a trace shows what it showed before
            oracle.trust(moment)
    stepped = [expected for oracle in oracles.values() for expected in oracle.steps()]
    return stepped + [unchanged(name, stays) for name, stays in staying.items()]


def unchanged(name: str, stays: dict[int, np.ndarray]) -> Expected:
    """Values that are to be what they are."""
    value = np.array(list(stays.values()))
    size = np.abs(value)
    return Expected(name, list(stays), value, ROUNDING * size + TINY, np.zeros_like(size), size >= 0)
