"""Record what right optimizers do on public cases, for students' ``diagnose``.

The cases are of the kinds that the checks ask, and some more, with numbers of their own that are used for nothing else.
What is written is data: inputs, and what was seen of right optimizers. It does not say how one is written.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from diagnosis.behavior import SHOWN, Entry, entries
from diagnosis.case import Case
from diagnosis.trace import make_trace

from grading.examiner import atomic_write
from tinytorch.core.tensor import Tensor

from .checks import CHECKS, LABELS
from .diagnosis_cases import first_cases, more_cases
from .judge import examination
from .oracle import DEFAULTS
from .variants import VARIANTS

SUBJECTS = ("Optimizer", "SGD", "Adam", "AdamW")
STATE = ("has_momentum", "get_momentum_state", "put")
NEAR = 2e-4  # of the size of a number: two right optimizers of one kind are nearer than that, two kinds are not
RELATIVE, SPREADS = 1e-5, 4.0  # what is still right: see `tolerances`


def diagnosed_cases(subject: str) -> list[Case]:
    """Return the public cases of a class: first the plain ones, then those with something missing, then state."""
    drawn = [examination(check, "diagnose", "public") for check in CHECKS.values() if check.subject == subject]
    others = [*(case for exam in drawn for case in exam.cases), *more_cases(subject)]
    return [*map(compact, [*first_cases(subject), *sorted(others, key=how_special)])]


def how_special(case: Case) -> tuple[bool, bool, int]:
    """Return what decides in which order cases are asked: a mistake is best shown by the plainest of them."""
    is_plain = case.calls[0].do == "new" and not any(
        call.on != "a" or call.do == "gradients" and None in call.value for call in case.calls
    )
    return any(call.do in STATE for call in case.calls), not is_plain, len(case.calls)


def compact(case: Case) -> Case:
    """Return a case whose numbers take little room: rounded to half precision where that loses no more than digits."""

    def rounded(array: np.ndarray) -> np.ndarray:
        sizes = np.abs(array[array != 0])
        fits = not sizes.size or (sizes.min() > 1e-3 and sizes.max() < 1e3)
        return np.asarray(array, dtype=np.float16 if fits else np.float32)

    def short(value):
        if isinstance(value, np.ndarray):
            return np.asarray(rounded(value), dtype=value.dtype)
        if isinstance(value, list):
            return [short(item) for item in value]
        return value

    def given(value):
        return [None if entry is None else (entry[0], rounded(entry[1])) for entry in value]

    calls = [
        replace(call, value=given(call.value) if call.do == "gradients" else short(call.value)) for call in case.calls
    ]
    return replace(case, params=tuple(short(param) for param in case.params), calls=tuple(calls))


def record(target: Path) -> Path:
    """Write what right optimizers do; an older file is replaced when the new one is whole.

    Returns
    -------
    Path
        `target`, an npz file: ``about``, a JSON text with the cases and, for each entry, the facts that are right;
        and for each subject and case the numbers, a row for each right behavior, and how far off is still right.
    """
    arrays: dict[str, np.ndarray] = {}
    about = {subject: record_subject(subject, arrays) for subject in SUBJECTS}
    with atomic_write(target) as unfinished, open(unfinished, "wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
    return target


def record_subject(subject: str, arrays: dict[str, np.ndarray]) -> dict:
    """Add the numbers of a class to `arrays`, and return what they are about."""
    variants = [variant.make for variant in VARIANTS.values() if variant.subject == subject]
    cases = diagnosed_cases(subject)
    recorded = []
    for k, case in enumerate(cases):
        seen = [list(entries(case, make_trace(case, make, Tensor))) for make in variants]
        facts = [json.dumps(sorted(set(same))) for same in zip(*([e.fact for e in row] for row in seen), strict=True)]
        kinds = sorted(set(facts))
        right, tolerance = tolerances(np.array([numbers_of(row) for row in seen]), sizes(seen[0]))
        arrays[f"{subject}.{k}.right"] = right.astype(np.float32)
        arrays[f"{subject}.{k}.tolerance"] = np.log2(tolerance).astype(np.float16)
        recorded.append({
            "case": case.as_data(), "kinds": [json.loads(text) for text in kinds], "facts": [*map(kinds.index, facts)],
        })  # fmt: skip
    return {
        "interface": json.loads(json.dumps([("params", None), *DEFAULTS[subject].items()])),
        "looked_at": [LABELS[name] for name, check in CHECKS.items() if check.subject == subject],
        "cases": recorded,
    }


def numbers_of(seen: list[Entry]) -> list[float]:
    return [number for entry in seen for number in entry.numbers]


def sizes(seen: list[Entry]) -> np.ndarray:
    """Return the size against which each number is measured.

    It is the largest that this number has had in the case so far: a sum may be small and its terms, which were rounded,
    are not.
    """
    largest: dict[tuple[str, int], np.ndarray] = {}
    found = [np.zeros(0)]
    for entry in seen:
        size, key = np.abs(entry.numbers), (entry.field, entry.param)
        if len(size) > SHOWN:
            size[SHOWN] = size[:SHOWN].max() * entry.weight
        largest[key] = np.maximum(size, largest.get(key, 0.0))
        found.append(largest[key])
    return np.concatenate(found)


def tolerances(rows: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different right behaviors, and how far off each of their numbers may be.

    Parameters
    ----------
    rows : ndarray, shape (number of right optimizers, number of numbers)
    size : ndarray, shape (number of numbers,)

    Returns
    -------
    right : ndarray, shape (number of behaviors, number of numbers)
    tolerance : ndarray, of the same shape
        Some times the spread of the right optimizers around it, and at least what rounding explains.
    """
    groups: list[list[np.ndarray]] = []
    for row in rows:
        for group in groups:
            if (np.abs(row - group[0]) <= NEAR * (size + 1e-9)).all():
                group.append(row)
                break
        else:
            groups.append([row])
    right = np.array([np.median(group, axis=0) for group in groups])
    spread = np.array([np.abs(group - middle).max(axis=0) for group, middle in zip(groups, right, strict=True)])
    return right, SPREADS * spread + RELATIVE * size + 1e-13
