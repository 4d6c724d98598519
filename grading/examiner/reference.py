"""Reference checks: the student's work and the instructor's own solution get the same calls, and must do the same."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from tracing import calls
from tracing.limit import TimeLimit, TookTooLong
from tracing.values import Encoder, NotSendable

from ..sandbox.untrusted import Malformed
from ..util.errors import CourseError
from .cases import Case, CheckRecipe, Step
from .comparison import Difference
from .examination import Check, Examination, Judgement, seed_of
from .explained_calls import explained
from .explanation import CaseExplained
from .outcome import Outcome, Outcomes, fault_of, is_telling, received, step_difference, where_of
from .verdict import Deviation, Misconception, Verdict

MOST_CASES = 500
DRAWING_SECONDS = 30.0
MOST_BYTES = 8 * 2**20  # of all cases of a check, as JSON


@dataclass(frozen=True)
class Slip:
    """A wrong function or class, and what whoever wrote it believes.

    Attributes
    ----------
    make : callable
        Returns it, made anew: what an earlier submission has left in it is nobody else's.
    misconception : Misconception
    """

    make: Callable[[], Any]
    misconception: Misconception


@dataclass(frozen=True)
class ReferenceCheck(Check):
    """A check whose right answers are those of the instructor's solution.

    Attributes
    ----------
    recipe : CheckRecipe
    subject : str
        What the test cell hands to ``examine``.
    solution : callable
        Returns the same of the instructor's notebook.
    slips : tuple of Slip
    at_work : callable
        Returns a context in which the solution and the slips find what stands beside the notebook.
    """

    recipe: CheckRecipe
    subject: str
    solution: Callable[[], Any]
    slips: tuple[Slip, ...] = ()
    at_work: Callable[[], AbstractContextManager] = nullcontext

    needs_lone_mutant = False  # an instructor may write two checks where one would do

    @property
    def name(self) -> str:
        return self.recipe.name

    @property
    def label(self) -> str:
        return self.recipe.label

    @property
    def about(self) -> str:
        return self.recipe.about

    def examination(self, assignment: str, student: str, key: str = "") -> "ReferenceExamination":
        rng = np.random.default_rng(seed_of(assignment, student, self.name, key=key))
        return ReferenceExamination(self, drawn(self.recipe, rng))


def drawn(recipe: CheckRecipe, rng: np.random.Generator) -> list[Case]:
    """Draw the cases of a check.

    Raises
    ------
    CourseError
        If there are none, too many, or if something else than a case is among them.
    """
    where = f"line {recipe.line}, check {recipe.name}"
    try:
        with TimeLimit() as limit:
            limit.begin(DRAWING_SECONDS, f"it did not end within {DRAWING_SECONDS:g} seconds")
            found = list(itertools.islice(recipe.cases(rng) or (), MOST_CASES + 1))
    except (Exception, SystemExit, TookTooLong) as error:
        raise CourseError(f"{where}: to draw its cases raised {type(error).__name__}: {error}") from error
    if not found:
        raise CourseError(f"{where}: it yields no case; write `yield call(...)`")
    if len(found) > MOST_CASES:
        raise CourseError(f"{where}: it yields more than {MOST_CASES} cases")
    if other := next((item for item in found if not isinstance(item, Case)), None):
        raise CourseError(f"{where}: it yields a {type(other).__name__}; write `yield call(...)` or `yield new(...)`")
    return found


class ReferenceExamination(Examination):
    """A reference check for one student.

    Parameters
    ----------
    check : ReferenceCheck
    cases : list of Case

    Raises
    ------
    CourseError
        If the cases cannot be sent.
    """

    tracer = "tracing.calls"

    def __init__(self, check: ReferenceCheck, cases: list[Case]) -> None:
        self.check, self.cases = check, cases
        self.data = [as_data(case, number, check.recipe) for number, case in enumerate(cases, start=1)]
        if (size := len(json.dumps(self.data))) > MOST_BYTES:
            raise CourseError(
                f"line {check.recipe.line}, check {check.name}: its cases take {size / 2**20:.0f} MiB, and all "
                f"together may take {MOST_BYTES // 2**20}"
            )

    def read(self, number: int, data: Any) -> Outcomes:
        return received(data, self.data[number])

    def judgement(self) -> "ReferenceJudgement":
        return ReferenceJudgement(self)

    def explain(self, number: int, trace: Outcomes) -> CaseExplained:
        return explained(self.check.subject, self.cases[number], self.right[number], trace, self.check.recipe)

    @cached_property
    def right(self) -> list[Outcomes]:
        """What the instructor's solution does.

        Raises
        ------
        CourseError
            If it raises what no case expects, or gives what cannot be compared.
        """
        solution = self.check.solution()
        right = self.done_by(solution)
        for number, (case, outcomes) in enumerate(zip(self.cases, right, strict=False)):
            for place, (step, outcome) in enumerate(zip(case.steps, outcomes, strict=False)):
                if fault := fault_of(step, outcome):
                    meant = isinstance(solution, type) and not case.makes_instance
                    help = "; of a class, make an instance with new(...)" if meant else ""
                    raise CourseError(f"{self.called(number, place)} {fault}{help}")
        return right

    def called(self, number: int, place: int) -> str:
        """Say which call of the instructor's solution is meant."""
        where = f"line {self.check.recipe.line}, check {self.check.name}: case {number + 1}"
        return f"{where}, {where_of(self.check.subject, self.cases[number], place)} of your solution"

    def done_by(self, subject: Any) -> list[Outcomes]:
        """What a function or class of ours does, case by case; Malformed if that is too much."""
        return [self.read(number, trace) for number, trace in enumerate(self.traces(subject))]

    def traces(self, subject: Any) -> list[dict]:
        """The traces of a function or class of ours, as data."""
        with self.check.at_work():
            return [json.loads(json.dumps(trace)) for trace in calls.traces(self.data, subject)]


