"""Try an exam in one file before anybody is graded: do its cases and the instructor's solution fit each other?"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from tracing.values import MOST_KEYS, MOST_VALUES

from ..course.lesson import Lesson
from ..sandbox.channel import MOST_MEMORY
from ..sandbox.untrusted import Malformed
from ..util.errors import CourseError
from ..util.json_size import memory_estimate
from .answers import NumericAnswer
from .exam import Exam
from .examination import judge_here
from .outcome import Outcomes, step_difference
from .reference import MOST_BYTES, ReferenceCheck, ReferenceExamination

DRAWS = 20  # for how many students that are none a check is tried
SECONDS = 1.0  # after which no further ones are
MOST_IN_ALL = 4 * MOST_BYTES  # of what the solution does, of all checks together


def rehearse(exam: Exam, lessons: Sequence[Lesson]) -> None:
    """Have the instructor's solution do what a student is asked, before anybody is.

    Raises
    ------
    CourseError
        If it raises what no case expects, gives what cannot be compared, or does not do the same twice; if a slip
        cannot be told from other mistakes; or if something is too large to be sent.
    """
    asked, told = {}, 0
    for name, check in exam.checks.items():
        solution = exam.variants()[variant_name(check)].make
        if isinstance(check, NumericAnswer):
            rehearse_answer(check, solution, exam.assignment)
        if isinstance(check, ReferenceCheck):
            asked[name], size = rehearse_reference(check, solution, exam.assignment)
            told += size
    if told > MOST_IN_ALL:
        raise CourseError(f"what your solutions return takes {in_mib(told)} in all, and may take {in_mib(MOST_IN_ALL)}")
    for lesson in lessons:
        for cell, names in lesson.checks.items():
            text = json.dumps([asked.get(name) for name in names]).encode()
            if len(text) > 2 * MOST_BYTES or memory_estimate(text) > MOST_MEMORY / 2:
                raise CourseError(
                    f"{lesson.notebook}.ipynb: the cases of the cell {cell} are too many values to be sent with it; an "
                    "array takes less room than a list"
                )


def variant_name(check: Any) -> str:
    """Return the name of the solution that a check compares with, among the right variants of its exam."""
    return f"your solution of {check.name}"


def in_mib(size: float) -> str:
    return f"{size / 2**20:.0f} MiB"


def rehearse_answer(check: NumericAnswer, solution: Any, assignment: str) -> None:
    """Make sure that the instructor's notebook has the answer that the exam takes for right."""
    verdict = judge_here(check.examination(assignment, "rehearsal"), solution)
    if not verdict.passed:
        raise CourseError(
            f"answer {check.name}: it says {check.value:g}, and your notebook hands over {solution!r:.60}"
        )


def rehearse_reference(check: ReferenceCheck, solution: Any, assignment: str) -> tuple[list[dict], int]:
    """Rehearse one check, and return the cases of one draw and how large what the solution did is."""
    where, begun, size = f"line {check.recipe.line}, check {check.name}", time.monotonic(), 0
    if not callable(solution):
        raise CourseError(f"{where}: your {check.subject} is a {type(solution).__name__}, and no function or class")
    first = check.examination(assignment, "rehearsal 0")
    if json.dumps(first.data) != json.dumps(check.examination(assignment, "rehearsal 0").data):
        raise CourseError(f"{where}: it draws other cases each time; draw them with the generator that it is given")
    for number in range(DRAWS):
        examination = check.examination(assignment, f"rehearsal {number}")
        right = attempt(lambda asked=examination: asked.right, f"{where}: what your solution does")
        if not number:
            require_same(examination, right, examination.done_by(solution))
            size = len(json.dumps(examination.traces(solution)))
            if size > MOST_BYTES:
                raise CourseError(
                    f"{where}: what your solution returns takes {in_mib(size)} in all cases, and may take "
                    f"{in_mib(MOST_BYTES)}"
                )
            rehearse_slips(examination)
        if time.monotonic() - begun > SECONDS:
            break
    return first.data, size


def attempt(run: Callable[[], list[Outcomes]], what: str) -> list[Outcomes]:
    """Return what was done; CourseError if it is too much to be read again."""
    try:
        return run()
    except Malformed:
        raise CourseError(
            f"{what} is too much: the calls of one case may give {MOST_VALUES:,} values, and sets and dicts of "
            f"{MOST_KEYS:,} keys, in all"
        ) from None


def require_same(examination: ReferenceExamination, once: list[Outcomes], again: list[Outcomes]) -> None:
    """Make sure that the instructor's solution does the same twice."""
    for number, (case, *outcomes) in enumerate(zip(examination.cases, once, again, strict=True)):
        for place, (step, *both) in enumerate(zip(case.steps, *outcomes, strict=False)):
            if step_difference(step, *both, examination.check.recipe.tolerance).size > 1:
                raise CourseError(f"{examination.called(number, place)} does not give the same twice")


def rehearse_slips(examination: ReferenceExamination) -> None:
    """Make sure that each slip of the check is more than an exception, to which many mistakes lead."""
    for slip in examination.check.slips:
        name = slip.misconception.name
        if not name.startswith(f"{examination.check.name}."):
            continue  # of another check of the same function
        wrong = attempt(lambda slip=slip: examination.done_by(slip.make()), f"slip {name}: what it does")
        raised = [
            next(
                (theirs.raised for mine, theirs in zip(*both, strict=False) if theirs.raised and not mine.raised), None
            )
            for both in zip(examination.right, wrong, strict=False)
        ]
        if all(raised):
            raise CourseError(
                f"slip {name}: it raises {raised[0].types[0]} in every case ({raised[0].message}), as other mistakes do"
            )
