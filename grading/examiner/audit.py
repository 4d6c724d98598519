"""Test the grader by mutation: does every mutant fail, does every right variant pass, by what margin."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..course.exam_source import ExamSource
from ..course.lesson import Lesson
from .exam import Exam, load_exam
from .examination import Check
from .verdict import FAR

LARGEST_RIGHT = 0.25  # tolerances; float32 rounds so far where nearly equal numbers are subtracted
COSTLY = 25  # points; a mistake should not cost more


@dataclass
class Audit:
    """The results of an audit.

    Attributes
    ----------
    failed : dict of str to (dict of str to (list of float))
        By mutant and check: the deviation, in units of the tolerance, for each student whose numbers showed it.
    named : dict of str to Counter
        By mutant: how often each misconception (or None) was named, over students and failed checks.
    first_named : dict of str to Counter
        The same for the first failed check alone, in the order of the lesson.
    passed : dict of str to float
        By right variant: the largest deviation of any check, over all students.
    rejected : list of str
        What went wrong with a right variant.
    exam : Exam
    students : tuple of int
        How many students' numbers the mutants and the right variants were tried on.
    points : dict of str to float
        By mutant: the points that it costs, of the student whom it costs most.
    untrue : list of str
        Hints that say what is not true of the class that they were shown for.
    called_right : list of str
        Mutants that some check fails, and that students' own tool calls right.
    """

    exam: Exam

    failed: dict = field(default_factory=dict)
    named: dict = field(default_factory=dict)
    first_named: dict = field(default_factory=dict)
    passed: dict = field(default_factory=dict)
    rejected: list = field(default_factory=list)
    students: tuple[int, int] = (0, 0)
    points: dict = field(default_factory=dict)
    untrue: list = field(default_factory=list)
    called_right: list = field(default_factory=list)

    @property
    def survivors(self) -> list[str]:
        """Mutants that should be caught and passed every check for some student."""
        mutants = self.exam.mutants
        return [name for name, by in self.failed.items() if mutants[name].caught and not self.always(by)]

    @property
    def beyond(self) -> list[str]:
        """Mutants that no check is known to catch."""
        return [name for name, mutant in self.exam.mutants.items() if not mutant.caught]

    @property
    def caught_after_all(self) -> list[str]:
        """Mutants that are caught for every student and said not to be."""
        return [name for name in self.beyond if self.always(self.failed[name])]

    @property
    def counted(self) -> list[str]:
        """Mutants that should be caught."""
        return [name for name, mutant in self.exam.mutants.items() if mutant.caught]

    def hinted(self) -> tuple[int, int]:
        """How many failed checks had a hint, and how many there were."""
        said = sum(self.named.values(), Counter())
        return said.total() - said[None], said.total()

    def always(self, by_check: dict) -> bool:
        """Whether at least one check failed for all students."""
        return any(len(sizes) == self.students[0] for sizes in by_check.values())

    def lone(self) -> Counter:
        """Count the mutants that each check alone catches."""
        return Counter(next(iter(by_check)) for by_check in self.failed.values() if len(by_check) == 1)

    def smallest(self) -> tuple[float, str]:
        """The smallest deviation by which a mutant failed: of its clearest check, for the student who saw it least."""
        clearest = {
            name: max((min(sizes) for sizes in by_check.values() if len(sizes) == self.students[0]), default=0.0)
            for name, by_check in self.failed.items()
            if self.exam.mutants[name].caught
        }
        name = min(clearest, key=clearest.get)
        return clearest[name], name

    def largest(self) -> tuple[float, str]:
        """The largest deviation of a right variant."""
        name = max(self.passed, key=self.passed.get)
        return self.passed[name], name

    def rightly_named(self) -> float:
        """The share of mutants whose first failed check always named their misconception."""
        mutants = self.exam.mutants
        right = [set(self.first_named[name]) == {mutants[name].misconception.name} for name in self.counted]
        return float(np.mean(right))

    def faults(self) -> Iterator[str]:
        """List the promises that the examiner breaks."""
        yield from (f"mutant {name} passes every check for some student" for name in self.survivors)
        yield from self.rejected
        yield from self.untrue
        yield from (f"students' own tool calls mutant {name} right, and a check fails it" for name in self.called_right)
        if self.smallest()[0] < 100:
            yield f"mutant {self.smallest()[1]} is only {self.smallest()[0]:.3g} tolerances away"
        if self.largest()[0] > LARGEST_RIGHT:
            yield f"right variant {self.largest()[1]} is {self.largest()[0]:.3g} tolerances away"
        if self.rightly_named() < 0.95:
            yield f"only {self.rightly_named():.1%} of the mutants are called by the name of their misconception"
        if self.exam.announced:
            yield from (f"nothing tells students what {name} asks" for name in audited(self.exam)
                        if not self.exam.announced.get(name))  # fmt: skip
        yield from (f"no mutant fails {name} alone: it is redundant, or lacks its mutant" for name in audited(self.exam)
                    if self.exam.checks[name].needs_lone_mutant and not self.lone()[name])  # fmt: skip


def students(count: int) -> list[str]:
    return [f"student-{i:03}" for i in range(count)]


def audited(exam: Exam) -> dict[str, Check]:
    """Return the checks of the classes and functions that have mutants."""
    subjects = {mutant.subject for mutant in exam.mutants.values()}
    return {name: check for name, check in exam.checks.items() if check.subject in subjects}


def subject_checks(exam: Exam, subject: str) -> list[str]:
    return [name for name, check in exam.checks.items() if check.subject == subject]


def cells_and_points(lesson: Lesson) -> list[tuple[list[str], float]]:
    """Return the checks that each test cell of an instructor's notebook asks for, and the cell's points."""
    points = {role["grade_id"]: role.get("points", 0) for c in lesson.cells if (role := c.metadata.get("nbgrader"))}
    return [(checks, points[cell]) for cell, checks in lesson.checks.items()]


def audit_mutants(source: ExamSource, student: str) -> list[tuple[str, str, float, str | None, bool]]:
    """Return every mutant's failed checks for one student.

    Each is the mutant, the check, the deviation, the misconception named, and whether its hint is true.
    """
    exam, rows = load_exam(source), []
    for name, mutant in exam.mutants.items():
        for check in subject_checks(exam, mutant.subject):
            verdict = exam.judge(check, mutant.make, student)
            if not verdict.passed:
                held = verdict.misconception
                is_true = not (held and exam.hint_is_true) or exam.hint_is_true(check, mutant.make, student, held)
                rows.append((name, check, verdict.deviation.size, held.name if held else None, is_true))
    return rows


def is_called_right(source: ExamSource, mutant: str) -> bool:
    """Return whether students' own tool sees nothing wrong in a mutant."""
    exam = load_exam(source)
    return exam.looks_right(exam.mutants[mutant].subject, exam.mutants[mutant].make)


