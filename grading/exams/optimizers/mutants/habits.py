"""Habits that are right, and leave another trace than the mutants do."""

from collections.abc import Iterator
from functools import cache

from diagnosis.case import Case

from grading.examiner import Mutant

from . import base


class DecaysFirst(base.AdamW):
    """Decays the old weight, then steps."""

    def apply(self, param, change):
        self.shrink(param)
        self.move(param, change)


class CountsPerParameter(base.Adam):
    """Corrects by how often a parameter had a gradient."""

    def update(self, i, param, gradient):
        self.now, self.counts = i, getattr(self, "counts", {})
        self.counts[i] = self.counts.get(i, 0) + 1
        super().update(i, param, gradient)

    def t(self):
        return self.counts[self.now]


class SkipsNoDecay(base.Adam):
    """Adds no decay where it is zero: then parameters that are no numbers do not spoil the gradient."""

    def decayed(self, gradient, param):
        return super().decayed(gradient, param) if self.weight_decay else gradient


@cache
def combined(make: type, habit: type) -> type | None:
    """A mutant's class with a habit; what the mutant itself does goes first. None if the two cannot be combined."""
    try:
        return type(make.__name__, (make, habit), {})
    except TypeError:
        return None


def habitual(mutant: Mutant) -> Iterator[type]:
    """The mutant's class with each habit that its subject can have."""
    habits = {"Adam": (CountsPerParameter,), "AdamW": (DecaysFirst, CountsPerParameter)}.get(mutant.subject, ())
    yield from filter(None, (combined(mutant.make, habit) for habit in habits))


def skipping_no_decay(mutant: Mutant) -> type | None:
    """The mutant's class with a habit that shows only where parameters are no longer finite."""
    return combined(mutant.make, SkipsNoDecay) if mutant.subject == "Adam" else None


def with_habits(mutant: Mutant, case: Case) -> Iterator[type]:
    """The mutant's class with each habit that the case can show."""
    if mutant.subject not in ("Adam", "AdamW"):
        return
    made = next(call.value[1] for call in case.calls if call.do == "new")
    if mutant.subject == "AdamW" and made.get("weight_decay", 0.01) and (make := combined(mutant.make, DecaysFirst)):
        yield make
    given = (gradient for call in case.calls if call.do == "gradients" for gradient in call.value)
    is_missing = any(gradient is None for gradient in given)
    if is_missing and (make := combined(mutant.make, CountsPerParameter)):
        yield make
