"""What the lesson says about practice, in numbers: narrow valleys, batches, a recipe, decay, and what a step costs.

Each entry is a claim of `test_claims`: the id of its cell, its words, and how it is checked.
"""

import re
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest

from tinytorch import viz
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor
from tinytorch.sizing import training_memory

LESSON = Path(__file__).resolve().parents[1] / "modules" / "07_optimizers" / "07_optimizers.ipynb"


def source(cell_id):
    return next(cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.id == cell_id)


def near(value, said, digits=1):
    return round(float(value), digits) == said


def ravine_sgd(lr):
    """The loss of the ravine after 60 steps of SGD."""
    return viz.losses(viz.RAVINE, viz.descend(viz.RAVINE, lambda params: SGD(params, lr=lr), 60))[-1]


def growth(v):
    """How many times as many steps momentum needs in the narrowest valley as in the widest."""
    return v["narrow"]["SGD + momentum"][-1] / v["narrow"]["SGD + momentum"][0]


def quieter(v):
    """How many times less noise a batch has than one an eighth as large."""
    of = [v["noise"][size][0] for size in ("8", "64", "512")]
    return of[0] / of[1], of[1] / of[2]


def large_epsilon(eps=1e6):
    """Where Adam with a huge epsilon, and a step as much longer, ends; and where averaged gradients lead."""
    w, gradients, average, expected = Tensor([1.0], requires_grad=True, dtype=np.float64), (1.0, -0.5, 2.0), 0.0, 1.0
    optimizer = Adam([w], lr=0.1 * eps, eps=eps)
    for t, gradient in enumerate(gradients, 1):
        w.grad, average = np.array([gradient]), 0.9 * average + 0.1 * gradient
        optimizer.step()
        expected -= 0.1 * average / (1 - 0.9**t)
    return w.data[0], expected


RULES = {
    "SGD": SGD, "SGD + momentum": partial(SGD, momentum=0.9), "Adam": Adam, "AdamW": AdamW,
}  # fmt: skip


class Counted(float):
    """A number that counts the calculations it takes part in."""

    count = 0

    def sqrt(self):
        return self**0.5


def counting(name):
    plain = getattr(float, name)

    def calculate(self, *others):
        Counted.count += 1
        return Counted(plain(self, *map(float, others)))

    return calculate


for operation in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow"):
    setattr(Counted, f"__{operation}__", counting(f"__{operation}__"))


def calculations(name):
    """How many calculations the second step of an optimizer makes for one parameter."""
    w = Tensor([1.0], requires_grad=True)
    w.data = np.array([Counted(1.0)], dtype=object)
    w.grad = np.array([Counted(0.5)], dtype=object)
    optimizer = RULES[name]([w])
    optimizer.step()
    before = Counted.count
    optimizer.step()
    return Counted.count - before


def costs(name, moves, calculates, keeps, v):
    """Whether a parameter costs so much in a step: value, gradient and new value, and every buffer both ways."""
    state = training_memory(1, name).state
    in_the_picture = re.search(rf'"{re.escape(name)}": (\d+)', source("step-time").partition("MUST_MOVE")[2])
    return (
        (moves, calculates, keeps) == (4 * 3 + 2 * state, calculations(name), state)
        and v["held"][name][2] == pytest.approx(state, abs=0.01)
        and (name == "AdamW" or int(in_the_picture[1]) == moves)
    )


def frozen_buffers():
    """What the optimizers keep for a frozen parameter, after a step."""
    kept = []
    for make, names in ((SGD, ["momentum_buffers"]), (Adam, ["m_buffers", "v_buffers"]),
                        (AdamW, ["m_buffers", "v_buffers"])):  # fmt: skip
        frozen, moving = Tensor([1.0]), Tensor([1.0], requires_grad=True)
        frozen.grad = moving.grad = np.ones(1)
        optimizer = make([frozen, moving], **({"momentum": 0.9} if make is SGD else {}))
        optimizer.step()
        kept += [getattr(optimizer, name)[0] for name in names]
    return kept


