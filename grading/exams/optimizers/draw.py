"""Draw the parameters, gradients and calls of cases."""

from dataclasses import replace
from itertools import accumulate, pairwise
from math import prod

import numpy as np
from diagnosis.case import Call, Case

SIZES = (1e-4, 1.0, 30.0, 1e5)  # of gradients: some clip large ones, or are careless with small ones
HUGE = 1e12  # of a gradient: no limit that anybody clips at is larger
SPREAD = (1e-3, 1.0, 50.0)  # of parameters: some let only large ones decay
UNSEEN = (9, 19, 29, 49)  # steps in a long run that nobody looks at: somebody may stop correcting after a hundred
LATE = (1_100, 10_000)  # counts of steps by which somebody may have begun to go by another rule
LARGE = ((1030,), (40, 30))  # shapes: somebody may come no further than the first hundred or thousand numbers


def shapes(rng: np.random.Generator, scalar: bool = False) -> tuple[tuple[int, ...], ...]:
    """Draw shapes from one axis to four, with other lengths for each student.

    Two are alike: nobody may keep a state under a shape. With `scalar`, the first has no axis at all.
    """
    n, k, *block = (int(length) for length in rng.integers(2, 5, 4))
    return (((),) if scalar else ()) + ((n,), (k, k), (*block, 1, 2), (n,))


class Draw:
    """Draws parameters and gradients of several shapes; one parameter is float64.

    Parameters
    ----------
    rng : Generator
    of : tuple of shapes, optional
    spread : tuple of float
        The numbers of the parameters are multiplied by one of these each, so that each parameter has of all.
    """

    def __init__(self, rng: np.random.Generator, of=None, spread=(1.0,)) -> None:
        self.rng = rng
        self.params = tuple(
            np.asarray(self.signed(shape, 0.5, 2.0) * self.mixed(spread, shape), np.float64 if i == 1 else np.float32)
            for i, shape in enumerate(of or shapes(rng))
        )
        self.parts = [slice(*ends) for ends in pairwise(accumulate((p.size for p in self.params), initial=0))]

    def signed(self, shape, low: float, high: float) -> np.ndarray:
        """Draw numbers of both signs whose absolute value is between low and high."""
        drawn = self.rng.uniform(-1.0, 1.0, shape)
        return np.asarray(np.copysign(low + (high - low) * np.abs(drawn), drawn))

    def each(self, low: float, high: float) -> list[np.ndarray]:
        """Draw such numbers for every parameter, in one call."""
        row = self.signed(self.parts[-1].stop, low, high)
        return [row[part].reshape(param.shape) for part, param in zip(self.parts, self.params, strict=True)]

    def gradients(self, missing=(), zero=(), sizes=(1.0,), turn=0, sparse=False, arrays=False) -> Call:
        """Draw a gradient for each parameter that is not `missing`: a Tensor, or with `arrays` an array for some.

        Those in `zero` are exactly zero, and the others are multiplied by one of `sizes` each, by another in each turn.
        With `sparse`, half of the numbers of each are zero.
        """
        kinds = self.rng.permutation(2 * len(self.params)) % 2 if arrays else [0] * len(self.params)
        factors = [0.0 if i in zero else sizes[(i + turn) % len(sizes)] for i in range(len(self.params))]
        drawn = self.each(0.2, 3.0)
        if sparse:
            drawn = [numbers * self.mixed((0.0, 1.0), numbers.shape) for numbers in drawn]
        values = [
            (("Tensor", "array")[kind], np.asarray(factor * numbers, param.dtype))
            for kind, factor, numbers, param in zip(kinds, factors, drawn, self.params, strict=False)
        ]
        return Call("gradients", [None if i in missing else value for i, value in enumerate(values)])

    def load(self) -> Call:
        """Draw new values of the parameters."""
        new = zip(self.each(0.5, 2.0), self.params, strict=True)
        return Call("load", [values.astype(param.dtype) for values, param in new])

    def mixed(self, values: tuple[float, ...], shape) -> np.ndarray:
        """Draw from some values so that each comes as often as the others."""
        size = prod(shape)
        return self.rng.permutation((list(values) * (size // len(values) + 1))[:size]).reshape(shape)

    def between(self, low: float, high: float) -> float:
        return float(np.round(self.rng.uniform(low, high), 4))

    def case(self, subject: str, *calls: Call) -> Case:
        return Case(subject, self.params, calls)

    def steps(
        self, subject: str, settings: dict, count: int, schedule=False, zero=(), sizes=(1.0,), load=False, sparse=False
    ) -> Case:
        """Make a case of steps with new gradients; with a schedule, the learning rate changes from the third on.

        Each is at least twice the first, so that a step with the first is plainly too short; the very last one is zero.
        The parameters in `zero` have a gradient of zero in every third step. With `load`, new values are loaded before
        the last step. With `sparse`, gradients have zeros in them from the second step on.
        """
        calls = [Call("new", ((), settings))]
        for i in range(count):
            if schedule and i >= 2:
                calls.append(Call("set", ("lr", settings.get("lr", 0.05) * self.between(2.0, 4.0))))
            if load and i == count - 1:
                calls.append(self.load())
            calls.append(self.gradients((), zero if i % 3 == 2 else (), sizes, i, sparse and i > 0))
            calls.append(Call("step"))
        if schedule:
            calls += [Call("set", ("lr", 0.0)), self.gradients(), Call("step")]
        return self.case(subject, *calls)

    def long_run(self, subject: str, settings: dict) -> Case:
        """Make a case of more than a hundred steps, most of them unseen, then of `late_steps` from new values."""
        calls = [Call("new", ((), settings))]
        for unseen in UNSEEN:
            calls += [self.gradients(), Call("step"), Call("steps", unseen)]
        return self.case(subject, *calls, self.load(), *self.late_steps())

    def late_run(self, subject: str, settings: dict) -> Case:
        """Make a case of `late_steps`."""
        return self.case(subject, Call("new", ((), settings)), *self.late_steps())

    def late_steps(self) -> list[Call]:
        """A step, others at larger counts of steps, and one with huge gradients."""
        calls = [self.gradients(), Call("step")]
        for count in LATE:
            calls += [Call("set", ("step_count", count)), self.gradients(), Call("step")]
        return [*calls, self.gradients(sizes=(HUGE,)), Call("step")]

    def two_alive(self, subject: str, settings: dict) -> Case:
        """Make a case of two optimizers that take turns, the second on copies of the first one's parameters.

        At the end gradients are cleared, which is no reason to forget a state.
        """
        first, second, third = (self.gradients() for _ in range(3))
        return self.case(
            subject, Call("new", ((), settings)), first, Call("step"), Call("resume", ("a", settings), on="b"),
            replace(second, on="b"), Call("step", on="b"), third, Call("step"), Call("zero_grad"),
        )  # fmt: skip

    def missing(self, subject: str, settings: dict) -> Case:
        """Make a case in which gradients are missing or arrays, and one gradient serves for two steps.

        At the end a second optimizer is made for the same parameters, which have gradients then.
        """
        calls, everything = [Call("new", ((), settings))], tuple(range(len(self.params)))
        for missing in ((0, 3), (1,), (0, 2, 3), (), (3,), everything, (2, 3)):
            calls += [self.gradients(missing, arrays=True), Call("step")]
        # the last gradient serves for two steps: nobody may have kept or changed the array
        calls += [
            self.gradients((1,), arrays=True),
            Call("step"),
            Call("step"),
            self.load(),  # whatever the steps have made of the values
            Call("beside", ("a", settings), on="b"),
        ]
        return self.case(subject, *calls)
