"""From a check, a student and a way to run cases to a verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from diagnosis.case import Case
from diagnosis.trace import Trace

from grading.examiner import CaseExplained, Check, Deviation, Examination, Judgement, Misconception, Verdict, seed_of

from .deviation import deviation
from .explanation import explained
from .nearest import CaseMutants
from .observations import require_known
from .received import received_trace


@dataclass(frozen=True)
class ClassCheck(Check):
    """A named question about a class.

    Attributes
    ----------
    name : str
        Such as ``"adam.bias_correction"``.
    subject : str
        The class.
    label : str
        What it looks at, for students.
    about : str
        What it asks, for the class report.
    cases : callable
        Draws its cases from a random generator; one of which other fields count is wrapped in CaseWithFields.
    fields : frozenset of str
        What of a trace counts; see ``observations``. Exceptions count in every check.
    presumes : tuple of str
        Patterns of the names of misconceptions that belong to another check. A trace that is exactly that of such a
        misconception is right here: nobody pays twice for it.
    methods : tuple of str
        Those of the class that it is about, if that is not all of it.
    unwritten : str
        The name of the misconception that the class seems to hold as long as none of these methods is written.
    """

    name: str
    subject: str
    label: str
    about: str
    cases: Callable[[np.random.Generator], list[Case]]
    fields: frozenset[str]
    presumes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    unwritten: str = ""

    def belongs_elsewhere(self, misconception: Misconception) -> bool:
        """Whether another check asks for this."""
        return is_one_of(misconception.name, self.presumes)

    def examination(self, assignment: str, student: str, key: str = "") -> "ClassExamination":
        return examination(self, assignment, student, key)


@cache
def is_one_of(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether the name of a misconception fits one of these patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class CaseWithFields:
    """A case of which other fields count than those of its check."""

    case: Case
    fields: frozenset[str]


class ClassExamination(Examination):
    """One check for one student: its cases, and what to say of the traces they leave.

    Parameters
    ----------
    check : ClassCheck
    assignment, student, key : str
        What the numbers are drawn from.
    """

    tracer = "diagnosis.trace"

    def __init__(self, check: ClassCheck, assignment: str, student: str, key: str = "") -> None:
        self.check = check
        drawn = check.cases(np.random.default_rng(seed_of(assignment, student, check.name, key=key)))
        self.cases = [entry.case if isinstance(entry, CaseWithFields) else entry for entry in drawn]
        self.fields = [entry.fields if isinstance(entry, CaseWithFields) else self.check.fields for entry in drawn]
        for asked in self.fields:
            require_known(check.name, asked)

    @cached_property
    def data(self) -> list[dict]:
        """The cases as what JSON can hold."""
        return [case.as_data() for case in self.cases]

    def read(self, number: int, data: Any) -> Trace:
        return received_trace(data, self.cases[number])

    def judgement(self) -> "ClassJudgement":
        return ClassJudgement(self)

    def explain(self, number: int, trace: Trace) -> CaseExplained:
        return explained(self.cases[number], trace, self.fields[number])

    def judge(self, run: Callable[[Case], Trace]) -> Verdict:
        """Run the cases and compare what happens with the oracle.

        Parameters
        ----------
        run : callable
            Makes the trace of a case. Where it runs the student's code is its own affair.

        Returns
        -------
        Verdict
            Of the first case that goes wrong, or of the largest deviation if none does.
        """
        judgement = self.judgement()
        while judgement.case is not None:
            judgement.take(run(judgement.case))
        return judgement.verdict

    @cached_property
    def known(self) -> list[CaseMutants]:
        """The mutants of the class in each of the cases."""
        return [CaseMutants(self.check.subject, *case) for case in zip(self.cases, self.fields, strict=True)]

    def nearest(self, index: int, found: Deviation, trace: Trace) -> Misconception | None:
        """The misconception whose mutant behaves as the trace of a case does; see ``nearest``."""
        return self.known[index].nearest(found, trace)

    def is_paid_elsewhere(self, index: int, found: Deviation, trace: Trace) -> bool:
        """Whether a trace shows nothing but a misconception that belongs to another check.

        It must not be that of one that belongs here just as well, such as that of a step that does nothing.
        """
        if not self.check.presumes:
            return False
        explained_by = self.known[index].explanations(found, trace, self.check.belongs_elsewhere)
        return bool(explained_by) and all(map(self.check.belongs_elsewhere, explained_by))


class ClassJudgement(Judgement):
    """A verdict in the making: traces come one after the other.

    Attributes
    ----------
    case : Case or None
        Whose trace is wanted next; None if none is.
    verdict : Verdict
        What it is by now.
    """

    def __init__(self, examination: ClassExamination) -> None:
        self.examination, self.taken = examination, 0
        self.verdict = Verdict(examination.check.name, Deviation(0.0))

    @property
    def case(self) -> Case | None:
        cases = self.examination.cases
        return cases[self.taken] if self.verdict.passed and self.taken < len(cases) else None

    @property
    def pending(self) -> bool:
        return self.case is not None

    @np.errstate(all="ignore")  # a trace may hold anything, and a warning on stderr would cost the points
    def take(self, trace: Trace) -> None:
        """Compare the trace of the case that was wanted with the oracle."""
        index, name = self.taken, self.verdict.check
        found = deviation(self.case, trace, self.examination.fields[index])
        if not found.is_right:
            if not self.examination.is_paid_elsewhere(index, found, trace):
                self.verdict = Verdict(name, found, self.examination.nearest(index, found, trace))
        elif found.size > self.verdict.deviation.size:
            self.verdict = Verdict(name, found)
        self.taken += 1


@lru_cache(maxsize=32)
def examination(check: ClassCheck, assignment: str, student: str, key: str = "") -> ClassExamination:
    """Draw the cases of a check for a student; they are kept while they may be asked for again."""
    return ClassExamination(check, assignment, student, key)
