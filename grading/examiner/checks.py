"""The checks: what is asked about each class, with which cases, and what of the answer counts.

Each check is built to see one thing. The averages of Adam are checked without decay; epsilon and decay are checked with
betas of zero, where bias correction changes nothing; a missing gradient is checked by what must stay as it is. So a
mistake costs its own check and few others.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
from diagnosis.case import Call, Case

SIZES = (1e-4, 1.0, 30.0)  # of gradients: some clip large ones, or are careless with small ones
TENS_OF_STEPS = 13  # in a long run: somebody may stop correcting after a hundred


def shapes(rng: np.random.Generator, scalar: bool = True) -> tuple[tuple[int, ...], ...]:
    """From a scalar to three axes, the matrix square, and of other lengths for every student."""
    n, k, *cube = (int(length) for length in rng.integers(2, 5, 5))
    return (((),) if scalar else ()) + ((n,), (k, k), tuple(cube))


@dataclass(frozen=True)
class Check:
    """A named question about a class.

    Attributes
    ----------
    name : str
        Such as ``"adam.bias_correction"``.
    subject : str
        The class.
    about : str
        What it asks, for the class report.
    cases : callable
        Draws its cases from a random generator; one that is to be looked at in its own way is wrapped in Looking.
    fields : frozenset of str
        What of a trace counts; see ``observations``. Exceptions count in every check.
    """

    name: str
    subject: str
    about: str
    cases: Callable[[np.random.Generator], list[Case]]
    fields: frozenset[str]


@dataclass(frozen=True)
class Looking:
    """A case of which other fields count than those of its check."""

    case: Case
    fields: frozenset[str]


CHECKS: dict[str, Check] = {}


def check(name: str, subject: str, about: str, *fields: str):
    """Decorator: the function below draws the cases of this check."""

    def register(cases):
        CHECKS[name] = Check(name, subject, about, cases, frozenset(fields))
        return cases

    return register


def seed_of(*parts: str) -> int:
    """A seed made of names, the same on every machine: two students get different numbers, a regrade the same ones."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "little")


class Draw:
    """Draws parameters and gradients of several shapes, one parameter of them in float64."""

    def __init__(self, rng: np.random.Generator, of=None) -> None:
        self.rng = rng
        self.params = tuple(
            self.signed(shape, 0.5, 2.0).astype(np.float64 if i == 1 else np.float32)
            for i, shape in enumerate(of or shapes(rng))
        )
        self.parts = [slice(*ends) for ends in pairwise(accumulate((p.size for p in self.params), initial=0))]

    def signed(self, shape, low: float, high: float) -> np.ndarray:
        """Numbers whose size is between low and high, so that none is too small to matter."""
        drawn = self.rng.uniform(-1.0, 1.0, shape)
        return np.asarray(np.copysign(low + (high - low) * np.abs(drawn), drawn))

    def each(self, low: float, high: float) -> list[np.ndarray]:
        """The same for every parameter; drawn in one go, since what costs is the call."""
        row = self.signed(self.parts[-1].stop, low, high)
        return [row[part].reshape(param.shape) for part, param in zip(self.parts, self.params, strict=True)]

    def gradients(self, missing=(), zero=(), sizes=(1.0,), turn=0) -> Call:
        """A gradient for every parameter but those in `missing`, as a Tensor for some and an array for others.

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
        """Steps with a new gradient each; with a schedule, every step from the third on has a new learning rate too.

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
        """Many steps, with a new gradient for every ten of them; only the first of the ten is looked at."""
        blocks = [[self.gradients(), Call("step"), Call("steps", 9)] for _ in range(TENS_OF_STEPS)]
        return self.case(subject, Call("new", ((), settings)), *(call for block in blocks for call in block))

    def missing(self, subject: str, settings: dict) -> Case:
        """Gradients that are missing first, in the middle, or for good; zero_grad between steps; one gradient twice."""
        calls = [Call("new", ((), settings))]
        for missing in ((0, 3), (1,), (0, 2, 3), (), (3,), (0, 1, 2, 3), (2, 3)):
            calls += [self.gradients(missing=missing), Call("step")]
        # the last gradient serves for two steps: nobody may have kept or changed the array
        calls += [Call("zero_grad"), self.gradients(missing=(1,)), Call("step"), Call("step")]
        return self.case(subject, *calls)


