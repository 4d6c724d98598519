"""From a check, a student and a way to run cases to a verdict."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

import numpy as np
from diagnosis.case import Case
from diagnosis.fingerprint import agree, fields, fingerprint
from diagnosis.trace import Trace, make_trace

from tinytorch.core.tensor import Tensor

from .checks import CHECKS, Looking, seed_of
from .mutants import MUTANTS, Misconception, Mutant
from .observations import reported_fields, require_known
from .verdict import Deviation, deviation


@dataclass(frozen=True)
class Verdict:
    """What the examiner says of one check.

    Attributes
    ----------
    check : str
    deviation : Deviation
    misconception : Misconception or None
        The one whose mutant left the same trace; None if the check passed or no mutant did.
    """

    check: str
    deviation: Deviation
    misconception: Misconception | None = None

    @property
    def passed(self) -> bool:
        return self.deviation.is_right

    @property
    def message(self) -> str:
        """For the student: what went wrong, and a question that helps. Empty if the check passed."""
        if self.passed:
            return ""
        hint = f"\nHint: {self.misconception.hint}" if self.misconception else ""
        return f"{self.check}: {self.deviation.message}{hint}"


class Examination:
    """One check for one student: its cases, and what to say of the traces they leave.

    Parameters
    ----------
    name : str
        Of the check.
    assignment, student : str
        What the numbers are drawn from.
    """

    def __init__(self, name: str, assignment: str, student: str) -> None:
        self.check = CHECKS[name]
        drawn = self.check.cases(np.random.default_rng(seed_of(assignment, student, name)))
        self.cases = [entry.case if isinstance(entry, Looking) else entry for entry in drawn]
        self.fields = [entry.fields if isinstance(entry, Looking) else self.check.fields for entry in drawn]
        for asked in self.fields:
            require_known(name, asked)
        self.beginning, self.whole = cache(self.find_beginning), cache(self.find_whole)

    @cached_property
    def data(self) -> list[dict]:
        """The cases as what JSON can hold."""
        return [case.as_data() for case in self.cases]

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
        judgement = Judgement(self)
        while judgement.case is not None:
            judgement.take(run(judgement.case))
        return judgement.verdict

    def nearest(self, index: int, call: int, trace: Trace) -> Misconception | None:
        """The misconception whose mutant left the same trace of a case in all that this check looks at.

        Where several did, the one that agrees with most of the rest of the trace. Returns None if no mutant fits: a
        guess would help nobody. Most mutants show to be others by the `call` that shows the trace to be wrong, and
        are run no further.
        """
        if (raised := trace.moments[call].raised) and "NotImplementedError" in raised.types:
            return None  # nothing is written there yet
        case = self.cases[index]
        values = fingerprint(case, trace)
        looked_at = np.isin(fields(case), sorted(reported_fields(self.fields[index])))
        best, most = None, 0.0
        for mutant in MUTANTS.values():
            if mutant.subject != self.check.subject:
                continue
            beginning = self.beginning(index, call, mutant)
            n = len(beginning)
            if not agree(values[:n], beginning)[looked_at[:n]].all():
                continue
            whole = self.whole(index, mutant)
            if whole is None or not (same := agree(values, whole))[looked_at].all():
                continue
            if same.mean() > most:
                best, most = mutant.misconception, same.mean()
            if most == 1:
                break  # no other agrees with more
        return best

    def find_beginning(self, index: int, call: int, mutant: Mutant) -> np.ndarray:
        """The fingerprint of a mutant up to a call of a case."""
        case = self.cases[index]
        case = replace(case, calls=case.calls[: call + 1])
        return fingerprint(case, make_trace(case, mutant.make, Tensor))

    def find_whole(self, index: int, mutant: Mutant) -> np.ndarray | None:
        """The fingerprint of a mutant on all of a case; None if the case does not show it to be wrong."""
        case = self.cases[index]
        trace = make_trace(case, mutant.make, Tensor)
        if deviation(case, trace, self.fields[index]).is_right:
            return None
        return fingerprint(case, trace)


class Judgement:
    """A verdict in the making: traces come one after the other.

    Attributes
    ----------
    case : Case or None
        Whose trace is wanted next; None if none is.
    verdict : Verdict
        What it is by now.
    """

    def __init__(self, examination: Examination) -> None:
        self.examination, self.taken = examination, 0
        self.verdict = Verdict(examination.check.name, Deviation(0.0))

    @property
    def case(self) -> Case | None:
        cases = self.examination.cases
        return cases[self.taken] if self.verdict.passed and self.taken < len(cases) else None

    @np.errstate(all="ignore")  # a trace may hold anything, and a warning on stderr would cost the points
    def take(self, trace: Trace) -> None:
        """Compare the trace of the case that was wanted with the oracle."""
        index, name = self.taken, self.verdict.check
        found = deviation(self.case, trace, self.examination.fields[index])
        if not found.is_right:
            self.verdict = Verdict(name, found, self.examination.nearest(index, found.call, trace))
        elif found.size > self.verdict.deviation.size:
            self.verdict = Verdict(name, found)
        self.taken += 1


@lru_cache(maxsize=32)
def examination(name: str, assignment: str, student: str) -> Examination:
    return Examination(name, assignment, student)


def judge_class(name: str, subject: type, assignment: str, student: str) -> Verdict:
    """Judge a class in this very process."""
    return examination(name, assignment, student).judge(lambda case: make_trace(case, subject, Tensor))
