"""From a check, a student and a way to run cases to a verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from diagnosis.case import Case
from diagnosis.fingerprint import agree, fingerprint
from diagnosis.trace import Trace, make_trace

from tinytorch.core.tensor import Tensor

from .checks import CHECKS, Looking, seed_of
from .mutants import MUTANTS, Misconception, Mutant
from .verdict import Deviation, deviation

# What of a fingerprint a check looks at, where that has another name there.
SEEN_AS = {
    "kept": ("params", "momentum_buffers", "m_buffers", "v_buffers"),
    "moves": ("params",),
    "cleared": ("grads",),
    "twin": ("params",),
}


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
        self.wrong_mutants = cache(self.find_wrong_mutants)

    @np.errstate(all="ignore")  # a trace may hold anything, and a warning on stderr would cost the points
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
        largest = Deviation(0.0)
        for index, case in enumerate(self.cases):
            trace = run(case)
            found = deviation(case, trace, self.fields[index])
            if not found.is_right:
                return Verdict(self.check.name, found, self.nearest(index, trace))
            largest = max(largest, found, key=lambda d: d.size)
        return Verdict(self.check.name, largest)

    def nearest(self, index: int, trace: Trace) -> Misconception | None:
        """The misconception whose mutant left the same trace of a case in all that this check looks at.

        Where several did, the one that agrees with most of the rest of the trace. Returns None if no mutant fits: a
        guess would help nobody.
        """
        values, fields = fingerprint(self.cases[index], trace)
        names = ["raised", *self.fields[index], *(f for name in self.fields[index] for f in SEEN_AS.get(name, ()))]
        mutants, prints = self.wrong_mutants(index)
        if not mutants:
            return None
        same = agree(values, prints)
        fits = same[:, np.isin(fields, names)].all(axis=1)
        if not fits.any():
            return None
        return mutants[int(np.argmax(np.where(fits, same.mean(axis=1), -1)))].misconception

    def find_wrong_mutants(self, index: int) -> tuple[list[Mutant], np.ndarray]:
        """The mutants that a case shows to be wrong, and their fingerprints, one a row."""
        case, fields = self.cases[index], self.fields[index]
        traces = [(m, make_trace(case, m.make, Tensor)) for m in MUTANTS.values() if m.subject == self.check.subject]
        wrong = [(m, trace) for m, trace in traces if not deviation(case, trace, fields).is_right]
        return [m for m, _ in wrong], np.array([fingerprint(case, trace)[0] for _, trace in wrong])


@lru_cache(maxsize=32)
def examination(name: str, assignment: str, student: str) -> Examination:
    return Examination(name, assignment, student)


def judge_class(name: str, subject: type, assignment: str, student: str) -> Verdict:
    """Judge a class in this very process."""
    return examination(name, assignment, student).judge(lambda case: make_trace(case, subject, Tensor))
