"""The classes by name, with the misconceptions that rightly name what is wrong with each."""

from typing import NamedTuple

LEARNERS: dict[str, "Learner"] = {}


class Learner(NamedTuple):
    """A class, what it is of, and what may be said of it."""

    subject: str
    make: type
    names: frozenset[str]


def learner(subject: str, *names: str):
    """Decorator: this class has the mistake that these misconceptions name."""

    def register(make: type) -> type:
        label = f"{subject.lower()}.{make.__name__}"
        assert label not in LEARNERS, label
        LEARNERS[label] = Learner(subject, make, frozenset(names))
        return make

    return register
