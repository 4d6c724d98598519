"""Record how mutants are wrong on public cases, for students' ``diagnose``.

What is written is data: what is wrong first in each case, how far off the numbers are, and the hints. It tells neither
how to write an optimizer nor what the checks ask. What right optimizers do must be recorded first.
"""

import json
from functools import cache, partial
from pathlib import Path

import numpy as np
from diagnosis.differences import symptoms
from diagnosis.fingerprint import Symptom, compress
from diagnosis.trace import Trace, make_trace
from tracing.look import signature_of

from grading.examiner import Mutant, atomic_write
from tinytorch.core.tensor import Tensor

from .mutants import MUTANTS
from .mutants.habits import habitual

SUBJECTS = ("Optimizer", "SGD", "Adam", "AdamW")


def record(target: Path) -> Path:
    """Write the fingerprints; an older file is replaced when the new one is whole.

    Returns
    -------
    Path
        `target`, an npz file: ``about``, a JSON text with the hints, for each row which of them it has, and the sets
        of wrong fields; and for each subject, with a row for each mutant, and for each with a habit that is right, and
        a column for each public case, the call that is wrong first, which set of fields is wrong then, and two sizes.
        See ``Symptom``.
    """
    arrays: dict[str, np.ndarray] = {}
    about = {subject: record_subject(subject, arrays) for subject in SUBJECTS}
    with atomic_write(target) as partial_file, open(partial_file, "wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
    return target


def record_subject(subject: str, arrays: dict[str, np.ndarray]) -> dict:
    """Add the symptoms of the mutants of a class to `arrays`, and return what they are about."""
    mutants, rows = [], []
    for mutant in MUTANTS.values():
        if mutant.subject == subject:
            shown = shown_by(mutant)
            mutants += [mutant] * len(shown)
            rows += shown
    hints = list(dict.fromkeys((mutant.misconception.belief, mutant.misconception.hint) for mutant in mutants))
    whats = list(dict.fromkeys(seen.what for row in rows for seen in row))
    arrays[f"{subject}.calls"] = np.array([[seen.call for seen in row] for row in rows], dtype=np.int8)
    arrays[f"{subject}.whats"] = np.array([[whats.index(seen.what) for seen in row] for row in rows], dtype=np.int16)
    arrays[f"{subject}.sizes"] = compress(np.array([[seen.sizes for seen in row] for row in rows]))
    return {
        "hints": hints,
        "mistakes": [hints.index((mutant.misconception.belief, mutant.misconception.hint)) for mutant in mutants],
        "whats": [sorted(what) for what in whats],
    }


@cache
def shown_by(mutant: Mutant) -> list[list[Symptom]]:
    """What is wrong with a mutant in each public case, and what is with it and a habit; the same is there once."""
    rows = {}  # by what they look like: most habits do not show with most mistakes
    for make in (mutant.make, *habitual(mutant)):
        known = Trace(signature=signature_of(make))
        row = [*symptoms(mutant.subject, partial(make_trace, subject=make, tensor=Tensor, like=known))]
        rows.setdefault(repr(row), row)
    return [*rows.values()]
