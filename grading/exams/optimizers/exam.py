"""All that the examiner knows of Module 07: Optimizers."""

from pathlib import Path

from diagnosis.differences import RECORDED, RECORDED_RIGHT, first_difference, recorded, recorded_right
from diagnosis.trace import make_trace

from grading.examiner import Exam, Misconception, Variant, Verdict
from tinytorch.core.tensor import Tensor

from . import ASSIGNMENT
from .announced import announced
from .answers import ANSWERS
from .checks import CHECKS
from .deviation import deviation
from .families import FAMILIES
from .illustration import illustrate
from .judge import examination
from .mutants import MISCONCEPTIONS, MUTANTS
from .sample_class import SAMPLE_CLASS


def judge(name: str, subject: type, student: str) -> Verdict:
    """Judge a class in this very process."""
    return examination(CHECKS[name], ASSIGNMENT, student).judge(lambda case: make_trace(case, subject, Tensor))


def hint_is_true(name: str, subject: type, student: str, misconception: Misconception) -> bool:
    """Whether what a hint says is true of what a class did when it failed a check."""
    asked = examination(CHECKS[name], ASSIGNMENT, student)
    for index, case in enumerate(asked.cases):
        trace = make_trace(case, subject, Tensor)
        found = deviation(case, trace, asked.fields[index])
        if not found.is_right and not asked.is_paid_elsewhere(index, found, trace):
            return asked.known[index].is_true(misconception, found, trace)
    return False


def looks_right(subject: str, make: type) -> bool:
    """Whether ``diagnose`` sees nothing wrong in a class."""
    return first_difference(subject, lambda case: make_trace(case, make, Tensor)).is_right


def record() -> Path:
    """Record what students' ``diagnose`` compares with, and return the folder."""
    from . import record_behavior, record_fingerprints  # here, as the variants are: grading needs neither

    record_behavior.record(RECORDED_RIGHT)
    recorded_right.cache_clear()  # a fingerprint says how far off a mistake is from what is right
    record_fingerprints.record(RECORDED)
    recorded.cache_clear()
    return RECORDED.parent


def variants() -> dict[str, Variant]:
    """Return the right variants."""
    from .variants import VARIANTS

    return VARIANTS


EXAM = Exam(
    assignment=ASSIGNMENT,
    checks={**CHECKS, **ANSWERS},
    announced={name: announced(name, check.fields) for name, check in CHECKS.items()},
    misconceptions=MISCONCEPTIONS,
    families=FAMILIES,
    mutants=MUTANTS,
    variants=variants,
    judge=judge,
    hint_is_true=hint_is_true,
    looks_right=looks_right,
    illustrate=illustrate,
    sample_class=SAMPLE_CLASS,
    record=record,
)