# --- Optimizer ---------------------------------------------------------------------------------------------------


@check("optimizer.zero_grad", "Optimizer", "zero_grad() clears every gradient", "cleared")
def _(rng):
    draw = Draw(rng, shapes(rng) * 2)
    missing = (0, int(rng.integers(1, 7)))  # a loop that stops there reaches nothing
    return [
        draw.case("Optimizer", Call("new", ((), {})), draw.gradients(), Call("zero_grad"), Call("zero_grad")),
        draw.case("Optimizer", Call("new", ((), {})), draw.gradients(missing=missing), Call("zero_grad")),
    ]


@check(
    "optimizer.interface",
    "Optimizer",
    "the base class keeps the parameters, moves none, and leaves step() to others",
    "params", "kept", "same_params", "step_count",
)  # fmt: skip
def _(rng):
    draw = Draw(rng)
    new, step = Call("new", ((), {})), Call("step")
    return [draw.case("Optimizer", new, draw.gradients(), step, Call("zero_grad"), step)]


# --- SGD ---------------------------------------------------------------------------------------------------------


def defaults(subject: str, other: Callable[[Draw], tuple]) -> Callable:
    """Cases that ask for the signature: all defaults, and all arguments by position."""

    def cases(rng):
        draw = Draw(rng)
        return [
            draw.case(subject, Call("new", ((), {})), draw.gradients(), Call("step")),
            draw.case(subject, Call("new", (other(draw), {})), draw.gradients(), Call("step")),
        ]

    return cases


check("sgd.defaults", "SGD", "SGD's arguments, their order and defaults", "signature", "settings")(
    defaults("SGD", lambda draw: (draw.between(0.1, 0.5), draw.between(0.3, 0.8), draw.between(0.1, 0.5)))
)


@check("sgd.step", "SGD", "a plain step goes against the gradient, by lr times its size", "params", "same_params")
def _(rng):
    draw = Draw(rng)
    settings = {"lr": draw.between(0.1, 0.3)}
    return [
        draw.steps("SGD", {}, 3, schedule=True),
        draw.steps("SGD", settings, 5, schedule=True, sizes=SIZES, load=True),
        Draw(rng, ((2,),)).steps("SGD", settings, 24),
    ]


@check("sgd.momentum", "SGD", "the velocity fades, takes in all of the gradient, and moves the parameter",
       "params", "momentum_buffers")  # fmt: skip
def _(rng):
    draw = Draw(rng)
    return [
        draw.steps("SGD", {"lr": 0.05, "momentum": 0.9}, 4),
        draw.steps("SGD", {"lr": 0.1, "momentum": draw.between(0.5, 0.8)}, 6, schedule=True, zero=(0, 2), sizes=SIZES),
        Draw(rng, ((2,),)).steps("SGD", {"lr": 0.05, "momentum": draw.between(0.5, 0.9)}, 24),
    ]


@check("sgd.weight_decay", "SGD", "weight decay is part of the gradient, and of the velocity",
       "params", "momentum_buffers")  # fmt: skip
def _(rng):
    draw = Draw(rng)
    decay = draw.between(0.2, 0.6)
    return [
        draw.steps("SGD", {"lr": draw.between(0.2, 0.4), "weight_decay": decay}, 2),
        draw.steps("SGD", {"lr": 0.2, "momentum": draw.between(0.5, 0.8), "weight_decay": decay}, 3),
    ]


GRADIENT_FIELDS = ("kept", "moves", "grads", "dtype", "step_count", "same_params")


@check("sgd.gradients", "SGD", "what has no gradient stays as it is; gradients are read, not written; types are kept",
       *GRADIENT_FIELDS)  # fmt: skip
