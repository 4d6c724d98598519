"""What the lesson says in numbers: the claim, where it stands, and how it is checked.

Numbers that a cell prints are true by being computed there. This file is about prose: every number in it is listed here
with its check, or stands in a cell that only states a setting, a formula or a question.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
import pytest

from grading.exams.optimizers.answers import ANSWERS
from nbs_export.site.overview import OVERVIEW
from tests.modules.test_fast_adam import share_of_peak
from tests.overview_claims import OVERVIEW_CLAIMS
from tests.practice import PRACTICE
from tinytorch import viz
from tinytorch.core.optimizers import SGD, Adam, AdamW, FastAdam
from tinytorch.core.tensor import Tensor
from tinytorch.sizing import training_memory

LESSON = Path(__file__).resolve().parents[1] / "modules" / "07_optimizers" / "07_optimizers.ipynb"
GiB, TiB, GB = 2**30, 2**40, 1e9


@dataclass(frozen=True)
class Claim:
    """A statement of the lesson.

    Attributes
    ----------
    where : str
        The id of its cell.
    says : str
        Its words, with single spaces.
    holds : callable
        Takes what the lesson's cells have measured, and says whether it is true.
    """

    where: str
    says: str
    holds: Callable[[dict], bool]


def cells():
    return nbformat.read(LESSON, as_version=4).cells


def points(ids: str) -> float:
    """The points of all cells whose id matches."""
    roles = [cell.metadata.get("nbgrader", {}) for cell in cells()]
    return sum(role["points"] for role in roles if role.get("grade") and re.match(ids, role["grade_id"]))


def ends(landscape, make, steps=60):
    """The loss at the end of a run."""
    return viz.losses(landscape, viz.descend(landscape, make, steps))[-1]


def ravine_sgd(lr, **settings):
    return ends(viz.RAVINE, lambda params: SGD(params, lr=lr, **settings))


def first_step(landscape, lr=0.4):
    """Adam's first step."""
    path = viz.descend(landscape, lambda params: Adam(params, lr=lr), steps=1)
    return path[1] - path[0]


def steeper_ravine():
    return viz.Landscape("steeper", lambda x, y: 0.5 * (x * x + 300 * y * y), viz.RAVINE.start, ((0.0, 0.0),), (), ())


def best(final):
    """The position of the learning rate with the lowest median loss."""
    return int(np.nanargmin([np.median(row) for row in np.array(final, dtype=float)]))


def works(final, good):
    """How many learning rates end below `good` with every seed."""
    return int(sum(all(value is not None and value <= good for value in row) for row in final))


def on_ravine(v):
    return {racer: works(final, 0.01 * v["start"]["ravine"]) for racer, final in v["on_ravine"].items()}


def on_digits(v):
    return {racer: works(final, 0.2 * v["start"]["digits"]) for racer, final in v["on_digits"].items()}


def decades_between(v, racer):
    """By how many decades the best learning rate grows from the ravine to the digits."""
    lrs = np.log10(v["lrs"])
    return lrs[best(v["on_digits"][racer])] - lrs[best(v["on_ravine"][racer])]


def diverges(v, racer):
    return any(value is None or np.isnan(value) for row in v["on_ravine"][racer] for value in row)


def medians(v):
    return {racer: np.median(steps) for racer, steps in v["needed"].items()}


def zero(stage):
    return training_memory(7.5e9, "Adam", "mixed", devices=64, zero=stage).total / GB


def per_parameter(optimizer, precision="float32"):
    return training_memory(1, optimizer, precision).total


def one_step_apart(lr, weight_decay=0.01):
    """How far our AdamW's step is from one that decays first, for a weight and a gradient of 1."""
    w = Tensor([1.0], requires_grad=True, dtype=np.float64)
    w.grad = np.ones(1)
    AdamW([w], lr=lr, weight_decay=weight_decay).step()
    return abs(w.data[0] - ((1 - lr * weight_decay) - lr))


def near(value, said, digits=1):
    return round(float(value), digits) == said


LARGE = training_memory(175e9, "Adam")

