"""Every misconception with its hint, and every mutant with its misconception."""

from grading.examiner import Misconception, Mutant

MISCONCEPTIONS: dict[str, Misconception] = {}
MUTANTS: dict[str, Mutant] = {}


def misconception(name: str, belief: str, hint: str):
    """A misconception; call the result to decorate its mutants."""
    held = MISCONCEPTIONS[name] = Misconception(name, belief, hint)

    def of(subject: str, mutant_name: str | None = None):
        """Decorator: this class stands for the misconception."""

        def register(make: type) -> type:
            label = f"{subject.lower()}.{mutant_name or make.__name__.lstrip('_')}"
            if label in MUTANTS:
                raise ValueError(f"two mutants are called {label}")
            MUTANTS[label] = Mutant(label, subject, make, held)
            return make

        return register

    return of