def _(rng):
    draw = Draw(rng)
    momentum = {"lr": 0.1, "momentum": 0.8}
    return [
        draw.missing("SGD", {"lr": 0.1}),
        draw.missing("SGD", {**momentum, "weight_decay": 0.3}),
        # the first gradient again: nobody may have taken its array for the velocity
        draw.case("SGD", Call("new", ((), momentum)), draw.gradients(), Call("step"), Call("step")),
    ]


@check("sgd.get_state", "SGD", "the state can be taken out, as a copy", "returned", "held", "kept")
def _(rng):
    draw = Draw(rng, shapes(rng, scalar=False))
    settings = {"lr": 0.1, "momentum": draw.between(0.5, 0.9)}
    get, overwrite = Call("get_momentum_state"), Call("overwrite", 99.0)
    return [
        draw.case("SGD", Call("new", ((), {"lr": 0.1})), Call("has_momentum"), get,
                  draw.gradients(), Call("step"), get),
        draw.case(
            "SGD", Call("new", ((), settings)), Call("has_momentum"), get, draw.gradients(missing=(2,)), Call("step"),
            get, draw.gradients(), Call("step"), get, overwrite, draw.gradients(), Call("step"), get,
        ),
    ]  # fmt: skip


@check("sgd.set_state", "SGD", "the state can be put in, as a copy, whole or not at all",
       "kept", "held", "twin", "returned", "dtype")  # fmt: skip
def _(rng):
    draw = Draw(rng, shapes(rng, scalar=False))
    settings = {"lr": 0.1, "momentum": draw.between(0.5, 0.9)}
    state = draw.each(0.5, 2.0)

    def misshapen(i, shape):
        return [np.ones(shape) if i == j else draw.signed(p.shape, 3.0, 4.0) for j, p in enumerate(draw.params)]

    side = draw.params[1].shape[0]
    started = [Call("new", ((), settings)), draw.gradients(missing=(2,)), Call("step")]
    last = draw.gradients()
    return [
        draw.case("SGD", *started, Call("put", state), Call("overwrite", 99.0), Call("put", None)),
        draw.case("SGD", *started, Call("put", state[:-1])),
        draw.case("SGD", *started, Call("put", [*state, np.ones(2)])),
        draw.case("SGD", *started, Call("put", misshapen(2, (5,)))),
        draw.case("SGD", *started, Call("put", misshapen(1, (side * side,)))),  # as many numbers
        draw.case("SGD", *started, Call("put", misshapen(1, (1, side)))),  # it would be broadcast
        draw.case("SGD", *started, Call("put", state), last, Call("step")),
        draw.case("SGD", Call("new", ((), {"lr": 0.1})), Call("resume", ("a", {"lr": 0.1}), on="b"),
                  Call("put", state, on="b"), Call("has_momentum", on="b"), Call("put", None, on="b"),
                  last, Call("step"), replace(last, on="b"), Call("step", on="b")),
        draw.case("SGD", *started, Call("get_momentum_state"), Call("resume", ("a", settings), on="b"),
                  Call("put", "got", on="b"), last, Call("step"), replace(last, on="b"), Call("step", on="b")),
    ]  # fmt: skip


# --- Adam and AdamW ----------------------------------------------------------------------------------------------


def betas(draw: Draw) -> tuple[float, float]:
    return draw.between(0.5, 0.85), draw.between(0.9, 0.98)


NO_MEMORY = (0.0, 0.0)  # m is the gradient, v its square, and bias correction divides by one


def other_arguments(draw: Draw) -> tuple:
    return draw.between(0.1, 0.5), betas(draw), draw.between(0.01, 0.1), draw.between(0.1, 0.5)


for subject in ("Adam", "AdamW"):
    check(f"{subject.lower()}.defaults", subject, f"{subject}'s arguments, their order and defaults",
          "signature", "settings")(defaults(subject, other_arguments))  # fmt: skip

    @check(f"{subject.lower()}.gradients", subject,
           "what has no gradient stays as it is; gradients are read, not written; types are kept",
           *GRADIENT_FIELDS)  # fmt: skip
    def _(rng, subject=subject):
        return [Draw(rng).missing(subject, {"lr": 0.1, "weight_decay": 0.3})]


