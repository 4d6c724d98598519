"""All that the examiner knows of Module 07: Optimizers."""

from functools import partial

from diagnosis.diagnose import RECORDED
from diagnosis.trace import make_trace

from grading.examiner import Exam, Misconception, Verdict
from tinytorch.core.tensor import Tensor

from . import ASSIGNMENT
from .answers import ANSWERS
from .checks import CHECKS
from .deviation import deviation
from .families import FAMILIES
from .illustration import illustrate
from .judge import examination
from .mutants import MISCONCEPTIONS, MUTANTS
from .record_fingerprints import record
from .sample_class import SAMPLE_CLASS
from .variants import VARIANTS


def judge(name: str, subject: type, student: str) -> Verdict:
    """Judge a class in this very process."""
    return examination(CHECKS[name], ASSIGNMENT, student).judge(lambda case: make_trace(case, subject, Tensor))


def hint_is_true(name: str, subject: type, student: str, misconception: Misconception) -> bool:
    """Whether what a hint says is true of what a class did when it failed a check."""
    asked = examination(CHECKS[name], ASSIGNMENT, student)
    for index, case in enumerate(asked.cases):
        trace = make_trace(case, subject, Tensor)
        if not (found := deviation(case, trace, asked.fields[index])).is_right:
            return asked.known(index).is_true(misconception, found, trace)
    return False


EXAM = Exam(
    assignment=ASSIGNMENT,
    checks={**CHECKS, **ANSWERS},
    misconceptions=MISCONCEPTIONS,
    families=FAMILIES,
    mutants=MUTANTS,
    variants=VARIANTS,
    judge=judge,
    hint_is_true=hint_is_true,
    illustrate=illustrate,
    sample_class=SAMPLE_CLASS,
    record=partial(record, RECORDED),
)
