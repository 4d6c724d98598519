"""What the spoken overview says in numbers, and how each is checked: by what the lesson measures, or by arithmetic."""

import numpy as np

from tinytorch import viz
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.sizing import training_memory


def ravine(lr):
    """The loss of plain SGD in the ravine, at the end of a run and at its beginning."""
    losses = viz.losses(viz.RAVINE, viz.descend(viz.RAVINE, lambda params: SGD(params, lr=lr), 60))
    return losses[-1], losses[0]


def lengths(scale):
    """How long Adam's first steps are for gradients of one size."""
    w = Tensor([0.0], requires_grad=True, dtype=np.float64)
    optimizer, places = Adam([w], lr=0.1), [0.0]
    for gradient in (1.0, -0.5, 2.0, 1.0):
        w.grad = np.array([scale * gradient])
        optimizer.step()
        places.append(w.data[0])
    return np.diff(places)


def first_step():
    path = viz.descend(viz.RAVINE, lambda params: Adam(params, lr=0.4), 1)
    return np.abs(path[1] - path[0])


def lost(v, place):
    return max(v["races"][place], key=v["races"][place].get)


def works(v, ends, share, start):
    """By how many decades the learning rates reach that end below a part of the first loss with every seed."""
    lrs = np.log10(v["lrs"])
    for final in v[ends].values():
        good = [
            lr for lr, row in zip(lrs, final, strict=True) if all(x is not None and x <= share * start for x in row)
        ]
        yield max(good) - min(good) if good else 0.0


def medians(v):
    return {racer: np.median(steps) for racer, steps in v["needed"].items()}


OVERVIEW_CLAIMS = [
    ("write four of them", lambda v: len(v["needed"]) == 4),
    ("30 times steeper across than along", lambda v: viz.RAVINE.loss(0, 2) == 30 * viz.RAVINE.loss(2, 0)),
    ("at a learning rate of 0.067, which is 2 divided by 30", lambda v: round(2 / 30, 3) == 0.067),
    ("at a learning rate of 0.067", lambda v: np.less(*ravine(0.066)) and np.greater(*ravine(0.068))),
    ("factor of 0.9, and on a steady slope, the velocity grows to 10 times", lambda v: round(v["velocity"][-1]) == 10),
    ("always 100 times larger now takes steps of the same length", lambda v: np.allclose(lengths(1), lengths(100))),
    ("two running averages", lambda v: round(v["held"]["Adam"][2] / v["held"]["SGD + momentum"][2]) == 2),
    ("Both coordinates move by exactly the learning rate", lambda v: np.allclose(first_step(), 0.4)),
    ("Both averages start at zero", lambda v: round(v["short_v"][0], 6) == 0.001),
    ("3.16 times as long", lambda v: round(v["ratio"][0], 2) == 3.16),
    ("The longest is 6.57 times as long", lambda v: round(max(v["ratio"]), 2) == 6.57),
    ("step 1000 is still 26 per cent too long", lambda v: round(v["ratio"][999] - 1, 2) == 0.26),
    ("You let all four race", lambda v: {len(ends) for ends in v["races"].values()} == {4}),
    (
        "AdamW wins by far in the ravine",
        lambda v: 1e6 * v["races"]["the ravine"]["AdamW"]
        < min(end for racer, end in v["races"]["the ravine"].items() if racer != "AdamW"),
    ),
    (
        "comes last in all three other landscapes",
        lambda v: len(v["races"]) == 4 and [lost(v, place) for place in v["races"]].count("AdamW") == 3,
    ),
    (
        "only in the ravine does the goal lie there",
        lambda v: [place.name for place in (viz.RAVINE, viz.ROSENBROCK, viz.BEALE, viz.SADDLE)
                   if (0.0, 0.0) in place.lowest] == ["the ravine"],
    ),
    ("plain SGD needs the most steps", lambda v: max(medians(v), key=medians(v).get) == "SGD"),
    (
        "and Adam needs about half as many",
        lambda v: 0.35 < medians(v)["Adam"] / medians(v)["SGD"] < 0.65,
    ),
    ("13 of them, over 6 decades", lambda v: len(v["lrs"]) == 13 and np.isclose(v["lrs"][-1] / v["lrs"][0], 1e6)),
    (
        "no optimizer does well over more than 2 of these decades",
        lambda v: max(*works(v, "on_ravine", 0.01, v["start"]["ravine"]),
                      *works(v, "on_digits", 0.2, v["start"]["digits"])) < 2.1,
    ),
    ("a factor of 3 apart", lambda v: round(v["lrs"][1] / v["lrs"][0]) == 3),
    ("momentum keeps one number for each parameter", lambda v: round(v["held"]["SGD + momentum"][2]) == 4),
    ("Plain SGD remembers nothing", lambda v: round(v["held"]["SGD"][2]) == 0),
    ("Adam keeps two", lambda v: round(v["held"]["Adam"][2]) == 8),
    (
        "16 bytes for each parameter: 4 for its value, 4 for its gradient, and 8 for the state",
        lambda v: [round(part) for part in v["held"]["Adam"][:3]] == [4, 4, 8],
    ),
    ("In float 32", lambda v: training_memory(1, "Adam", "float32").total == 16),
    (
        "7 billion parameters that makes 112 gigabytes, and the largest part is the state",
        lambda v: training_memory(7e9, "Adam").total == 112e9
        and training_memory(7e9, "Adam").state > max(training_memory(7e9, "Adam").parameters, 28e9),
    ),
    (
        "equal to the one that was never interrupted, to the last bit",
        lambda v: v["continued"]["resumed with its state"] == v["continued"]["never interrupted"],
    ),
    (
        "what you resume is another run",
        lambda v: v["continued"]["resumed without its state"] != v["continued"]["never interrupted"],
    ),
    ("at least 12 bytes for each parameter", lambda v: 4 * 3 == 12),  # read p and g, write p
    ("Adam at least 28", lambda v: 4 * (3 + 2 * 2) == 28),  # and read and write two averages
]  # fmt: skip
