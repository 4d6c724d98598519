"""Record how mutants and right variants behave on public cases, for students' ``diagnose``.

What is written is data: cases, rows of numbers, and the hints. It tells how wrong optimizers move on numbers that are
used for nothing else, and how a right one does, but neither how to write one nor what the checks ask.
"""

import json
from pathlib import Path

import numpy as np
from diagnosis.case import Call, Case
from diagnosis.fingerprint import agree, fingerprint
from diagnosis.trace import make_trace

from grading.examiner import atomic_write, seed_of
from tinytorch.core.tensor import Tensor

from .draw import SIZES, Draw
from .mutants import MUTANTS
from .variants import VARIANTS

SHAPES = ((2,), (1,), (2, 2))


def fingerprint_cases(subject: str) -> list[Case]:
    """Make the public cases of a class: plain steps, steps that show most mistakes, and state."""
    draw = Draw(np.random.default_rng(seed_of("public", subject)), SHAPES)
    if subject == "Optimizer":
        return [
            draw.case(subject, Call("new", ((), {})), draw.gradients(), Call("zero_grad"), Call("step")),
            draw.case(subject, Call("new", ((), {})), draw.gradients(missing=(1,)), Call("zero_grad")),
        ]
    rich = {"lr": 0.1, "weight_decay": 0.3}
    rich |= {"momentum": 0.8} if subject == "SGD" else {"betas": (0.6, 0.8), "eps": 0.4}
    calls = [Call("new", ((), rich))]
    for missing, lr in (((), 0.1), ((), 0.1), ((1,), 0.25), ((2,), 0.05), ((0, 1, 2), 0.1), ((), 0.1), ((), 0.1)):
        calls += [Call("set", ("lr", lr)), draw.gradients(missing), Call("step")]
    calls += [Call("zero_grad"), draw.gradients(), Call("step")]
    plain = [Call("new", ((), {}))]
    for _ in range(8):
        plain += [draw.gradients(), Call("step")]
    settings = {"lr": 0.05, "weight_decay": 0.1} | ({"momentum": 0.6} if subject == "SGD" else {})
    varied = draw.steps(subject, settings, 13, schedule=True, zero=(0,), sizes=SIZES, load=True)
    cases = [draw.case(subject, *plain), draw.case(subject, *calls), varied]
    if subject == "SGD":
        momentum, get = {"lr": 0.1, "momentum": 0.5}, Call("get_momentum_state")
        state = draw.each(0.5, 2.0)
        cases += [
            draw.case(subject, Call("new", ((), {})), Call("has_momentum"), get, Call("put", state),
                      Call("has_momentum"), draw.gradients(), Call("step")),
            draw.case(subject, Call("new", ((), momentum)), Call("has_momentum"), draw.gradients(), Call("step"), get,
                      Call("overwrite", 9.0), draw.gradients(), Call("step"), Call("put", state),
                      Call("overwrite", 9.0), Call("put", None), Call("put", state[:-1])),
            draw.case(subject, Call("new", ((), momentum)), Call("put", [*state[:-1], np.ones(5)])),
            draw.case(subject, Call("new", ((), momentum)), Call("put", [*state, np.ones(5)])),
        ]  # fmt: skip
    return cases


def record(target: Path) -> Path:
    """Write the fingerprints; an older file is replaced when the new one is whole.

    Returns
    -------
    Path
        `target`, an npz file: ``about``, a JSON text, and for each subject and case the fingerprints of the right
        variants and of the mutants, float32, one a row.
    """
    arrays, about = {}, {}
    for subject in ("Optimizer", "SGD", "Adam", "AdamW"):
        cases = fingerprint_cases(subject)
        right = unique([prints(cases, variant.make) for variant in VARIANTS.values() if variant.subject == subject])
        mutants = [m for m in MUTANTS.values() if m.subject == subject]
        rows = [prints(cases, mutant.make) for mutant in mutants]
        shown = [i for i, row in enumerate(rows) if not any(same(row, other) for other in right)]
        about[subject] = {
            "cases": [case.as_data() for case in cases],
            "hints": [[mutants[i].misconception.belief, mutants[i].misconception.hint] for i in shown],
        }
        for k in range(len(cases)):
            arrays[f"{subject}.{k}.right"] = in_float32([row[k] for row in right])
            arrays[f"{subject}.{k}.mutants"] = in_float32([rows[i][k] for i in shown])
    with atomic_write(target) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
    return target


def in_float32(rows: list[np.ndarray]) -> np.ndarray:
    """Rows as an array of float32, with its largest number for larger ones."""
    largest = np.finfo(np.float32).max
    return np.clip(rows, -largest, largest).astype(np.float32)


def prints(cases: list[Case], make: type) -> list[np.ndarray]:
    return [fingerprint(case, make_trace(case, make, Tensor)) for case in cases]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(agree(a, b).all() for a, b in zip(one, other, strict=True))


def unique(rows: list) -> list:
    """Drop the rows that agree with an earlier one."""
    kept = []
    for row in rows:
        if not any(same(row, other) for other in kept):
            kept.append(row)
    return kept
