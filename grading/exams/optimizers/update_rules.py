"""What a step of an optimizer must do, in float64, written from the papers' formulas.

All arrays are rows (see ``rows``), and many steps are worked out in one go, a row for each.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from diagnosis.trace import Moment

from .rows import Rows

ROUNDING = 8e-5  # of the size of the terms that a value is summed from; float32 rounding is a hundredth of it
TINY = 1e-12
CHANGED = "has changed, and should not have"
LONGEST_STEP = 100  # learning rates; no right average makes a longer step of Adam


@dataclass(frozen=True)
class Behavior:
    """One right behavior, where two are right: what bias correction counts, and when AdamW decays."""

    counts: str = "calls"  # or "gradients": how often this very parameter had one
    decay: str = "after"  # or "before" the step


@dataclass(frozen=True)
class Expected:
    """What must be seen of all parameters after some calls, in one field. Arrays have a row for each call.

    Attributes
    ----------
    field : str
        The name of a numeric field (see ``observations``).
    calls : list of int
        Their indices.
    value : ndarray of float64
    tolerance : ndarray of float64
        How far off is still right.
    step : ndarray of float64
        What the call should have changed, to say how far off something is.
    kept : ndarray of bool
        Which values are to stay as they were, because the parameter had no gradient or the call moves nothing.
    problems : dict of int to str
        What to say of a value that was to stay and did not, by the index of the call, where that is not `CHANGED`.
    alternative : callable or None
        Makes another Expected of the same calls that is as right; it is asked only where this one does not fit.
    """

    field: str
    calls: list[int]
    value: np.ndarray
    tolerance: np.ndarray
    step: np.ndarray
    kept: np.ndarray
    problems: dict[int, str] = field(default_factory=dict)
    alternative: Callable[[], "Expected"] | None = None


@dataclass(frozen=True)
class Start:
    """What a call of step() starts from, and what the trace shows after it.

    Attributes
    ----------
    call : int
        Its index.
    settings : dict
    params : ndarray
    buffers : dict of str to ndarray
        What the trace shows before the call.
    gradient, has_gradient : ndarray
    count : int or ndarray
        What bias correction counts.
    after : Moment
    put : ndarray or None
        The velocity that was put in since the step before, if one was.
    unseen : int
        How many steps were made since then that nobody looked at.
    is_trusted : bool
        Whether only steps have changed the buffers that the trace shows.
    """

    call: int
    settings: dict
    params: np.ndarray
    buffers: dict[str, np.ndarray]
    gradient: np.ndarray
    has_gradient: np.ndarray
    count: int | np.ndarray
    after: Moment
    put: np.ndarray | None = None
    unseen: int = 0
    is_trusted: bool = True


class Steps:
    """Some calls of step() of one optimizer, worked out together.

    What a trace shows after a call is what the next one starts from. So all starts are known when the trace is, and
    what the steps must do is worked out for all of them in one go. Of the parameters, two things are right: what
    follows from the buffers that the trace shows, and what follows from those that it would have to show. So whoever
    keeps wrong averages pays for the averages, and not once more for the step; and whoever keeps them in a place that
    nobody looks at pays for the place.
    """

    def __init__(self, subject: str, behavior: Behavior, rows: Rows, starts: list[Start]) -> None:
        self.subject, self.behavior, self.rows, self.starts = subject, behavior, rows, starts
        self.calls = [start.call for start in starts]
        self.params, self.gradient = self.stack("params"), self.stack("gradient")
        self.has_gradient = self.stack("has_gradient")
        self.lr, self.weight_decay = self.setting("lr"), self.setting("weight_decay")

    def expected(self, fields: frozenset[str]) -> list[Expected]:
        """What must be seen after the steps, in these fields and perhaps in others."""
        return self.sgd() if self.subject == "SGD" else self.adam(fields)

    def stack(self, name: str) -> np.ndarray:
        """An attribute of all starts, a row for each."""
        return np.array([getattr(start, name) for start in self.starts])

    def buffer(self, name: str) -> np.ndarray:
        return np.array([start.buffers[name] for start in self.starts])

    def setting(self, name: str) -> np.ndarray:
        """A setting as a column; betas as two of them."""
        return np.array([start.settings[name] for start in self.starts]).T[..., np.newaxis]

    def sgd(self) -> list[Expected]:
        """Sutskever et al. (2013), with the learning rate outside the velocity; L2 penalty in the gradient."""
        direction, size = self.penalized_gradient()
        if not self.starts[0].buffers:
            return [self.sgd_params(direction, size)]
        old, momentum = self.buffer("momentum_buffers"), self.setting("momentum")
        faded = momentum * old
        velocity, velocity_size = faded + direction, np.abs(faded) + size

        def from_own_velocity() -> Expected:
            return self.sgd_params(self.own_velocities(), velocity_size)

        return [
            self.changed("momentum_buffers", old, velocity, velocity_size, velocity - old),
            replace(self.sgd_params(velocity, velocity_size), alternative=from_own_velocity),
        ]

    def own_velocities(self) -> np.ndarray:
        """The velocity after each step that the gradients of the case lead to, whatever the trace shows."""
        return self.follow(self.setting("momentum"), self.penalized_gradient()[0])

    def sgd_params(self, direction: np.ndarray, size: np.ndarray) -> Expected:
        """Where the parameters of SGD go along a direction."""
        p, lr = self.params, self.lr
        return self.changed("params", p, p - lr * direction, np.abs(p) + lr * size, lr * direction)

    def adam(self, fields: frozenset[str]) -> list[Expected]:
        """Kingma & Ba (2015), algorithm 1; Loshchilov & Hutter (2019) for the decay of AdamW."""
        g, size = self.adam_gradient
        (beta1, beta2) = self.betas
        m = self.average("m_buffers", beta1, (1 - beta1) * g, (1 - beta1) * size)
        v = self.average("v_buffers", beta2, (1 - beta2) * g * g, (1 - beta2) * size**2)
        return [m, v, self.adam_params(m.value, v.value)] if "params" in fields else [m, v]

    @cached_property
    def adam_gradient(self) -> tuple[np.ndarray, np.ndarray]:
        """What the averages take in, and the size of its terms."""
        return self.penalized_gradient() if self.subject == "Adam" else (self.gradient, np.abs(self.gradient))

    @cached_property
    def own_averages(self) -> tuple[np.ndarray, np.ndarray]:
        """The two averages after each step that the gradients of the case lead to, whatever the trace shows."""
        (g, _), (beta1, beta2) = self.adam_gradient, self.betas
        return self.follow(beta1, (1 - beta1) * g), self.follow(beta2, (1 - beta2) * g * g)

    def follow(self, fade: np.ndarray, new: np.ndarray) -> np.ndarray:
        """What a buffer must hold after each step if it starts at zero, fades by `fade` and takes in `new`.

        After steps that nobody saw, it is nan where these depend on how the parameters moved meanwhile.
        """
        now, found = self.rows.zeros(), []
        for i, start in enumerate(self.starts):
            if start.unseen:
                faded = fade[i - 1] ** start.unseen
                grown = faded * now + new[i - 1] * (1 - faded) / (1 - fade[i - 1])
                now = np.where(self.has_gradient[i - 1], grown if not self.weight_decay[i].any() else np.nan, now)
            if start.put is not None:
                now = start.put
            now = np.where(self.has_gradient[i], fade[i] * now + new[i], now)
            found.append(now)
        return np.array(found)

    def penalized_gradient(self) -> tuple[np.ndarray, np.ndarray]:
        """The gradient with the L2 penalty, and the size of both terms."""
        penalty = self.weight_decay * self.params
        return self.gradient + penalty, np.abs(self.gradient) + np.abs(penalty)

    def average(self, name: str, beta: np.ndarray, new: np.ndarray, size: np.ndarray) -> Expected:
        """A running average that fades by `beta` and takes in `new`."""
        old = self.buffer(name)
        faded = beta * old
        return self.changed(name, old, faded + new, np.abs(faded) + size, new)

    def adam_params(self, m: np.ndarray, v: np.ndarray) -> Expected:
        """Where the parameters of Adam and AdamW go: from the averages that the trace shows, or else from its own.

        Parameters
        ----------
        m, v : ndarray
            What the averages must be after the steps, by what the trace shows before.
        """
        p = self.params
        step, right = self.adam_step(self.shown("m_buffers"), self.shown("v_buffers")), self.adam_step(m, v)
        # Averages of next to nothing lead to no step, and so would have any rule look right. They count for nothing.
        visible = 3 * ROUNDING * (np.abs(p) + np.abs(right))
        step = np.where((np.abs(step) < visible) & (np.abs(right) > 10 * visible), right, step)

        def from_own_averages() -> Expected:
            return self.adam_moved(self.adam_step(*self.own_averages))

        # Beside a huge step, any decay looks right. The averages of no gradient lead to one.
        untrue = np.isnan(step) | (np.abs(step) > LONGEST_STEP * self.lr)
        untrue |= ~np.array([[start.is_trusted] for start in self.starts])
        if untrue.any():
            step = np.where(untrue, self.adam_step(*self.own_averages), step)
        return replace(self.adam_moved(step), alternative=from_own_averages)

    def adam_moved(self, step: np.ndarray) -> Expected:
        """Where a step leads to, with the decay of AdamW."""
        p = self.params
        new = p - step
        if self.subject == "AdamW":
            shrunk = 1 - self.lr * self.weight_decay
            new = (p - step) * shrunk if self.behavior.decay == "after" else p * shrunk - step
        return self.changed("params", p, new, np.abs(p) + np.abs(step), new - p)

    def adam_step(self, m: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The step that Adam makes of two averages, with bias correction."""
        correction1, correction2 = self.corrections
        return self.lr * (m / correction1) / (np.sqrt(np.maximum(v, 0) / correction2) + self.eps)

    @cached_property
    def betas(self) -> np.ndarray:
        return self.setting("betas")

    @cached_property
    def eps(self) -> np.ndarray:
        return self.setting("eps")

    @cached_property
    def corrections(self) -> tuple[np.ndarray, np.ndarray]:
        """What bias correction divides the two averages by."""
        t, (beta1, beta2) = self.stack("count").reshape(len(self.starts), -1), self.betas
        return 1 - beta1**t, 1 - beta2**t

    def shown(self, name: str) -> np.ndarray:
        """The averages that the trace shows after each step; nan where it shows none, or what none can be."""
        flatten, nothing = self.rows.flatten_stretched, self.rows.nothing
        seen = np.array([flatten(start.after.buffers.get(name), nothing) for start in self.starts])
        return np.where(np.abs(seen) <= self.largest, seen, np.nan)

    @cached_property
    def largest(self) -> np.ndarray:
        """More than any average can be after each step, right or wrong: the sum of all that it can take in.

        One that serves a whole parameter can take in all of it.
        """
        _, size = self.adam_gradient
        steps = np.cumsum([1 + start.unseen for start in self.starts])[:, np.newaxis]
        taken_in = np.cumsum(size + size**2, axis=0)
        return steps * np.repeat(np.add.reduceat(taken_in, self.rows.begins, axis=1), self.rows.sizes, axis=1)

    def changed(self, name: str, before: np.ndarray, value: np.ndarray, size: np.ndarray, step: np.ndarray) -> Expected:
        """What the steps make of a field; without a gradient, nothing."""
        has = self.has_gradient
        value, size = np.where(has, value, before), np.where(has, size, np.abs(before))
        return Expected(name, self.calls, value, ROUNDING * size + TINY, step, ~has)


def unchanged(name: str, rows_by_call: dict[int, np.ndarray], problems: dict[int, str]) -> Expected:
    """Values of a field that are to stay as they were.

    Parameters
    ----------
    name : str
    rows_by_call : dict of int to ndarray
        The row that is to stay, by the index of the call.
    problems : dict of int to str
        What to say if it did not; see Expected.
    """
    value = np.array(list(rows_by_call.values()))
    size = np.abs(value)
    tolerance, step = ROUNDING * size + TINY, np.zeros(size.shape)
    return Expected(name, list(rows_by_call), value, tolerance, step, size >= 0, problems)
