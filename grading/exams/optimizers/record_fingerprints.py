"""Record how mutants are wrong on public cases, for students' ``diagnose``.

What is written is data: what is wrong first in each case, how far off the numbers are, and the hints. It tells neither
how to write an optimizer nor what the checks ask. What right optimizers do must be recorded first.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
from diagnosis.differences import symptoms
from diagnosis.fingerprint import compress
from diagnosis.trace import make_trace

from grading.examiner import atomic_write
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
        shown = []
        for make in (mutant.make, *habitual(mutant)) if mutant.subject == subject else ():
            row = [*symptoms(subject, partial(make_trace, subject=make, tensor=Tensor))]
            if repr(row) not in shown:  # most habits do not show with most mistakes
                shown.append(repr(row))
                mutants.append(mutant)
                rows.append(row)
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
