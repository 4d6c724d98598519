"""The table of right optimizers, with the lesson's own in it."""

from dataclasses import dataclass

from tinytorch.core import optimizers as lesson


@dataclass(frozen=True)
class Variant:
    """A right optimizer.

    Attributes
    ----------
    name : str
    subject : str
        The class it takes the place of: ``"Optimizer"``, ``"SGD"``, ``"Adam"`` or ``"AdamW"``.
    make : type
    """

    name: str
    subject: str
    make: type


VARIANTS: dict[str, Variant] = {}


def variant(subject: str):
    """Decorator: this class is a right `subject`."""

    def register(make: type) -> type:
        name = f"{subject.lower()}.{make.__name__}"
        if name in VARIANTS:
            raise ValueError(f"two variants are called {name}")
        VARIANTS[name] = Variant(name, subject, make)
        return make

    return register


for made in (lesson.Optimizer, lesson.SGD, lesson.Adam, lesson.AdamW):
    variant(made.__name__)(made)