CLAIMS = [
    Claim("how-it-works", "worth 77 of the 100 points", lambda v: points("test-(optimizer|sgd|adam|adamw)-") == 77),
    Claim("how-it-works", "13 for numbers", lambda v: points("test-(q\\d|scale)-") == len(ANSWERS) == 13),
    Claim("how-it-works", "10 for explanations", lambda v: points("q\\d-answer") == 10),
    Claim(
        "descent-intro",
        "Its gradient is $(x,\\ 30\\,y)$",
        lambda v: np.allclose(viz.descend(viz.RAVINE, lambda p: SGD(p, lr=0.01), 1)[1], [-9 * 0.99, 1.6 * 0.7]),
    ),
    Claim("descent-intro", "A learning rate of 0.03 works.", lambda v: ravine_sgd(0.03) < ravine_sgd(0.0)),
    Claim("descent-intro", "0.068", lambda v: ravine_sgd(0.068) > ravine_sgd(0.0)),
    Claim("descent-keep", "Doubled, it still arrives, and sooner", lambda v: ravine_sgd(0.06) < ravine_sgd(0.03)),
    Claim("descent-keep", "beyond $2/30 = 0.0667$", lambda v: near(2 / 30, 0.0667, 4)),
    Claim("descent-keep", "below $-1$", lambda v: ravine_sgd(2 / 30 + 1e-3) > 1 > ravine_sgd(2 / 30 - 1e-2)),
    Claim("descent-keep", "$1 - 2/30 = 93\\%$", lambda v: near(1 - 2 / 30, 0.93, 2)),
    Claim("sgd-momentum-idea", "hardly moves along the floor", lambda v: v["rest"]["SGD, lr = 0.005"][0] > 0.8),
    Claim("ten-times-intro", "at 1, at 10, or does it grow for ever?", lambda v: near(v["velocity"][-1], 10.0)),
    Claim("ten-times-intro", "a gradient of 1 in every step", lambda v: v["velocity"][0] == 1.0),
    Claim("ten-times-keep", "that is ten times the gradient", lambda v: near(v["velocity"][-1], 10.0)),
    Claim("ten-times-keep", "keeps 90% of the old velocity and adds 10%", lambda v: near(v["average"][-1], 1.0)),
    Claim("ravine-keep", "and still gets further down", lambda v: ravine_sgd(0.03, momentum=0.8) < ravine_sgd(0.03)),
    Claim(
        "ravine-keep",
        "After ten steps momentum is nearer already, and after sixty by far.",
        lambda v: v["away"]["SGD + momentum"][10] < v["away"]["SGD"][10]
        and 5 * v["away"]["SGD + momentum"][60] < v["away"]["SGD"][60],
    ),
    Claim("shared-intro", "the right sum is 1", lambda v: "(x + y - 1) * (x + y - 1)" in source("shared-run")),
    Claim("shared-intro", "weights of 4 and −1.5", lambda v: "(4.0, -1.5)" in source("shared-run")),
    Claim(
        "shared-keep",
        "With decay the run walks on, to the smallest weights that still nearly fit.",
        lambda v: np.ptp(v["found_weights"]["SGD, weight_decay = 0.05"]) < 0.2 < 5 < np.ptp(v["found_weights"]["SGD"]),
    ),
    Claim(
        "shared-keep",
        "It pays with a sum a little below 1.",
        lambda v: 0.9 < sum(v["found_weights"]["SGD, weight_decay = 0.05"]) < 0.99
        and np.isclose(sum(v["found_weights"]["SGD"]), 1),
    ),
    Claim(
        "lost-keep",
        "The run with its velocity goes on as if nothing had happened.",
        lambda v: v["resumed_runs"]["resumed with its velocity"] == v["resumed_runs"]["never stopped"],
    ),
    Claim(
        "lost-keep",
        "stays behind",
        lambda v: all(
            abs(late[0]) > 1.01 * abs(whole[0])
            for late, whole in zip(
                v["resumed_runs"]["resumed without it"][1:], v["resumed_runs"]["never stopped"][1:], strict=True
            )
        ),
    ),
    Claim(
        "sign-intro",
        "SGD's first step goes almost straight across",
        lambda v: np.divide(*np.abs(np.diff(v["scaled_runs"]["SGD"], axis=0)[0])) < 0.2,
    ),
    Claim(
        "sign-keep",
        "both coordinates move by exactly `lr`",
        lambda v: np.allclose(np.abs(np.diff(v["scaled_runs"]["divided by its size"][:2], axis=0)), 0.35, rtol=1e-6),
    ),
    Claim(
        "sign-keep",
        "Stretch the ravine to three hundred to one, and the first step is the same.",
        lambda v: np.allclose(first_step(steeper_ravine()), first_step(viz.RAVINE), rtol=1e-6),
    ),
    Claim(
        "sign-keep",
        "so the run never slows down",
        lambda v: np.allclose(np.abs(np.diff(v["scaled_runs"]["divided by its size"], axis=0)), 0.35, rtol=1e-3),
    ),
    Claim(
        "batches-intro",
        "nine batches in a row have a gradient of 0.1, and the tenth has −0.9",
        lambda v: "TEN_BATCHES = [0.1] * 9 + [-0.9]" in source("batches-run"),
    ),
    Claim(
        "batches-keep",
        "nine against one",
        lambda v: near(v["drifts"]["divided by its size"], -9 + 1) and near(v["drifts"]["SGD"], 0, 6),
    ),
    Claim("averages-keep", "The ten cancel again", lambda v: abs(v["drifts"]["Adam"]) < 0.05),
    Claim(
        "adam-correction-idea",
        "these $t$ weights add up to $1-\\beta^t$",
        lambda v: np.isclose(sum((1 - 0.9) * 0.9**k for k in range(7)), 1 - 0.9**7),
    ),
    Claim(
        "bias-intro",
        "the same gradient of 1 in every step: then $m$ and $v$ should both be 1",
        lambda v: near(v["short_m"][-1], 1, 6) and v["short_v"][-1] > 0.99,
    ),
    Claim("bias-keep", "at step 1000 $v$ is still 37% short", lambda v: near(1 - v["short_v"][999], 0.37, 2)),
    Claim("bias-keep", "an uncorrected step would be 26% too long", lambda v: near(v["ratio"][999] - 1, 0.26, 2)),
    Claim("bias-keep", "Too long.", lambda v: min(v["ratio"]) > 1),
    Claim(
        "first-steps-intro",
        "uncorrected first steps are ten times too *short*. That is so if only $v$ is corrected",
        lambda v: near(v["lengths"]["only v corrected"][0], 0.1, 6),
    ),
    Claim(
        "first-steps-keep",
        "The run without any correction ends lowest. Its steps are several times too long",
        lambda v: min(v["first_losses"], key=lambda name: v["first_losses"][name][-1]) == "neither corrected"
        and min(v["lengths"]["neither corrected"]) > 3,
    ),
    Claim(
        "decay-keep",
        "it moves the weight by about one `lr` in every step",
        lambda v: 0.9 < v["pulls"]["Adam"][0] < 1.1,
    ),
    Claim(
        "decay-keep",
        "spans orders of magnitude",
        lambda v: v["pulls"]["Adam"][0] > 50 * v["pulls"]["Adam"][-1] and np.ptp(v["pulls"]["AdamW"]) < 1e-9,
    ),
    Claim(
        "adamw-idea",
        "the two ends differ by $\\text{lr}^2\\lambda$ times the direction of the step",
        lambda v: all(np.isclose(one_step_apart(lr), lr**2 * 0.01, rtol=1e-4) for lr in (0.01, 0.1, 1.0)),
    ),
    Claim(
        "landscapes-intro",
        "Each runs at the learning rate that suits it best there, of ten between 0.001 and 1",
        lambda v: best_lrs_are_the_best(),
    ),
    Claim("landscapes-intro", "200 steps", lambda v: "steps=200" in source("landscapes-run")),
    Claim("landscapes-intro", "`weight_decay` of 0.1", lambda v: "weight_decay=0.1" in source("landscapes-run")),
    Claim(
        "landscapes-keep",
        "AdamW wins by far on the ravine",
        lambda v: 1e6 * v["races"]["the ravine"]["AdamW"]
        < min(end for racer, end in v["races"]["the ravine"].items() if racer != "AdamW"),
    ),
    Claim(
        "landscapes-keep",
        "comes last in Rosenbrock's valley and on Beale's function",
        lambda v: all(max(v["races"][name], key=v["races"][name].get) == "AdamW"
                      for name in ("Rosenbrock's valley", "Beale's function")),
    ),
    Claim(
        "landscapes-keep",
        "Adam does come to rest in the ravine",
        lambda v: v["races"]["the ravine"]["Adam"] < 1e-6,
    ),
    Claim("rates-intro", "thirteen learning rates over six decades", lambda v: len(v["lrs"]) == 13
          and np.isclose(v["lrs"][-1] / v["lrs"][0], 1e6)),
    Claim("rates-intro", "1797 handwritten digits of 8 × 8 pixels", lambda v: digits().shape == (1797, 8, 8)),
    Claim(
        "rates-keep",
        "Adam's valley is wider than plain SGD's, and about as wide as that of SGD with momentum",
        lambda v: all(
            counts["Adam"] > counts["SGD"] and abs(counts["Adam"] - counts["SGD + momentum"]) <= 1
            for counts in (on_ravine(v), on_digits(v))
        ),
    ),
    Claim(
        "rates-keep",
        "No valley is wider than two of the six decades.",
        lambda v: max(*on_ravine(v).values(), *on_digits(v).values()) == 5,  # half a decade between two
    ),
    Claim(
        "rates-keep",
        "On the ravine too large a rate makes SGD *diverge*. Adam does not",
        lambda v: diverges(v, "SGD") and not diverges(v, "Adam") and not diverges(v, "AdamW"),
    ),
    Claim(
        "rates-keep",
        "the best learning rate of SGD grows by more than a decade, and Adam's shrinks by more than one",
        lambda v: decades_between(v, "SGD") > 1 and decades_between(v, "Adam") < -1,
    ),
    Claim("digits-intro", "a loss of 0.3", lambda v: "steps_to(0.3, losses)" in source("digits-train")),
    Claim(
        "digits-keep",
        "Plain SGD needs the most steps, and Adam about half as many.",
        lambda v: max(medians(v), key=medians(v).get) == "SGD" and 0.35 < medians(v)["Adam"] / medians(v)["SGD"] < 0.65,
    ),
    Claim(
        "digits-keep",
        "All four read most digits they have not seen, and their ranges over five seeds overlap.",
        lambda v: {len(read) for read in v["reads"].values()} == {5}
        and 0.8 < max(map(min, v["reads"].values())) < min(map(max, v["reads"].values())),
    ),
    Claim("checkpoint-intro", "after 40 steps", lambda v: "train(network, optimizer, 40)" in source("checkpoint-run")),
    Claim(
        "checkpoint-keep",
        "Equal, bit for bit.",
        lambda v: v["continued"]["resumed with its state"] == v["continued"]["never interrupted"],
    ),
    Claim(
        "checkpoint-keep",
        "Without the state the run falls behind",
        lambda v: np.mean(v["continued"]["resumed without its state"][2:40])
        > 1.05 * np.mean(v["continued"]["never interrupted"][2:40]),
    ),
    Claim(
        "checkpoint-keep",
        "still a little behind at the end of the picture",
        lambda v: 1
        < np.mean(v["continued"]["resumed without its state"][60:]) / np.mean(v["continued"]["never interrupted"][60:])
        < 1.3,
    ),
    Claim(
        "resume-adam-intro",
        "step 500 with a learning rate of 0.01, and is to go on with 0.001",
        lambda v: all(
            part in source("resume-adam-run") for part in ("480)", "20, 480)", "lr=0.01)", "resumed.lr = 0.001")
        ),
    ),
    Claim(
        "resume-adam-keep",
        "about a tenth as long, as asked",
        lambda v: 0.05 < v["resumed_lengths"]["all restored"][0] / v["usual"] < 0.2,
    ),
    Claim(
        "resume-adam-keep",
        "Then it climbs for a while",
        lambda v: 2 * v["resumed_lengths"]["all restored"][0]
        < max(v["resumed_lengths"]["all restored"][:30])
        > 2 * np.mean(v["resumed_lengths"]["all restored"][40:]),
    ),
    Claim(
        "resume-adam-keep",
        "about as long as it was *before* the learning rate was lowered",
        lambda v: 0.7 < v["resumed_lengths"]["state reset"][0] / v["usual"] < 1.4,
    ),
    Claim(
        "resume-adam-keep",
        "With the count lost the steps are too short",
        lambda v: v["resumed_lengths"]["averages restored, count lost"][0]
        < 0.7 * v["resumed_lengths"]["all restored"][0],
    ),
    Claim(
        "resume-adam-keep",
        "$\\hat m$ by a factor of 10, $\\sqrt{\\hat v}$ by 31.6",
        lambda v: near(1 / (1 - 0.9), 10) and near((1 / (1 - 0.999)) ** 0.5, 31.6),
    ),
    Claim(
        "resume-adam-keep",
        "the loss of the reset run does not come out worse here",
        lambda v: np.mean(v["resumed_losses"]["state reset"]) <= np.mean(v["resumed_losses"]["all restored"]),
    ),
    Claim(
        "memory-count-keep",
        "2×, 3× and 4× for SGD, momentum and Adam",
        lambda v: [round(sum(v["held"][name][:3]) / v["held"][name][0]) for name in ("SGD", "SGD + momentum", "Adam")]
        == [2, 3, 4],
    ),
    Claim(
        "memory-count-keep",
        '"SGD costs 2×, Adam 3×"',
        lambda v: [round((held[0] + held[2]) / held[0]) for held in (v["held"]["SGD + momentum"], v["held"]["Adam"])]
        == [2, 3],
    ),
    Claim("memory-count-keep", "several copies more", lambda v: v["held"]["Adam"][3] > 3 * v["held"]["Adam"][0]),
    Claim("memory-keep", "16 bytes a parameter either way", lambda v: per_parameter("Adam") == 16
          and per_parameter("Adam", "mixed") == 16),
    Claim("memory-keep", "Only 16-bit state lowers the lines.", lambda v: per_parameter("Adam", "bfloat16") == 8),
    Claim("memory-keep", "At 175 billion parameters Adam's state is twice the parameters",
          lambda v: LARGE.state == 2 * LARGE.parameters),
    Claim("memory-keep", "1.27 TiB beside 651.9 GiB", lambda v: near(LARGE.state / TiB, 1.27, 2)
          and near(LARGE.parameters / GiB, 651.9)),
    Claim("fast-adam-same-intro", "less than 1% of the parameters' own bytes",
          lambda v: share_of_peak(FastAdam) < 0.01),
    Claim("fast-adam-time-intro", "the 28 bytes that each parameter must move", lambda v: 4 * (3 + 4) == 28
          and "28 * size / bandwidth" in source("fast-adam-time")),
    Claim(
        "scale-intro",
        "7.5 billion parameters, Adam, mixed precision, 64 devices. Unsharded, each device holds 120 GB.",
        lambda v: zero(0) == 120,
    ),
    Claim("scale-keep", "12 bytes of 16", lambda v: training_memory(1, "Adam", "mixed").state == 12),
    Claim("scale-keep", "The first stage saves the most",
          lambda v: zero(0) - zero(1) > max(zero(1) - zero(2), zero(2) - zero(3))),
    Claim("scale-keep", "120, 31.4, 16.6 and 1.9 GB",
          lambda v: [round(zero(stage), 1) for stage in range(4)] == [120, 31.4, 16.6, 1.9]),
    Claim("q1-why", "74.5 GiB", lambda v: near(2 * 40e9 / GiB, 74.5)),
    Claim("q1-why", "one H100 with its 80 GB", lambda v: viz.CARDS[80] == "H100"),
    *[Claim(*claim) for claim in PRACTICE],
]  # fmt: skip

