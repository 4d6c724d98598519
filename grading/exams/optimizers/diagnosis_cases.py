"""Cases for ``diagnose`` that no check draws: what a student's class meets sooner or later."""

from dataclasses import replace

import numpy as np
from diagnosis.case import Call, Case

from grading.examiner import seed_of

from .draw import Draw

STEPS_UNSEEN = (19, 30, 50, 200, 700)  # between two looks at a long run: a rule may change on the way


def first_cases(subject: str) -> list[Case]:
    """Return the cases that are asked first: plain steps, which show most mistakes, and show them best."""
    if subject == "Optimizer":
        return []
    draw = Draw(np.random.default_rng(seed_of("diagnose", "first", subject)), ((2,), (), (2, 2)))
    memory = {"lr": 0.125, **({"momentum": 0.75} if subject == "SGD" else {"betas": (0.5, 0.75)})}
    alone = {"weight_decay": 0.25} if subject == "SGD" else {**memory, "eps": 0.375}
    settings = [{}, memory, alone, {**memory, "weight_decay": 0.25}]
    return [draw.steps(subject, given, 8) for given in settings]


def more_cases(subject: str) -> list[Case]:
    """Return further public cases of a class."""
    rng = np.random.default_rng(seed_of("diagnose", "more", subject))
    shapes = ((), (2,), (2,), (), (2, 1, 2), (1, 2, 1, 2, 1))
    draw, small = Draw(rng, shapes), Draw(rng, ((), (3,)))
    new = Call("new", ((), {}))
    if subject == "Optimizer":
        given = [
            draw.gradients(missing=(2,)),
            new,
            Call("zero_grad"),
            draw.gradients(zero=(0, 1, 3)),
            Call("zero_grad"),
        ]
        return [draw.case(subject, *given)]
    memory = {"momentum": 0.75} if subject == "SGD" else {"betas": (0.5, 0.75)}
    tiny = {} if subject == "SGD" else {"eps": 1e-12}
    rich, step = {"lr": 0.125, **memory, "weight_decay": 0.25}, Call("step")
    cases = [
        # a gradient from before the optimizer was made, and the same one again
        draw.case(subject, draw.gradients(), Call("new", ((), rich)), step, step, Call("zero_grad"), step,
                  draw.gradients(zero=(1, 2)), step, some_zeros(draw.gradients()), step),
        two_alive(draw, subject, rich),
        draw.case(subject, Call("new", ((), {**rich, "lr": 0.0})), draw.gradients(), step, draw.gradients(), step,
                  Call("set", ("lr", 0.5)), step, Call("set", ("lr", 0.0)), draw.gradients(), step),
        small.steps(subject, {"lr": 0.125, **memory, **tiny}, 6, sizes=(1e-6, 1e5)),
        large(rng, subject, rich),
        long(Draw(rng, ((2,),)), subject, {"lr": 1e-3, **(memory if subject == "SGD" else {})}),
    ]  # fmt: skip
    if subject == "SGD":
        cases += [
            small.steps(subject, {"lr": 0.125, "weight_decay": 0.25}, 3),
            *states(Draw(rng, ((), (2,), (2,), (2, 2)))),
        ]
    return cases


def some_zeros(call: Call) -> Call:
    """Return gradients of which some entries are zero, and others are not."""
    values = []
    for kind, array in call.value:
        array = array.copy()
        array.flat[::2] = 0.0
        values.append((kind, array if array.size > 1 else array + 1.0))
    return replace(call, value=values)


def two_alive(draw: Draw, subject: str, settings: dict) -> Case:
    """Return a case of two optimizers that step by turns, each with parameters and gradients of its own."""
    calls = [Call("new", ((), settings)), draw.gradients(missing=(1,)), Call("step")]
    calls.append(Call("resume", ("a", settings), on="b"))
    for missing in ((), (0,), (5,)):
        calls += [replace(draw.gradients(missing), on="b"), Call("step", on="b"), draw.gradients(), Call("step")]
    calls += [Call("zero_grad", on="b"), Call("step")]
    return draw.case(subject, *calls)


def large(rng: np.random.Generator, subject: str, settings: dict) -> Case:
    """Return a case of large arrays, with few different numbers so that they take little room."""
    draw = Draw(rng, ((3000,), (40, 50)))
    draw.params = tuple(np.round(param * 2) / 2 for param in draw.params)

    def plain(call: Call) -> Call:
        return replace(call, value=[(kind, np.round(array)) for kind, array in call.value])

    return draw.case(
        subject, Call("new", ((), settings)), plain(draw.gradients()), Call("step"), plain(draw.gradients()),
        Call("step"),
    )  # fmt: skip


def long(draw: Draw, subject: str, settings: dict) -> Case:
    """Return a case of many steps, of which few are looked at."""
    calls = [Call("new", ((), settings))]
    for steps in STEPS_UNSEEN:
        calls += [draw.gradients(), Call("step"), Call("steps", steps), Call("step")]
    return draw.case(subject, *calls)


def states(draw: Draw) -> list[Case]:
    """Return cases in which states of SGD are taken out and put in."""
    settings, step, get = {"lr": 0.125, "momentum": 0.5}, Call("step"), Call("get_momentum_state")

    def state() -> list[np.ndarray]:
        return [values.astype(param.dtype) for values, param in zip(draw.each(0.5, 2.0), draw.params, strict=True)]

    some = [None if i in (1, 2) else values for i, values in enumerate(state())]
    started = [Call("new", ((), settings)), draw.gradients(missing=(2,)), step]
    return [
        draw.case("SGD", *started, get, Call("overwrite", 8.0), draw.gradients(), step, Call("put", state()), step,
                  Call("overwrite", 8.0), draw.gradients(), step),
        draw.case("SGD", *started, draw.gradients(), step, Call("put", some), draw.gradients(), step, get),
        draw.case("SGD", started[0], Call("put", state()), Call("has_momentum"), draw.gradients(), step,
                  Call("put", None), draw.gradients(), step),
        draw.case("SGD", Call("new", ((), {"lr": 0.125})), Call("put", state()), Call("has_momentum"), get,
                  draw.gradients(), step, Call("put", None), step),
        draw.case("SGD", *started, Call("put", state()[:-1]), step),
        draw.case("SGD", *started, Call("put", [*state()[:-1], np.ones((2, 1), np.float32)]), step),
        draw.case("SGD", *started, Call("put", [np.ones(1, np.float32), *state()[1:]]), step),
    ]  # fmt: skip
