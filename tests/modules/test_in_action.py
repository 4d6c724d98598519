"""The optimizers at work: the notebook runs, and what it says of its runs is so."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.modules.test_notebooks import errors
from tests.test_claims import Claim, near, numbers, one_line

NOTEBOOK = Path(__file__).resolve().parents[2] / "modules" / "in_action" / "in_action.ipynb"
CELLS = {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}

# What its cells have measured, by their names.
REPORT = """
import json, re
print(json.dumps({
    "read_right": read_right, "apart": apart, "clip_runs": clip_runs, "BROKEN": BROKEN,
    "text": [len(text), len(text.strip().split("\\n\\n"))], "text_losses": text_losses,
    "sample": sample, "known": known, "words": len(words),
    "decay_runs": decay_runs, "sizes": sizes, "warmup_runs": warmup_runs, "only_frequent": only_frequent,
    # not ru_maxrss, which begins with what the process had that started this one
    "megabytes": int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) / 1024,
}, default=lambda value: value.tolist()))
"""


def source(cell_id):
    return CELLS[cell_id].source


def end(losses):
    return np.mean(losses[-20:])


def after(v, name):
    """The mean loss in the ten steps after the broken batch."""
    return np.mean(v["clip_runs"][name][v["BROKEN"] + 1 : v["BROKEN"] + 11])


def lines(v):
    """The lines that the model has written, without the last one, which is cut off."""
    return [line for line in v["sample"].splitlines()[:-1] if line]


CLAIMS = [
    Claim("action-conv-intro", "Both take the same 240 steps, each from three starts",
          lambda v: "STEPS, LR = 240," in source("action-conv-run")
          and {len(shares) for shares in v["read_right"].values()} == {3}),
    Claim("action-conv-intro", "takes a digit as a row of 64 numbers", lambda v: 8 * 8 == 64),
    Claim("action-conv-keep", "ahead by more than its own starts differ",
          lambda v: min(v["read_right"]["convolutions"]) - max(v["read_right"]["one row"])
          > np.ptp(v["read_right"]["convolutions"])),
    Claim("action-resume-intro", "after 100 steps", lambda v: "last=100)" in source("action-resume-run")),
    Claim("action-resume-keep", "a break leaves no trace", lambda v: v["apart"] == 0),
    Claim("action-clip-intro", "At step 120", lambda v: v["BROKEN"] == 120),
    Claim("action-clip-intro", "from 0 to 255, and not from 0 to 1", lambda v: "255 *" in source("action-clip-run")),
    Claim("action-clip-keep", "the harm comes *after* the broken batch",
          lambda v: after(v, "one broken, not clipped") > 10 * after(v, "one broken, clipped at 1")
          and end(v["clip_runs"]["one broken, not clipped"]) > 5 * end(v["clip_runs"]["one broken, clipped at 1"])),
    Claim("action-clip-keep", "every weight moves by some three times `lr`", lambda v: near(0.1 / 0.001**0.5, 3.16, 2)),
    Claim("action-clip-keep", "leaves no trace at the end",
          lambda v: end(v["clip_runs"]["one broken, clipped at 1"]) < 2 * end(v["clip_runs"]["sound batches"])),
    Claim("action-clip-keep", "that run ends about as well", lambda v: end(v["clip_runs"]["sound batches"]) < 0.06),
    Claim("action-text-intro", "154 poems, 94,653 letters", lambda v: v["text"] == [94653, 154]),
    Claim("action-text-intro", "up to 48 letters", lambda v: "LENGTH, BATCH = 48," in source("action-text-data")),
    Claim("action-text-predict", "your AdamW trains it for 1000 steps", lambda v: len(v["text_losses"]) == 1000),
    Claim("action-text-keep", "most of them are words", lambda v: v["known"] > 0.55 * v["words"]),
    Claim("action-text-keep", "a line begins with a capital",
          lambda v: np.mean([line.strip()[0].isupper() for line in lines(v)]) > 0.8),
    Claim("action-text-keep", "it ends with a comma or another mark",
          lambda v: np.mean([line[-1] in ".,;:?!" for line in lines(v)]) > 0.6),
    Claim("action-text-keep", "how long it is", lambda v: 30 < np.median([len(line) for line in lines(v)]) < 60),
    Claim("action-text-keep", "It sees 48 letters", lambda v: "line[-LENGTH:]" in source("action-text-data")),
    Claim("action-adamw-intro", "now takes 200 steps with a decay of 0.1 in three ways",
          lambda v: [len(losses) for losses in v["decay_runs"].values()] == [200] * 3
          and "0.01, 0.1\n" in source("action-text-run")),
    Claim("action-adamw-keep", "AdamW and Adam without decay end side by side",
          lambda v: abs(end(v["decay_runs"]["AdamW, decay 0.1"]) - end(v["decay_runs"]["Adam, no decay"])) < 0.08),
    Claim("action-adamw-keep", "A decay of 0.1 takes at most $0.01 \\cdot 0.1 = 0.1\\%$", lambda v: near(1, 1)
          and np.isclose(0.01 * 0.1, 0.001)),
    Claim("action-adamw-keep", "in 200 steps", lambda v: "SHORT = 200" in source("action-adamw-run")),
    Claim("action-adamw-keep", "ends more than half a unit higher",
          lambda v: end(v["decay_runs"]["Adam, decay 0.1"]) > end(v["decay_runs"]["AdamW, decay 0.1"]) + 0.5),
    Claim("action-adamw-keep", "the weights of that layer are gone",
          lambda v: 100 * v["sizes"]["Adam, decay 0.1"] < v["sizes"]["AdamW, decay 0.1"]),
    Claim("action-warmup-intro", "a warmup of 50 steps", lambda v: "in (50, 0)" in source("action-warmup-run")),
    Claim("action-warmup-intro", "one seven times as large", lambda v: near(0.02 / 0.003, 7, 0)),
    Claim("action-warmup-keep", "with it or without, the runs end alike",
          lambda v: abs(end(v["warmup_runs"]["lr = 0.003, warmup"]) - end(v["warmup_runs"]["lr = 0.003, no warmup"]))
          < 0.06),
    Claim("action-warmup-keep", "With warmup this run ends lowest of the four.",
          lambda v: min(v["warmup_runs"], key=lambda name: end(v["warmup_runs"][name])) == "lr = 0.02, warmup"),
    Claim("action-warmup-keep", "it learns how frequent each letter is, and no more",
          lambda v: abs(end(v["warmup_runs"]["lr = 0.02, no warmup"]) - v["only_frequent"]) < 0.15),
]  # fmt: skip
STATES_NO_FACT = {"action-title", "action-yours-intro", "action-tools-intro", "action-recap", "action-text-intro"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The notebook, run with the lesson's own optimizers, and what its cells have measured."""
    modules = tmp_path_factory.mktemp("in_action")
    for name in ("07_optimizers", "in_action"):
        shutil.copytree(NOTEBOOK.parents[1] / name, modules / name)
    nb = nbformat.read(NOTEBOOK, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(REPORT, id="report"))
    where = {"metadata": {"path": str(modules / "in_action")}}
    with pytest.MonkeyPatch.context() as patch:
        for limit in ("MMAP", "TRIM"):  # below it the kernel of Linux would take and clear memory thousands of times
            patch.setenv(f"MALLOC_{limit}_THRESHOLD_", str(2**28))
        NotebookClient(nb, timeout=600, resources=where).execute()
    report = nb.cells.pop()
    return nb, json.loads("".join(output.text for output in report.outputs))


