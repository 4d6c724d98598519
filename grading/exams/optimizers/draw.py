"""Draw the parameters, gradients and calls of cases."""

from itertools import accumulate, pairwise

import numpy as np
from diagnosis.case import Call, Case

SIZES = (1e-4, 1.0, 30.0)  # of gradients: some clip large ones, or are careless with small ones
TENS_OF_STEPS = 13  # in a long run: somebody may stop correcting after a hundred


def shapes(rng: np.random.Generator, scalar: bool = True) -> tuple[tuple[int, ...], ...]:
    """Draw shapes from a scalar to three axes, with other lengths for each student."""
    n, k, *cube = (int(length) for length in rng.integers(2, 5, 5))
    return (((),) if scalar else ()) + ((n,), (k, k), tuple(cube))


class Draw:
    """Draws parameters and gradients of several shapes; one parameter is float64."""

    def __init__(self, rng: np.random.Generator, of=None) -> None:
        self.rng = rng
        self.params = tuple(
            self.signed(shape, 0.5, 2.0).astype(np.float64 if i == 1 else np.float32)
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

    def gradients(self, missing=(), zero=(), sizes=(1.0,), turn=0) -> Call:
        """Draw a gradient for each parameter that is not `missing`: a Tensor for some, an array for others.

        Those in `zero` are exactly zero, and the others are multiplied by one of `sizes` each, by another in each turn.
        """
        kinds = self.rng.permutation(2 * len(self.params)) % 2
        factors = [0.0 if i in zero else sizes[(i + turn) % len(sizes)] for i in range(len(self.params))]
        values = [
            (("Tensor", "array")[kind], np.asarray(factor * numbers))
            for kind, factor, numbers in zip(kinds, factors, self.each(0.2, 3.0), strict=False)
        ]
        return Call("gradients", [None if i in missing else value for i, value in enumerate(values)])

    def between(self, low: float, high: float) -> float:
        return float(np.round(self.rng.uniform(low, high), 4))

    def case(self, subject: str, *calls: Call) -> Case:
        return Case(subject, self.params, calls)

    def steps(
        self, subject: str, settings: dict, count: int, schedule=False, zero=(), sizes=(1.0,), load=False
    ) -> Case:
        """Make a case of steps with new gradients; with a schedule, the learning rate changes from the third on.

        Each is at least twice the first, so that a step with the first is plainly too short. The parameters in `zero`
        have a gradient of zero in every third step. With `load`, new values are loaded before the last step.
        """
        calls = [Call("new", ((), settings))]
        for i in range(count):
            if schedule and i >= 2:
                calls.append(Call("set", ("lr", settings.get("lr", 0.05) * self.between(2.0, 4.0))))
            if load and i == count - 1:
                new = zip(self.each(0.5, 2.0), self.params, strict=True)
                calls.append(Call("load", [values.astype(param.dtype) for values, param in new]))
            calls += [self.gradients(zero=zero if i % 3 == 2 else (), sizes=sizes, turn=i), Call("step")]
        return self.case(subject, *calls)

    def long_run(self, subject: str, settings: dict) -> Case:
        """Make a case of many steps: every ten share a gradient, and only the first of them is looked at."""
        blocks = [[self.gradients(), Call("step"), Call("steps", 9)] for _ in range(TENS_OF_STEPS)]
        return self.case(subject, Call("new", ((), settings)), *(call for block in blocks for call in block))

    def missing(self, subject: str, settings: dict) -> Case:
        """Make a case in which gradients are missing, and one gradient serves for two steps."""
        calls = [Call("new", ((), settings))]
        for missing in ((0, 3), (1,), (0, 2, 3), (), (3,), (0, 1, 2, 3), (2, 3)):
            calls += [self.gradients(missing=missing), Call("step")]
        # the last gradient serves for two steps: nobody may have kept or changed the array
        calls += [Call("zero_grad"), self.gradients(missing=(1,)), Call("step"), Call("step")]
        return self.case(subject, *calls)