def audit_variants(source: ExamSource, student: str) -> list[tuple[str, str, float, str]]:
    """Return every right variant's deviation for one student: variant, check, deviation, what is said against it."""
    exam, rows = load_exam(source), []
    for name, variant in exam.variants().items():
        for check in subject_checks(exam, variant.subject):
            verdict = exam.judge(check, variant.make, student)
            rows.append((name, check, verdict.deviation.size, verdict.message))
    return rows


def audit(
    source: ExamSource, lessons: Iterable[Lesson], mutant_students: int = 5, variant_students: int = 200, progress=iter
) -> Audit:
    """Try every mutant and every right variant of an exam on the numbers of many students."""
    exam = load_exam(source)
    result = Audit(exam, students=(mutant_students, variant_students))
    cells = [cell for lesson in lessons for cell in cells_and_points(lesson)]
    for name in exam.mutants:
        result.failed[name], result.named[name], result.first_named[name] = {}, Counter(), Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        mutants = pool.map(partial(audit_mutants, source), students(mutant_students))
        variants = pool.map(partial(audit_variants, source), students(variant_students), chunksize=5)
        asked = list(exam.mutants) if exam.looks_right else []
        called_right = pool.map(partial(is_called_right, source), asked, chunksize=20)
        for rows in progress(chain_labelled(mutants, variants)):
            collect(result, *rows, cells)
        result.called_right = [name for name, is_right in zip(asked, called_right, strict=True)
                               if is_right and result.failed[name]]  # fmt: skip
    return result


def chain_labelled(mutants: Iterable, variants: Iterable) -> Iterator[tuple[str, list]]:
    yield from (("mutants", rows) for rows in mutants)
    yield from (("variants", rows) for rows in variants)