def test_it_runs_in_little_memory(run):
    nb, measured = run
    assert errors(nb) == []
    assert measured["megabytes"] < 400


def test_its_pictures_are_described(run):
    pages = [out.data["text/html"] for cell in run[0].cells for out in cell.get("outputs", []) if "data" in out
             and "text/html" in out.data]  # fmt: skip
    assert len(pages) == 7
    for page in pages:
        alt = re.search(r'<img alt="([^"]{40,})"', page)
        assert alt and "nan" not in alt[1]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.where}: {claim.says[:40]}")
def test_the_claim_stands_there_and_holds(claim, run):
    assert claim.says in one_line(source(claim.where)), "the prose has changed: check the claim again"
    assert claim.holds(run[1])


def test_every_number_in_prose_is_a_claim_or_a_setting():
    claimed = {}
    for claim in CLAIMS:
        claimed.setdefault(claim.where, set()).update(re.findall(r"\d+(?:[.,]\d+)*", claim.says))
    for cell in CELLS.values():
        if cell.cell_type == "markdown" and cell.id not in STATES_NO_FACT:
            assert numbers(cell.source) <= claimed.get(cell.id, set()), cell.id


def test_the_model_cannot_see_what_it_is_to_predict():
    """What it is trained on is the same text, one letter on."""
    names = {}
    for cell in ("action-imports", "action-text-data"):
        code = CELLS[cell].source.replace("from diagnosis import diagnose\n", "")
        exec(code.replace('"data/sonnets.txt"', repr(str(NOTEBOOK.parent / "data" / "sonnets.txt"))), names)  # noqa: S102
    inputs, classes = names["text_batch"](3)
    np.testing.assert_array_equal(inputs[:, 1:], classes[:, :-1])
    model = names["Writer"](features=8, heads=2)
    scores = model(inputs).data
    inputs[:, 20:] = 0
    np.testing.assert_array_equal(model(inputs).data[:, :20], scores[:, :20])