# Cells whose numbers are settings, formulas, parts of a table or of a question, and claim nothing.
STATES_NO_FACT = {
    "title": "numbers of modules, hours", "objectives": "a table of contents", "api": "an interval",
    "optimizer-idea": "a heading", "sgd-idea": "formulas", "adam-idea": "formulas", "adamw-idea": "formulas",
    "sgd-momentum-idea": "formulas", "sgd-decay-idea": "formulas", "adam-averages-idea": "formulas",
    "adam-correction-idea": "formulas",
    "decay-intro": "a setting", "memory-intro": "the name of a type",
    "memory-curve-intro": "widths of types", "scale-question": "a question", "q1": "a question", "q2": "a question",
    "q3": "a question", "q4": "a question", "q5": "a question", "q5-why": "a question", "recap": "years, modules",
    "recipe": "ranges to start from, and a list", "memory-others": "papers and their formats",
    **dict.fromkeys(("optimizer-fails", "sgd-fails", "adam-fails", "adamw-fails"), "messages: test_messages gets them"),
}  # fmt: skip


def source(cell_id):
    return next(cell.source for cell in cells() if cell.id == cell_id)


def digits():
    with np.load(LESSON.parent / "data" / "digits.npz") as file:
        return file["images"]


def best_lrs_are_the_best():
    """The lesson's table of learning rates is what trying all of them gives."""
    names = {"viz": viz, "SGD": SGD, "Adam": Adam, "AdamW": AdamW, "np": np}
    exec(source("landscapes-run").partition("raced = {}")[0].replace("viz.ready", "# "), names)
    for landscape, lrs in names["BEST_LRS"].items():
        for racer, lr in zip(names["RACERS"], lrs, strict=True):
            final = {
                tried: viz.losses(landscape, names["run_racer"](landscape, racer, tried))[-1]
                for tried in names["LRS_TRIED"]
            }
            if min(final, key=lambda tried: np.nan_to_num(final[tried], nan=np.inf)) != lr:
                return False
    return len(names["LRS_TRIED"]) == 10


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.where}: {claim.says[:40]}")
def test_the_claim_stands_there_and_holds(claim, lesson_run):
    assert claim.says in one_line(source(claim.where)), "the prose has changed: check the claim again"
    assert claim.holds(lesson_run[1])


