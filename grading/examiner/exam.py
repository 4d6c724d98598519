"""An exam: what the examiner knows of one assignment, and where it is found.

It is a package in ``grading/exams/``, or one file in the folder ``exams/`` of a course.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..sandbox.profile import SandboxProfile
from .examination import Check
from .verdict import Misconception, Mutant, Variant, Verdict

if TYPE_CHECKING:  # it takes long to load, and this is loaded first
    from ..course.exam_source import ExamSource

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
    variants : callable
        Gives the right variants, a Mapping of str to Variant. Only the audit and the rehearsal need them, and grading
        does not wait for them.
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
    variants: Callable[[], Mapping[str, Variant]] = dict
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


@cache  # the disk is asked once, and not for every submission
def packages() -> tuple[ModuleType, ...]:
    """Import the light part of every exam that is a package: its ``ASSIGNMENT`` and its ``PROFILE``."""
    folder = import_module(EXAMS)
    return tuple(
        import_module(f"{EXAMS}.{found.name}") for found in pkgutil.iter_modules(folder.__path__) if found.ispkg
    )


def package_of(assignment: str) -> ModuleType | None:
    """Return the light part of the package that is an assignment's exam; None if there is none."""
    return next((module for module in packages() if module.ASSIGNMENT == assignment), None)


def exam_file(assignment: str, exams: Path) -> Path | None:
    """Return the file that is an assignment's exam, in a course's folder of exams or in ours; None if there is none."""
    places = (exams, Path(import_module(EXAMS).__path__[0]))
    return next((path for place in places if (path := place / f"{assignment}.py").exists()), None)


def import_exam(assignment: str) -> Exam | None:
    """Import the package that is the exam of an assignment; None if there is none."""
    package = package_of(assignment)
    return import_module(f"{package.__name__}.exam").EXAM if package else None


def load_exam(source: "ExamSource | None") -> Exam | None:
    """Load an exam; None if there is none.

    Raises
    ------
    CourseError
        If it is a file, and does not run.
    """
    if source is None:
        return None
    if source.module:
        return import_exam(source.assignment)
    from .exam_file import load_file  # here, because it takes long to load, and as a rule nobody asks

    return load_file(source)


def examined_assignments() -> list[str]:
    """Return the names of the assignments that have a package for an exam."""
    return sorted(module.ASSIGNMENT for module in packages())


def sandbox_profile(assignment: str) -> SandboxProfile:
    """Return what a submission of an assignment finds in its sandbox; what is another exam's secret stays hidden."""
    package = package_of(assignment)
    own = package.PROFILE if package else NO_EXAM
    hidden = {name for other in packages() for name in other.PROFILE.hidden}
    return own.hiding(sorted(hidden))


def preloaded_modules() -> list[str]:
    """Return the modules that any exam wants loaded before submissions."""
    return sorted({name for module in packages() for name in module.PROFILE.modules})