@check("adam.moments", "Adam", "the two averages, of the gradient and of its square", "m_buffers", "v_buffers")
def _(rng):
    draw = Draw(rng)
    return [
        draw.steps("Adam", {"lr": 0.1, "betas": betas(draw)}, 6, zero=(0, 2), sizes=SIZES),
        draw.steps("Adam", {}, 3),
    ]


@check("adam.bias_correction", "Adam", "each average is corrected for its start at zero", "params")
def _(rng):
    draw = Draw(rng)
    late = draw.missing("Adam", {"lr": 0.2, "betas": betas(draw)})
    return [
        draw.steps("Adam", {"lr": 0.1}, 8, schedule=True),
        draw.steps("Adam", {"lr": 0.1, "betas": betas(draw)}, 5, schedule=True, sizes=(1.0, 30.0), load=True),
        late,
        Draw(rng, ((2,),)).long_run("Adam", {"lr": 0.1}),
    ]


@check("adam.epsilon", "Adam", "epsilon is added to the root, not under it", "params")
def _(rng):
    draw = Draw(rng)
    settings = {"lr": 0.3, "eps": draw.between(0.3, 0.8)}
    return [
        draw.steps("Adam", {**settings, "betas": NO_MEMORY}, 2),
        draw.steps("Adam", {**settings, "betas": betas(draw), "eps": draw.between(1.0, 1.5)}, 2),
    ]


# Sizes of gradients that no decay cancels: a sum near zero would show mistakes with epsilon too.
LARGER_THAN_DECAY = (8.0,)


@check("adam.weight_decay", "Adam", "weight decay is part of the gradient, and of both averages",
       "params", "m_buffers", "v_buffers")  # fmt: skip
def _(rng):
    draw = Draw(rng)
    settings = {"lr": 0.1, "weight_decay": draw.between(0.2, 0.6)}
    averages = frozenset({"m_buffers", "v_buffers"})
    return [
        draw.steps("Adam", {**settings, "betas": NO_MEMORY}, 3, sizes=LARGER_THAN_DECAY),
        Looking(draw.steps("Adam", {**settings, "betas": betas(draw)}, 3, sizes=LARGER_THAN_DECAY), averages),
    ]


def without_gradient(case: Case) -> Case:
    """The same case with gradients of zero."""
    zeros = [
        replace(call, value=[(kind, 0.0 * gradient) for kind, gradient in call.value])
        if call.do == "gradients"
        else call
        for call in case.calls
    ]
    return replace(case, calls=tuple(zeros))


@check("adamw.moments", "AdamW", "the averages are of the pure gradient", "m_buffers", "v_buffers")
def _(rng):
    draw = Draw(rng)
    decay = draw.between(0.2, 0.6)
    return [
        draw.steps("AdamW", {"lr": 0.1, "betas": betas(draw), "weight_decay": decay}, 6, zero=(0, 2), sizes=SIZES),
        draw.steps("AdamW", {}, 3),
    ]


@check("adamw.step", "AdamW", "without decay, AdamW is Adam", "params")
def _(rng):
    draw = Draw(rng)
    no_decay = {"lr": 0.1, "weight_decay": 0.0}
    late = draw.missing("AdamW", {**no_decay, "betas": betas(draw)})
    return [
        draw.steps("AdamW", no_decay, 8, schedule=True, load=True),
        draw.steps("AdamW", {**no_decay, "betas": betas(draw), "eps": draw.between(0.3, 0.8)}, 4),
        late,
        Draw(rng, ((2,),)).long_run("AdamW", no_decay),
    ]


@check("adamw.decay", "AdamW", "every step shrinks a parameter by the fraction lr * weight_decay", "params")
def _(rng):
    draw = Draw(rng)
    settings = {"betas": NO_MEMORY, "eps": draw.between(0.3, 0.8), "weight_decay": draw.between(0.5, 0.9)}
    still = draw.steps("AdamW", {"lr": 0.1, **settings, "betas": betas(draw)}, 12)
    return [
        draw.steps("AdamW", {"lr": 0.25, **settings}, 4, schedule=True),
        without_gradient(still),  # then nothing but decay moves a parameter, whatever the averages do
    ]