def collect(result: Audit, kind: str, rows: list, cells: list[tuple[list[str], float]]) -> None:
    """Add the results for one student."""
    if kind == "variants":
        for name, _, size, message in rows:
            result.passed[name] = max(result.passed.get(name, 0.0), size)
            if message:
                result.rejected.append(f"right variant {name} fails: {message}")
        return
    failed: dict[str, set[str]] = {}
    for name, check, *_ in rows:
        failed.setdefault(name, set()).add(check)
    for name, checks in failed.items():
        cost = sum(points for asked, points in cells if checks.intersection(asked))
        result.points[name] = max(result.points.get(name, 0), cost)
    seen = set()
    for name, check, size, said, is_true in rows:
        if not is_true:
            result.untrue.append(f"the hint of {said} is not true of mutant {name} in {check}")
        result.failed[name].setdefault(check, []).append(size)
        result.named[name][said] += 1
        if name not in seen:
            result.first_named[name][said] += 1
            seen.add(name)


def report(result: Audit) -> Iterator[str]:
    """Write the audit's report, line by line."""
    caught = len(result.counted) - len(result.survivors)
    yield f"mutants caught           {caught} of {len(result.counted)}, on the numbers of {result.students[0]} students"
    if result.beyond:
        yield f"                         and {len(result.beyond)} more that no check is known to catch"
    accepted = len(result.passed) - len({line.split()[2] for line in result.rejected})
    yield f"right variants accepted  {accepted} of {len(result.passed)}, on those of {result.students[1]}"
    yield f"misconception named      rightly for {result.rightly_named():.1%} of the mutants, at the first failed check"
    shown, failed = result.hinted()
    yield f"hints shown              for {shown} of {failed} failed checks ({shown / max(failed, 1):.1%})"
    yield f"hints checked true       {shown - len(result.untrue)} of {shown}"
    if result.exam.looks_right:
        names = "".join(f": {name}" if i == 0 else f", {name}" for i, name in enumerate(result.called_right))
        yield f"students' tool disagrees on  {len(result.called_right)} mutants that a check fails{names}"
    costs = [result.points.get(name, 0) for name in result.counted]
    yield f"points that a mutant costs   median {np.median(costs):g}, largest {max(costs):g}"
    (small, mutant), (large, variant) = result.smallest(), result.largest()
    shown = "not measurable" if small >= FAR else f"{small:,.0f} tolerances ({mutant})"
    yield f"margin                   smallest deviation of a mutant  {shown}"
    yield f"                         largest of a right variant      {large:.3f} tolerances ({variant})"
    yield ""
    yield f"{'check':<24}{'mutants caught':>15}{'by it alone':>13}   about"
    lone = result.lone()
    for name, check in audited(result.exam).items():
        count = sum(name in by_check for by_check in result.failed.values())
        yield f"{name:<24}{count:>15}{lone[name]:>13}   {check.about}"
    if announced := result.exam.announced:
        yield ""
        yield "what announces each check to students:"
        yield from (
            f"  {name:<22} {len(announced[name]):>3} sentences, such as: {announced[name][0]}"
            for name in audited(result.exam)
            if announced.get(name)
        )
    mutants = result.exam.mutants
    costly = sorted((name for name in mutants if result.points.get(name, 0) > COSTLY), key=result.points.get)
    if costly:
        yield ""
        yield f"mutants that cost more than {COSTLY} points:"
        yield from (f"  {name:<32} {result.points[name]:g}" for name in reversed(costly))
    if result.beyond:
        yield ""
        yield "mutants that no check is known to catch:"
        by_now = set(result.caught_after_all)
        yield from (
            f"  {name:<32} is {mutants[name].misconception.name}{'; it is caught by now' if name in by_now else ''}"
            for name in result.beyond
        )
    misnamed = [name for name in result.counted if set(result.first_named[name]) != {mutants[name].misconception.name}]
    if misnamed:
        yield ""
        yield "mutants that were taken for another one, or for none:"
        for name in misnamed:
            said = ", ".join(f"{what or 'nothing'} ({n})" for what, n in result.first_named[name].most_common())
            yield f"  {name:<32} is {mutants[name].misconception.name}; named: {said}"
