"""What an exam in one file is written with: cases of calls, checks that ask for them, slips and answers."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from .answers import NumericAnswer
from .comparison import Tolerance


@dataclass(frozen=True)
class Step:
    """A call with its arguments, or an attribute to read.

    Attributes
    ----------
    name : str
        Of the method or attribute; empty for the function or class itself.
    args : tuple
    kwargs : dict
    is_attribute : bool
    raises : str
        The name of the exception that must be raised here; empty if none.
    """

    name: str = ""
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    is_attribute: bool = False
    raises: str = ""


class Case:
    """One thing to try: calls, one after the other. Make it with `call` or `new`."""

    def __init__(self, first: Step, makes_instance: bool = False) -> None:
        self.steps, self.makes_instance = [first], makes_instance

    def call(self, method: str, *args: Any, **kwargs: Any) -> "Case":
        """Call a method of the instance next."""
        return self.add(Step(method, args, kwargs))

    def again(self, *args: Any, **kwargs: Any) -> "Case":
        """Call the function, or the instance itself, next."""
        return self.add(Step("", args, kwargs))

    def get(self, attribute: str) -> "Case":
        """Read an attribute of the instance next."""
        return self.add(Step(attribute, is_attribute=True))

    def raises(self, kind: type[BaseException] | str) -> "Case":
        """Say that the last call must raise an exception of this type; one that your notebook defines, by its name."""
        is_type = isinstance(kind, type) and issubclass(kind, BaseException)
        require(is_type or isinstance(kind, str), f"raises() takes a type of exception, or its name, not {kind!r}")
        self.steps[-1] = replace(self.steps[-1], raises=kind.__name__ if is_type else kind)
        return self

    def add(self, step: Step) -> "Case":
        self.steps.append(step)
        return self


def require(condition: bool, what: str) -> None:
    """Raise ValueError, with what is wrong in the exam, unless a condition holds."""
    if not condition:
        raise ValueError(what)


def is_size(value: Any) -> bool:
    """Whether a value is a number that can say how large something is."""
    return is_finite(value) and value >= 0


def is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def call(*args: Any, **kwargs: Any) -> Case:
    """Return a case that calls the function with these arguments."""
    return Case(Step("", args, kwargs))


def new(*args: Any, **kwargs: Any) -> Case:
    """Return a case that makes an instance of the class with these arguments; say what to do with it next."""
    return Case(Step("", args, kwargs), makes_instance=True)


@dataclass(frozen=True)
class CheckRecipe:
    """What ``@check`` was told.

    Attributes
    ----------
    name, about, label : str
    cases : callable
        ``cases(rng)`` yields the cases.
    tolerance : Tolerance
    line : int
        Where it stands in its file.
    """

    name: str
    about: str
    label: str
    cases: Callable[[Any], Iterable[Case]]
    tolerance: Tolerance
    line: int


@dataclass(frozen=True)
class SlipRecipe:
    """What ``@slip`` was told: a wrong function or class, and the question that helps whoever wrote it."""

    check: str
    hint: str
    belief: str
    wrong: Any


Recipe = CheckRecipe | SlipRecipe | NumericAnswer
_collected: ContextVar[list[Recipe] | None] = ContextVar("collected", default=None)


@contextmanager
def collecting() -> Iterator[list[Recipe]]:
    """Collect the checks, slips and answers that are defined meanwhile, in their order."""
    found: list[Recipe] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def keep(recipe: Recipe) -> None:
    if (found := _collected.get()) is not None:
        found.append(recipe)


def check(
    name: str, *, about: str, label: str = "", relative: float = 1e-6, absolute: float = 1e-9, dtype: bool = True
) -> Callable:
    """Make a check of the function below: its cases are tried on the student's work and on your solution.

    Parameters
    ----------
    name : str
        Such as ``"ps1.softmax"``; the hidden test asks ``examine("ps1.softmax", softmax)``.
    about : str
        What it asks, in a line.
    label : str
        The same in a few words for students; by default `about`.
    relative, absolute : float
        How far off a number may be, as for `numpy.isclose`.
    dtype : bool
        Whether the dtype of an array must be that of your solution.
    """

    for text, what in ((name, "its name"), (about, "about")):
        require(isinstance(text, str) and bool(text.strip()), f"{what} should be a text, not {text!r}")
    require(isinstance(label, str), f"label should be a text, not {label!r}")
    for size, what in ((relative, "relative"), (absolute, "absolute")):
        require(is_size(size), f"{what} should be a number that is not negative, not {size!r}")

    def decorate(cases: Callable[[Any], Iterable[Case]]) -> Callable[[Any], Iterable[Case]]:
        line = inspect.unwrap(cases).__code__.co_firstlineno
        keep(CheckRecipe(name, about, label or about, cases, Tolerance(relative, absolute, dtype), line))
        return cases

    return decorate


def slip(check: str, *, hint: str) -> Callable:
    """Make a slip of the wrong function or class below: who does the same as it on every case gets the hint.

    Parameters
    ----------
    check : str
        The name of the check that it fails.
    hint : str
        A question that helps, and does not give the line away.
    """

    require(isinstance(hint, str) and bool(hint.strip()), f"a slip of {check!r} has no hint")

    def decorate(wrong: Any) -> Any:
        require(callable(wrong) and hasattr(wrong, "__name__"), f"a slip is a function or a class, not {wrong!r}")
        belief = next(iter((wrong.__doc__ or "").strip().splitlines()), "") or wrong.__name__.replace("_", " ")
        keep(SlipRecipe(check, hint, belief, wrong))
        return wrong

    return decorate


def answer(
    name: str, value: float, unit: str, slips: Iterable[tuple[float, str]] = (), tolerance: float = 0.005
) -> None:
    """Make a check of an answer that is a number.

    Parameters
    ----------
    name : str
        Such as ``"ps1.bytes"``; the hidden test asks ``examine("ps1.bytes", ps1_bytes)``.
    value : float
    unit : str
    slips : iterable of (float, str)
        A wrong number, and the hint for whoever arrives at it.
    tolerance : float
        Relative: how far off is still right.
    """
    require(is_finite(value), f"the answer {name!r} should be a number, not {value!r}")
    require(is_size(tolerance), f"the tolerance of {name!r} should be a number that is not negative, not {tolerance!r}")
    found = NumericAnswer(name, value, unit, tuple(slips), tolerance)
    for pair in found.slips:
        is_pair = isinstance(pair, tuple) and len(pair) == 2 and is_finite(pair[0]) and isinstance(pair[1], str)
        require(is_pair, f"a slip of {name!r} should be (number, hint), not {pair!r}")
        number, _ = pair
        require(not found.near(number, value), f"a slip of {name!r} is the right number, {number}")
    keep(found)
