"""An exam: what the examiner knows of one assignment. Exams are the folders in ``grading/exams/``."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from ..sandbox.profile import SandboxProfile
from ..util.errors import CourseError
from .check import Check
from .verdict import Misconception, Mutant, Variant, Verdict

EXAMS = "grading.exams"


@dataclass(frozen=True)
class Family:
    """Misconceptions that one and the same half hour of teaching helps with.

    Attributes
    ----------
    name : str
    members : tuple of str
        Patterns of the misconceptions' names.
    suggestion : str
        What a next lecture could do.
    """

    name: str
    members: tuple[str, ...]
    suggestion: str

    def has(self, misconception: str) -> bool:
        return any(fnmatch(misconception, pattern) for pattern in self.members)


@dataclass(frozen=True)
class Exam:
    """What the examiner knows of one assignment.

    Attributes
    ----------
    assignment : str
        Its name.
    checks : Mapping of str to Check
        By name, in the order of the lesson.
    announced : Mapping of str to (tuple of str)
        By check, the sentences of the lesson and the visible tests that tell students what it asks.
    misconceptions : Mapping of str to Misconception
    families : tuple of Family
        Each misconception is in one of them.
    mutants : Mapping of str to Mutant
    variants : Mapping of str to Variant
    judge : callable or None
        ``judge(check, subject, student)`` gives the Verdict of a check in this process, for the audit.
    hint_is_true : callable or None
        ``hint_is_true(check, subject, student, misconception)`` is whether what a hint says is true of what a class
        did when it failed a check; for the audit.
    looks_right : callable or None
        ``looks_right(subject, make)`` is whether students' own tool sees nothing wrong in a class; for the audit. None
        where students have none.
    illustrate : callable or None
        ``illustrate(verdict, subject, run)`` gives what `grading.feedback_page.picture` draws of a class;
        ``run(case)`` is the trace of a case as data. None where no picture shows the mistake.
    sample_class : Mapping of str to callable
        By student, what makes a submission of two notebooks: the released one, and the one with all solutions.
    record : callable or None
        Records anew what students' own tools compare with, and returns the file's path.
    """

    assignment: str
    checks: Mapping[str, Check]
    announced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    misconceptions: Mapping[str, Misconception] = field(default_factory=dict)
    families: tuple[Family, ...] = ()
    mutants: Mapping[str, Mutant] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    judge: Callable[[str, Any, str], Verdict] | None = None
    hint_is_true: Callable[[str, Any, str, Misconception], bool] | None = None
    looks_right: Callable[[str, Any], bool] | None = None
    illustrate: Callable[[Verdict, str, Callable[[dict], Any]], dict | None] | None = None
    sample_class: Mapping[str, Callable] = field(default_factory=dict)
    record: Callable[[], Any] | None = None

    @property
    def hints(self) -> frozenset[str]:
        """All hints that a verdict may give."""
        of_checks = {hint for check in self.checks.values() for hint in check.hints}
        return frozenset(of_checks | {held.hint for held in self.misconceptions.values()})

    def family_of(self, misconception: str) -> Family:
        """Return the first family that a misconception belongs to."""
        return next(family for family in self.families if family.has(misconception))


NO_EXAM = SandboxProfile()


def exam_modules() -> Iterator[ModuleType]:
    """Import the light part of every exam: its ``ASSIGNMENT`` and its ``PROFILE``."""
    folder = import_module(EXAMS)
    for found in pkgutil.iter_modules(folder.__path__):
        yield import_module(f"{EXAMS}.{found.name}")


@cache
def exam_module(assignment: str) -> ModuleType | None:
    """Return the light part of the exam of an assignment; None if it has no exam."""
    return next((module for module in exam_modules() if module.ASSIGNMENT == assignment), None)


@cache
def load_exam(assignment: str) -> Exam | None:
    """Load the exam of an assignment; None if it has no exam."""
    module = exam_module(assignment)
    return import_module(f"{module.__name__}.exam").EXAM if module else None


def examined_assignments() -> list[str]:
    """Return the names of the assignments that have an exam."""
    return sorted(module.ASSIGNMENT for module in exam_modules())


def sandbox_profile(assignment: str) -> SandboxProfile:
    """Return what a submission of an assignment finds in its sandbox; what is another exam's secret stays hidden."""
    module = exam_module(assignment)
    own = module.PROFILE if module else NO_EXAM
    hidden = {name for other in exam_modules() for name in other.PROFILE.hidden}
    return own.hiding(sorted(hidden))


def preloaded_modules() -> list[str]:
    """Return the modules that any exam wants loaded before submissions."""
    return sorted({name for module in exam_modules() for name in module.PROFILE.modules})


def require_checks(assignment: str, asked: Mapping[str, list[str]]) -> None:
    """Make sure that the exam of an assignment has all checks that its test cells ask for.

    Parameters
    ----------
    assignment : str
    asked : Mapping of str to list of str
        By the ids of the test cells.

    Raises
    ------
    CourseError
        If a check is missing.
    """
    exam = load_exam(assignment)
    for cell, names in asked.items():
        for name in names:
            if exam is None:
                raise CourseError(f"{assignment}: the cell {cell} asks examine({name!r}), and there is no exam for it")
            if name not in exam.checks:
                raise CourseError(f"{assignment}: the cell {cell} asks examine({name!r}); its exam has no such check")