PRACTICE = [
    (
        "decay-keep",
        "SGD's line lies under AdamW's",
        lambda v: np.allclose(v["pulls"]["SGD"], v["pulls"]["AdamW"], rtol=0.01),
    ),
    (
        "decay-keep",
        "Momentum makes the pull ten times as strong",
        lambda v: np.allclose(v["pulls"]["SGD + momentum"], np.multiply(10, v["pulls"]["SGD"]), rtol=1e-6),
    ),
    (
        "decay-keep",
        "Only dividing by $\\sqrt{\\hat v}$ makes an L2 penalty and decoupled decay two different things.",
        lambda v: (
            [np.ptp(v["pulls"][name]) > 1e-3 for name in ("SGD", "SGD + momentum", "Adam", "AdamW")]
            == [False, False, True, False]
        ),
    ),
    (
        "kappa-intro",
        "30 in the ravine. Here are five valleys, from $\\kappa = 30$ to 3000",
        lambda v: (
            viz.RAVINE.loss(0, 1) / viz.RAVINE.loss(1, 0) == 30
            and "30.0, 100.0, 300.0, 1000.0, 3000.0" in source("kappa-run")
        ),
    ),
    ("kappa-intro", "a million times nearer", lambda v: "<= 1e-6" in source("kappa-run")),
    (
        "kappa-keep",
        "A hundred times narrower means a hundred times as many steps for plain SGD",
        lambda v: near(v["narrow"]["SGD"][-1] / v["narrow"]["SGD"][0], 100, 0),
    ),
    ("kappa-keep", "only about eleven times as many with momentum", lambda v: near(growth(v), 11, 0)),
    (
        "kappa-keep",
        "a little more than $\\sqrt\\kappa$ instead of $\\kappa$",
        lambda v: 10 < growth(v) < 13 and np.all(np.diff(v["narrow"]["SGD + momentum"]) > 0),
    ),
    (
        "noise-intro",
        "150 batches each of 8, 64 and 512 digits",
        lambda v: list(v["noise"]) == ["8", "64", "512"] and "range(150)" in source("noise-run"),
    ),
    ("noise-intro", "after 300 steps", lambda v: "300)" in source("noise-run")),
    (
        "noise-keep",
        "Of the batches of 8, a third lead uphill, and their noise is four times as long as the slope.",
        lambda v: 0.25 < v["noise"]["8"][1] < 0.42 and 3.5 < v["noise"]["8"][0] < 4.5,
    ),
    (
        "noise-keep",
        "A batch eight times as large has not an eighth of the noise but about a third",
        lambda v: all(2.4 < ratio < 3.2 for ratio in quieter(v)),
    ),
    ("noise-keep", "$\\sqrt 8 = 2.8$", lambda v: near(8**0.5, 2.8)),
    (
        "noise-keep",
        "Batches of 8 learn well at a learning rate of 0.04.",
        lambda v: max(v["scaled_ends"][0]) < 0.1 * np.log(10),
    ),
    (
        "scaling-keep",
        "Batches of 64 at eight times the learning rate learn as much from six passes over the digits as batches of 8",
        lambda v: abs(np.log(np.median(v["scaled_ends"][3]) / np.median(v["scaled_ends"][0]))) < 0.1,
    ),
    (
        "scaling-keep",
        "at the old rate they learn far less",
        lambda v: min(v["kept_ends"][3]) > 5 * max(v["scaled_ends"][3]),
    ),
    (
        "scaling-keep",
        "From 128 on it breaks.",
        lambda v: (
            all(np.median(ends) > 1.2 * np.median(v["scaled_ends"][0]) for ends in v["scaled_ends"][4:])
            and max(max(ends) for ends in v["scaled_ends"][:4]) < 0.25
        ),
    ),
    (
        "scaling-keep",
        "no learning rate above 2 divided by it can settle there",
        lambda v: 0.04 * 64 / 8 < v["limit"] < 0.04 * 128 / 8,
    ),
    ("scaling-keep", "It is what 30 is in the ravine", lambda v: viz.RAVINE.loss(0, 2) == 0.5 * 30 * 4),
    ("scaling-keep", "not beyond 2 / sharpness", lambda v: ravine_sgd(2.1 / 30) > 1 > ravine_sgd(1.5 / 30)),
    (
        "ratio-intro",
        "a rate of 0.2, far above its best",
        lambda v: v["best_lr"]["Adam"] < 0.1 and "0.2 * min(1, (s + 1) / warmup)" in source("ratio-run"),
    ),
    ("ratio-intro", "near 0.001", lambda v: "1e-3" in Path(viz.__file__).read_text().partition("def ratios")[2]),
    (
        "ratio-keep",
        "Adam's first step changes the weights by more than a third of their length",
        lambda v: 1 / 3 < v["step_ratios"]["Adam"][0] < 0.45,
    ),
    (
        "ratio-keep",
        "In steps 201 to 300 the ratio is between 0.003 and 0.02, above the rule of thumb",
        lambda v: all(0.003 < np.mean(ratios[200:]) < 0.02 for ratios in v["step_ratios"].values()),
    ),
    (
        "ratio-keep",
        "At 0.2 the first steps throw the network so far that it does not recover",
        lambda v: min(v["warm_losses"]["Adam, 0.2 from the first step"][-50:]) > 1,
    ),
    (
        "ratio-keep",
        "After a warmup the same rate learns.",
        lambda v: np.mean(v["warm_losses"]["Adam, 0.2 after a warmup"][-50:]) < 0.5,
    ),
    (
        "recipe",
        "Our best rates, 1 for SGD and 0.03 for Adam",
        lambda v: (near(v["best_lr"]["SGD"], 1.0), near(v["best_lr"]["Adam"], 0.03, 2)) == (True, True),
    ),
    (
        "recipe",
        "A very large $\\epsilon$ outweighs $\\sqrt{\\hat v}$, and Adam becomes SGD with an averaged gradient.",
        lambda v: np.allclose(*large_epsilon(), rtol=1e-3),
    ),
    ("recipe", "In float16 $10^{-8}$ is 0", lambda v: np.float16(1e-8) == 0 < np.float32(1e-8)),
    *[
        (
            "step-time-intro",
            f"| {name} | {moves} bytes | {calculates} operations | {keeps} bytes |",
            partial(costs, name, moves, calculates, keeps),
        )
        for name, moves, calculates, keeps in (
            ("SGD", 12, 2, 0),
            ("SGD + momentum", 20, 4, 4),
            ("Adam", 28, 14, 8),
            ("AdamW", 28, 15, 8),
        )
    ],
    (
        "step-time-intro",
        "Adam does more than three times as many calculations for each parameter as SGD",
        lambda v: 3 < calculations("Adam") / calculations("SGD + momentum") < 4,
    ),
    (
        "memory-count-keep",
        "So a frozen parameter never costs state",
        lambda v: frozen_buffers() == [None] * 5,
    ),
    ("memory-others", "less than Adam's 8 bytes of state", lambda v: training_memory(1, "Adam").state == 8),
    ("memory-others", "4 bytes", lambda v: training_memory(1, "SGD + momentum").state == 4),
]