def as_data(case: Case, number: int, recipe: CheckRecipe) -> dict:
    """Return a case as what JSON can hold.

    Raises
    ------
    CourseError
        If something in it cannot be sent.
    """
    encoder = Encoder(functions=True, strict=True)

    def step_as_data(step: Step) -> dict:
        if step.is_attribute:
            return {"get": step.name}
        args, kwargs = [encoder.encode(value) for value in step.args], encoder.encode(step.kwargs)
        return {"call": step.name, "args": args, "kwargs": kwargs}

    try:
        return {"new": case.makes_instance, "steps": [step_as_data(step) for step in case.steps]}
    except NotSendable as error:
        raise CourseError(
            f"line {recipe.line}, check {recipe.name}: case {number} cannot be sent to a submission: it holds {error}"
        ) from None


class ReferenceJudgement(Judgement):
    """The verdict on what a student's function or class did."""

    def __init__(self, examination: ReferenceExamination) -> None:
        self.examination, self.taken, self.first = examination, [], None
        self.size = 0.0

    @property
    def pending(self) -> bool:
        """Whether a trace is wanted; those after a wrong one too, to tell whose mistake it is."""
        over = bool(self.taken) and any(outcome.raised and outcome.raised.timed_out for outcome in self.taken[-1])
        return not over and len(self.taken) < len(self.examination.data)

    def take(self, trace: Outcomes) -> None:
        number = len(self.taken)
        self.taken.append(trace)
        if self.first is None:
            found = compared(self.examination, number, trace)
            self.size = max(self.size, found.size)
            if found.size > 1:
                self.first = Deviation(found.size, number, found.field, found.message)

    @property
    def verdict(self) -> Verdict:
        check = self.examination.check
        if self.first is None:
            return Verdict(check.name, Deviation(self.size))
        return Verdict(check.name, self.first, self.misconception())

    def misconception(self) -> Misconception | None:
        """Return what a slip stands for that did the same as the student's work in every case, or explains the first.

        That one is wrong in the same way, and wherever the slip is wrong the student's work is, too: whoever makes two
        slips reads of one. What many mistakes lead to, such as an exception, False or 0, is no proof there.
        """
        cases, taken = self.examination.cases, self.taken
        done = list(self.slips_done())
        for misconception, wrong in done:
            if len(wrong) == len(taken) and all(map(self.is_alike, wrong, taken, cases)):
                return misconception
        return next((misconception for misconception, wrong in done if self.is_explained_by(wrong)), None)

    def slips_done(self) -> Iterator[tuple[Misconception, list[Outcomes]]]:
        """What each slip does on these cases, with what it stands for; one that does too much explains nothing."""
        for slip in self.examination.check.slips:
            with suppress(Malformed):
                yield slip.misconception, self.examination.done_by(slip.make())

    def is_explained_by(self, wrong: list[Outcomes]) -> bool:
        """Whether the student's work is wrong as a slip is, in the first case that is wrong, and no better after it."""
        first, cases, right, taken = self.first.call, self.examination.cases, self.examination.right, self.taken
        if self.first.field == "raised" or not all(map(self.is_alike, wrong[: first + 1], taken, cases)):
            return False
        steps = zip(cases[first].steps, right[first], taken[first], strict=False)
        is_proof = any(self.differs(*step).size > 1 and (step[1].raised or is_telling(step[2])) for step in steps)
        return is_proof and all(
            self.is_alike(mine, slipped, case) or not self.is_alike(mine, theirs, case)
            for mine, slipped, theirs, case in zip(right, wrong, taken, cases, strict=False)
        )

    def is_alike(self, wrong: Outcomes, taken: Outcomes, case: Case) -> bool:
        return len(wrong) == len(taken) and not any(
            self.differs(step, mine, theirs).size > 1
            for step, mine, theirs in zip(case.steps, wrong, taken, strict=False)
        )

    def differs(self, step: Step, right: Outcome, given: Outcome) -> Difference:
        return step_difference(step, right, given, self.examination.check.recipe.tolerance)


@dataclass(frozen=True)
class Found(Difference):
    """A difference, and in what it was seen."""

    field: str = ""


def compared(examination: ReferenceExamination, number: int, trace: Outcomes) -> Found:
    """Compare the trace of a case with what the instructor's solution did: the first call that is wrong."""
    case, right, largest = examination.cases[number], examination.right[number], 0.0
    # a trace is shorter than the other only if a call before was wrong: it did not end, or there is no instance
    for place, (step, mine, theirs) in enumerate(zip(case.steps, right, trace, strict=False)):
        found = step_difference(step, mine, theirs, examination.check.recipe.tolerance)
        if found.size > 1:
            where = where_of(examination.check.subject, case, place)
            seen = "raised" if theirs.raised else "returned"
            return Found(found.size, f"{where}{found.message}", seen)
        largest = max(largest, found.size)
    return Found(largest)