def numbers(text):
    """The numbers in a text, without code, links, formulas of symbols, headings' counters and years in brackets."""
    for gone in (
        r"(?s)```.*?```", r"`[^`]*`", r"\]\([^)]*\)", r"\$[^$]*\\(?:frac|text|beta|leftarrow)[^$]*\$",
        r"\b(?:Part|Question|Modules?|[Ss]tage) \d+(?:\.\d+)?", r"\(\d{4}\)", r"float\d+|\d+-bit|\d+ bits",
    ):  # fmt: skip
        text = re.sub(gone, " ", text)
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def test_every_number_in_prose_is_a_claim_or_a_setting():
    claimed = {}
    for claim in CLAIMS:
        claimed.setdefault(claim.where, set()).update(re.findall(r"\d+(?:[.,]\d+)*", claim.says))
    for cell in cells():
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata and cell.id not in STATES_NO_FACT:
            assert numbers(cell.source) <= claimed.get(cell.id, set()), cell.id


def test_what_states_no_fact_is_still_there():
    assert set(STATES_NO_FACT) <= {cell.id for cell in cells()}


# The spoken overview, which is made of the same facts

NUMBER = re.compile(
    r"\d[\d.]*\d|\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|thousands?|half|twice)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("says", "holds"), OVERVIEW_CLAIMS, ids=[says[:40] for says, _ in OVERVIEW_CLAIMS])
def test_what_the_overview_says_holds(says, holds, lesson_run):
    assert says in one_line(OVERVIEW.read_text()), "the overview has changed: check the claim again"
    assert holds(lesson_run[1])


def test_every_number_of_the_overview_is_a_claim():
    text = one_line(OVERVIEW.read_text().partition("\n")[2])
    known = [re.escape(says) for says, _ in OVERVIEW_CLAIMS]
    covered = [range(found.start(), found.end()) for says in known for found in re.finditer(says, text)]
    left = [
        text[m.start() - 30 : m.end() + 30] for m in NUMBER.finditer(text) if not any(m.start() in c for c in covered)
    ]
    assert left == []
