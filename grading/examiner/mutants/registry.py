"""Every misconception with its hint, and every mutant with its misconception."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Misconception:
    """What somebody who writes such code believes.

    Attributes
    ----------
    name : str
    belief : str
        The mistake, in a few words, for the instructor's report.
    hint : str
        A question that helps whoever holds it, and does not give the line away.
    """

    name: str
    belief: str
    hint: str


@dataclass(frozen=True)
class Mutant:
    """A wrong optimizer.

    Attributes
    ----------
    name : str
    subject : str
        The class it takes the place of: ``"Optimizer"``, ``"SGD"``, ``"Adam"`` or ``"AdamW"``.
    make : type
    misconception : Misconception
    """

    name: str
    subject: str
    make: type
    misconception: Misconception


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
