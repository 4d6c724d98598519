"""The checks: what is asked about each class, with which cases, and what of the answer counts.

Each check is built to see one thing. The averages of Adam are checked without decay; epsilon and decay are checked with
betas of zero, where bias correction changes nothing; a missing gradient is checked by what must stay as it is. So a
mistake costs its own check and few others. For the same reason, what visible tests use is what most checks use:
parameters with axes, and gradients that are Tensors. Parameters without an axis, gradients that are arrays, and missing
gradients each have a check of their own in each class (``gradients``), and so have the names of buffers
(``buffer_names``). Where a mistake that belongs to one check cannot but show in another one, that one names it, and
does not count it (`presumes`).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from diagnosis.case import Call, Case

from .draw import LARGE, SIZES, SPREAD, Draw, shapes
from .judge import CaseWithFields, ClassCheck
from .presumed import AVERAGES, CORRECTIONS, COUNT, DIRECTIONS, STEPS

# What the checks look at, for students. They do not say what is right: that is for the hints to ask.
LABELS = {
    "optimizer.zero_grad": "zero_grad()",
    "optimizer.interface": "the base class itself",
    "sgd.defaults": "arguments and defaults",
    "sgd.step": "a plain step",
    "sgd.momentum": "momentum",
    "sgd.weight_decay": "weight decay",
    "sgd.gradients": "gradients, also missing",
    "sgd.get_state": "taking the state out",
    "sgd.set_state": "putting a state in",
    "adam.defaults": "arguments and defaults",
    "adam.moments": "the two averages",
    "adam.bias_correction": "bias correction",
    "adam.epsilon": "epsilon",
    "adam.weight_decay": "weight decay",
    "adam.gradients": "gradients, also missing",
    "adamw.defaults": "arguments and defaults",
    "adamw.step": "a step without decay",
    "adamw.decay": "decay",
    "adamw.moments": "the two averages",
    "adamw.gradients": "gradients, also missing",
}

# The methods that some checks are about, where the lesson has them in cells of their own.
METHODS = {
    "sgd.momentum": ("velocity",),
    "sgd.weight_decay": ("decayed",),
    "sgd.get_state": ("has_momentum", "get_momentum_state"),
    "sgd.set_state": ("set_momentum_state",),
    "adam.moments": ("averages",),
    "adam.bias_correction": ("corrected",),
}
# What a class seems to believe as long as the lesson's own methods stand there. Those of the state raise, and say so.
UNWRITTEN = {
    "sgd.momentum": "momentum.no_memory",
    "sgd.weight_decay": "decay.ignored",
    "adam.moments": "adam.no_memory",
    "adam.bias_correction": "adam.no_correction",
}

CHECKS: dict[str, ClassCheck] = {}


def check(name: str, subject: str, about: str, *fields: str, presumes: tuple[str, ...] = ()):
    """Decorator: the function below draws the cases of this check.

    Misconceptions that match `presumes` belong to another check, and are not counted by this one.
    """

    def register(cases):
        label = f"{subject}: {LABELS[name]}"
        methods, unwritten = METHODS.get(name, ()), UNWRITTEN.get(name, "")
        CHECKS[name] = ClassCheck(name, subject, label, about, cases, frozenset(fields), presumes, methods, unwritten)
        return cases

    return register


# --- Optimizer ---------------------------------------------------------------------------------------------------


@check("optimizer.zero_grad", "Optimizer", "zero_grad() clears every gradient", "cleared")
def optimizer_zero_grad_cases(rng):
    draw = Draw(rng, shapes(rng, scalar=True) * 2)
    missing = (0, int(rng.integers(1, 7)))  # a loop that stops there reaches nothing
    zeros = tuple(int(i) for i in rng.permutation(len(draw.params))[:2])
    return [
        draw.case("Optimizer", Call("new", ((), {})), draw.gradients(arrays=True), Call("zero_grad"),
                  Call("zero_grad"), draw.gradients(zero=zeros), Call("zero_grad")),
        draw.case("Optimizer", Call("new", ((), {})), draw.gradients(missing=missing), Call("zero_grad")),
    ]  # fmt: skip


@check(
    "optimizer.interface",
    "Optimizer",
    "the base class keeps the parameters, moves none, and leaves step() to others",
    "params", "kept", "same_params", "step_count", "grads",
)  # fmt: skip
def optimizer_interface_cases(rng):
    draw = Draw(rng)
    new, step = Call("new", ((), {})), Call("step")
    beside = Call("beside", ("a", {}), on="b")
    went_on = [Call("set", ("step_count", 7)), Call("zero_grad")]  # a subclass has counted: clearing leaves its count
    return [
        draw.case("Optimizer", new, draw.gradients(), step, Call("zero_grad"), step, draw.gradients(), beside, *went_on)
    ]


# Settings are given where the interface has a default: a wrong default is paid for once, where defaults are asked for.
PLAIN = {"lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}

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
def sgd_step_cases(rng):
    draw = Draw(rng)
    settings = {**PLAIN, "lr": draw.between(0.1, 0.3)}
    return [
        draw.steps("SGD", PLAIN, 3, schedule=True, sizes=(1.0, 0.05)),  # of which some are small
        draw.steps("SGD", settings, 5, schedule=True, sizes=SIZES, load=True),
        Draw(rng, ((6,),)).long_run("SGD", settings),
        Draw(rng, LARGE).steps("SGD", settings, 1),
    ]


@check("sgd.momentum", "SGD", "the velocity fades, takes in all of the gradient, and moves the parameter",
       "params", "momentum_buffers", "buffer_names", presumes=DIRECTIONS + ("sgd.scale",))  # fmt: skip
def sgd_momentum_cases(rng):
    draw = Draw(rng)
    small = {**PLAIN, "lr": 0.05, "momentum": draw.between(0.5, 0.9)}
    return [
        draw.steps("SGD", {**PLAIN, "lr": 0.05, "momentum": 0.9}, 4, sparse=True),
        draw.steps("SGD", {**PLAIN, "momentum": draw.between(0.5, 0.8)}, 6, schedule=True, zero=(0, 2), sizes=SIZES),
        Draw(rng, ((6,),)).long_run("SGD", small),
        CaseWithFields(draw.two_alive("SGD", small), frozenset({"momentum_buffers"})),
    ]


@check("sgd.weight_decay", "SGD", "weight decay is part of the gradient, and of the velocity",
       "params", "momentum_buffers",
       presumes=(*DIRECTIONS, "momentum.*", "sgd.scale", "state.asked_twice", "state.names", "state.shared",
                 "gradient.sparse"))  # fmt: skip
def sgd_weight_decay_cases(rng):
    draw, spread = Draw(rng), Draw(rng, spread=SPREAD)
    decay = draw.between(0.2, 0.6)
    return [
        spread.steps("SGD", {**PLAIN, "lr": 0.2, "weight_decay": decay}, 1, sizes=SPREAD[:1]),
        draw.steps("SGD", {**PLAIN, "lr": draw.between(0.2, 0.4), "weight_decay": decay}, 2, sparse=True),
        draw.steps("SGD", {"lr": 0.2, "momentum": draw.between(0.5, 0.8), "weight_decay": decay}, 3),
        Draw(rng, ((6,),)).late_run("SGD", {**PLAIN, "lr": 0.05, "weight_decay": decay}),
    ]


GRADIENT_FIELDS = ("kept", "moves", "grads", "dtype", "buffer_types", "step_count", "same_params")


@check("sgd.gradients", "SGD", "what has no gradient stays as it is; gradients are read, not written; types are kept",
       *GRADIENT_FIELDS, presumes=("momentum.late", "step.replaces"))  # fmt: skip
def sgd_gradients_cases(rng):
    draw = Draw(rng, shapes(rng, scalar=True))
    momentum = {**PLAIN, "momentum": 0.8}
    return [
        draw.missing("SGD", PLAIN),
        draw.missing("SGD", {**momentum, "weight_decay": 0.3}),
        # the first gradient again: nobody may have taken its array for the velocity
        draw.case("SGD", Call("new", ((), momentum)), draw.gradients(), Call("step"), Call("step")),
    ]


@check("sgd.get_state", "SGD", "the state can be taken out, as a copy", "returned", "held", "kept")
def sgd_get_state_cases(rng):
    draw = Draw(rng)
    settings = {**PLAIN, "momentum": draw.between(0.5, 0.9)}
    get, overwrite = Call("get_momentum_state"), Call("overwrite", 99.0)
    return [
        draw.case("SGD", Call("new", ((), PLAIN)), Call("has_momentum"), get,
                  draw.gradients(), Call("step"), get),
        draw.case(
            "SGD", Call("new", ((), settings)), Call("has_momentum"), get, draw.gradients(), Call("step"),
            get, draw.gradients(), Call("step"), get, overwrite, draw.gradients(), Call("step"), get,
        ),
    ]  # fmt: skip


@check("sgd.set_state", "SGD", "the state can be put in, as a copy, whole or not at all",
       "kept", "held", "twin", "dtype", "count_kept", "unused_state", presumes=("params.type",))  # fmt: skip
def sgd_set_state_cases(rng):
    draw = Draw(rng)
    settings = {**PLAIN, "momentum": draw.between(0.5, 0.9)}
    state = [b.astype(param.dtype) for b, param in zip(draw.each(0.5, 2.0), draw.params, strict=True)]

    def misshapen(i, shape):
        kept = [draw.signed(p.shape, 3.0, 4.0).astype(p.dtype) for p in draw.params]
        return [np.ones(shape, b.dtype) if i == j else b for j, b in enumerate(kept)]

    side = draw.params[1].shape[0]
    started = [Call("new", ((), settings)), draw.gradients(), Call("step")]
    last = draw.gradients()
    return [
        draw.case("SGD", *started, Call("put", state), Call("overwrite", 99.0), Call("put", None)),
        draw.case("SGD", *started, Call("put", state[:-1])),
        draw.case("SGD", *started, Call("put", [*state, np.ones(2, np.float32)])),
        draw.case("SGD", *started, Call("put", misshapen(2, (5,)))),
        draw.case("SGD", *started, Call("put", misshapen(1, (side * side,)))),  # as many numbers
        draw.case("SGD", *started, Call("put", misshapen(1, (1, side)))),  # it would be broadcast
        draw.case("SGD", *started, Call("put", [None, *state[1:]]), last, Call("step")),
        draw.case("SGD", Call("new", ((), PLAIN)), Call("resume", ("a", PLAIN), on="b"),
                  Call("put", state, on="b"), Call("put", None, on="b"),
                  last, Call("step"), replace(last, on="b"), Call("step", on="b")),
        draw.case("SGD", *started, Call("put", state), Call("resume", ("a", settings), on="b"),
                  Call("put", state, on="b"), last, Call("step"), replace(last, on="b"), Call("step", on="b")),
    ]  # fmt: skip


# --- Adam and AdamW ----------------------------------------------------------------------------------------------


def betas(draw: Draw) -> tuple[float, float]:
    return draw.between(0.5, 0.85), draw.between(0.9, 0.98)


def quick_betas(draw: Draw) -> tuple[float, float]:
    """Draw betas with which v soon falls again: some divide by the largest v so far."""
    return draw.between(0.8, 0.9), draw.between(0.5, 0.7)


USUAL = {"lr": 0.1, "betas": (0.9, 0.999), "weight_decay": 0.0}
NO_MEMORY = (0.0, 0.0)  # m is the gradient, v its square, and bias correction divides by one


def other_arguments(draw: Draw) -> tuple:
    return draw.between(0.1, 0.5), betas(draw), draw.between(0.01, 0.1), draw.between(0.1, 0.5)


for subject in ("Adam", "AdamW"):
    check(f"{subject.lower()}.defaults", subject, f"{subject}'s arguments, their order and defaults",
          "signature", "settings")(defaults(subject, other_arguments))  # fmt: skip

    @check(f"{subject.lower()}.gradients", subject,
           "what has no gradient stays as it is; gradients are read, not written; types are kept",
           *GRADIENT_FIELDS, presumes=("adam.one_array", "adam.parentheses", "adam.late", "step.replaces"))  # fmt: skip
    def gradients_cases(rng, subject=subject):
        draw = Draw(rng, shapes(rng, scalar=True))
        twice = draw.case(subject, Call("new", ((), USUAL)), draw.gradients(arrays=True), Call("step"), Call("step"))
        return [draw.missing(subject, {"lr": 0.1, "weight_decay": 0.3}), twice]


def averages_elsewhere(rng, draw: Draw, subject: str, settings: dict) -> list[Case]:
    """Cases in which averages are at a loss that are kept in one place for all, or that change with time or size."""
    return [Draw(rng, ((6,),)).late_run(subject, settings), draw.two_alive(subject, settings)]


def from_own_values(case: Case) -> Case:
    """The same case with each step from the values that it begins with.

    What a step makes of the parameters is for others to ask. Where it makes no number of them, a decay of zero makes
    none of the next gradient.
    """
    calls = []
    for call in case.calls:
        if call.do == "gradients":
            calls.append(Call("load", list(case.params), on=call.on))
        calls.append(call)
    return replace(case, calls=tuple(calls))


@check("adam.moments", "Adam", "the two averages, of the gradient and of its square",
       "m_buffers", "v_buffers", "buffer_names")  # fmt: skip
def adam_moments_cases(rng):
    draw = Draw(rng)
    settings = {**USUAL, "betas": betas(draw)}
    cases = [
        draw.steps("Adam", settings, 6, zero=(0, 2), sizes=SIZES, sparse=True),
        draw.steps("Adam", USUAL, 3),
        *averages_elsewhere(rng, draw, "Adam", settings),
    ]
    return [from_own_values(case) for case in cases]


@check("adam.bias_correction", "Adam", "each average is corrected for its start at zero", "params",
       presumes=AVERAGES + COUNT)  # fmt: skip
def adam_bias_correction_cases(rng):
    draw = Draw(rng)
    return [
        draw.steps("Adam", {**USUAL, "betas": quick_betas(draw)}, 5, schedule=True, sizes=(1.0, 30.0), load=True),
        draw.steps("Adam", USUAL, 8, schedule=True, sparse=True),
        Draw(rng, ((6,),)).long_run("Adam", USUAL),
        Draw(rng, LARGE).steps("Adam", USUAL, 1),
    ]


SMALL = (1e-7,)  # gradients so small that the default epsilon shows


@check("adam.epsilon", "Adam", "epsilon is added to the root, not under it", "params",
       presumes=AVERAGES + COUNT + CORRECTIONS + STEPS)  # fmt: skip
def adam_epsilon_cases(rng):
    draw = Draw(rng)
    settings = {**USUAL, "lr": 0.3, "eps": draw.between(0.6, 0.9)}  # some gradients are smaller, most are larger
    return [
        draw.steps("Adam", {**settings, "betas": NO_MEMORY}, 2),
        draw.steps("Adam", {**settings, "betas": NO_MEMORY, "eps": 1e-8}, 1, sizes=SMALL),
        draw.steps("Adam", {**settings, "betas": betas(draw), "eps": draw.between(1.0, 1.5)}, 2),
    ]


# Sizes of gradients that no decay cancels: a sum near zero would show mistakes with epsilon too.
LARGER_THAN_DECAY = (8.0,)


@check("adam.weight_decay", "Adam", "weight decay is part of the gradient, and of both averages",
       "params", "m_buffers", "v_buffers",
       presumes=(*AVERAGES, *COUNT, *CORRECTIONS, *STEPS, "state.names"))  # fmt: skip
def adam_weight_decay_cases(rng):
    draw, spread = Draw(rng), Draw(rng, spread=SPREAD)
    settings = {"lr": 0.1, "weight_decay": draw.between(0.2, 0.6)}
    averages = frozenset({"m_buffers", "v_buffers"})
    later = draw.steps("Adam", {**settings, "betas": betas(draw)}, 3, sizes=LARGER_THAN_DECAY)
    return [
        CaseWithFields(spread.steps("Adam", {**settings, "betas": NO_MEMORY}, 1, sizes=SPREAD[:1]), averages),
        from_own_values(draw.steps("Adam", {**settings, "betas": NO_MEMORY}, 3, sizes=LARGER_THAN_DECAY)),
        CaseWithFields(from_own_values(later), averages),
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


@check("adamw.moments", "AdamW", "the averages are of the pure gradient", "m_buffers", "v_buffers",
       "buffer_names")  # fmt: skip
def adamw_moments_cases(rng):
    draw = Draw(rng)
    settings = {"lr": 0.1, "betas": betas(draw), "weight_decay": draw.between(0.2, 0.6)}
    return [
        draw.steps("AdamW", settings, 6, zero=(0, 2), sizes=SIZES, sparse=True),
        draw.steps("AdamW", USUAL, 3),
        *averages_elsewhere(rng, draw, "AdamW", settings),
    ]


@check("adamw.step", "AdamW", "without decay, AdamW is Adam", "params", presumes=AVERAGES + COUNT)
def adamw_step_cases(rng):
    draw = Draw(rng)
    return [
        draw.steps("AdamW", {**USUAL, "lr": 0.3, "betas": quick_betas(draw), "eps": draw.between(0.6, 0.9)}, 4),
        draw.steps("AdamW", USUAL, 8, schedule=True, load=True, sparse=True),
        draw.steps("AdamW", {**USUAL, "betas": NO_MEMORY, "eps": 1e-8}, 1, sizes=SMALL),
        Draw(rng, ((6,),)).long_run("AdamW", USUAL),
        Draw(rng, LARGE).steps("AdamW", USUAL, 1),
    ]


@check("adamw.decay", "AdamW", "every step shrinks a parameter by the fraction lr * weight_decay", "params",
       presumes=AVERAGES + COUNT + CORRECTIONS + STEPS + ("adam.eps_*",))  # fmt: skip
def adamw_decay_cases(rng):
    draw = Draw(rng)
    settings = {"betas": NO_MEMORY, "eps": draw.between(0.3, 0.8), "weight_decay": draw.between(0.5, 0.9)}
    still = Draw(rng, spread=SPREAD).steps("AdamW", {"lr": 0.1, **settings, "betas": betas(draw)}, 12)
    return [
        draw.steps("AdamW", {"lr": 0.25, **settings}, 4, schedule=True),
        without_gradient(still),  # then nothing but decay moves a parameter, whatever the averages do
        Draw(rng, ((6,),)).late_run("AdamW", {"lr": 0.1, **settings}),
    ]
