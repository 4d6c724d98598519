"""Try an exam in one file before anybody is graded: do its cases and the instructor's solution fit each other?"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from tracing import calls
from tracing.data import Odd, Raised

from ..util.errors import CourseError
from .cases import Step
from .outcome import step_difference, where_of
from .reference import ReferenceCheck


def rehearse(check: ReferenceCheck, assignment: str) -> None:
    """Have the instructor's solution do what a student is asked, before anybody is.

    Raises
    ------
    CourseError
        If it raises what no case expects, gives what cannot be compared, or does not do the same twice.
    """
    examination = check.examination(assignment, "rehearsal")
    where, tolerance = f"line {check.recipe.line}, check {check.name}", check.recipe.tolerance
    solution = check.solution()
    first, second = examination.done_by(solution), examination.done_by(solution)
    if any(outcome.raised and outcome.raised.timed_out for outcome in first[-1]):
        raise CourseError(f"{where}: your solution does not end within {calls.SECONDS:g} s in case {len(first)}")
    for number, (case, once, again) in enumerate(zip(examination.cases, first, second, strict=True), start=1):
        for place, (step, outcome) in enumerate(zip(case.steps, once, strict=False)):
            made = f"{where}: case {number}, {where_of(check.subject, case, place)} of your solution"
            if step.raises not in (outcome.raised.types if outcome.raised else ("",)):
                raise CourseError(f"{made} {not_as_announced(step, outcome.raised)}")
            if odd := next(odds([outcome.returned, *outcome.changed.values()]), None):
                raise CourseError(f"{made} gives {odd.what}, with which nothing can be compared")
            if step_difference(step, outcome, again[place], tolerance).size > 1:
                raise CourseError(f"{made} does not give the same twice")


def not_as_announced(step: Step, raised: Raised | None) -> str:
    """Say that a solution raised what its case does not announce, or did not raise what it does."""
    if raised is None:
        return f"raised nothing, and the case says .raises({step.raises})"
    said = f"{raised.types[0]}: {raised.message}".rstrip(": ")
    meant = (
        f"and the case says .raises({step.raises})"
        if step.raises
        else f"is that meant? then add .raises({raised.types[0]})"
    )
    return f"raised {said}; {meant}"


def odds(values: Iterable[Any]) -> Iterator[Odd]:
    """Find what cannot be compared, at any depth."""
    for value in values:
        if isinstance(value, Odd):
            yield value
        elif isinstance(value, dict):
            yield from odds([*value.keys(), *value.values()])
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield from odds(list(value))
        elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
            yield from odds(value.ravel().tolist())
