"""Every misconception with its hint, and every mutant with its misconception."""

from collections.abc import Callable

from diagnosis.case import Case
from diagnosis.trace import Trace

from grading.examiner import Misconception, Mutant

MISCONCEPTIONS: dict[str, Misconception] = {}
MUTANTS: dict[str, Mutant] = {}

# What a trace must show for a hint to be true of it, by the name of the misconception: ``holds(case, trace, call)``.
# A hint that is not here says nothing but what follows from the numbers that a mutant shares with the trace.
Condition = Callable[[Case, Trace, int], bool]
CONDITIONS: dict[str, Condition] = {}


def misconception(name: str, belief: str, hint: str, holds: Condition | None = None):
    """A misconception; call the result to decorate its mutants."""
    held = MISCONCEPTIONS[name] = Misconception(name, belief, hint)
    if holds:
        CONDITIONS[name] = holds

    def of(subject: str, mutant_name: str | None = None, caught: bool = True):
        """Decorator: this class stands for the misconception."""

        def register(make: type) -> type:
            label = f"{subject.lower()}.{mutant_name or make.__name__.lstrip('_')}"
            if label in MUTANTS:
                raise ValueError(f"two mutants are called {label}")
            MUTANTS[label] = Mutant(label, subject, make, held, caught)
            return make

        return register

    return of
