"""An exam in one file: the instructor's checks, and the wrong solutions with the questions that help."""

import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from tracing.limit import TimeLimit, TookTooLong

from ..course.exam_source import ExamSource
from ..course.lesson import Lesson, examined, grade_id, is_test
from ..util.errors import CourseError
from .answers import NumericAnswer
from .cases import Recipe, SlipRecipe, collecting
from .exam import Exam, Family
from .examination import Check, judge_here
from .reference import ReferenceCheck, Slip
from .rehearsal import rehearse, variant_name
from .solutions import Solutions
from .verdict import Misconception, Mutant, Variant, Verdict

SECONDS = 60.0  # that the file may take to run

_loaded: dict[tuple, Exam] = {}


def load_file(source: ExamSource) -> Exam:
    """Make an exam of the text of a file; one that was made before is kept until a text changes.

    Raises
    ------
    CourseError
        If the file does not run, or if what it says makes no exam.
    """
    if source.key not in _loaded:
        _loaded.clear()  # of older texts
        _loaded[source.key] = make_exam(source, run_file(source))
    return _loaded[source.key]


def run_file(source: ExamSource) -> list[Recipe]:
    """Run the file, and return the checks, slips and answers that it defines.

    Raises
    ------
    CourseError
        If it raises.
    """
    module = ModuleType(f"exam of {source.assignment}")
    module.__file__ = source.path
    try:
        with collecting() as found, TimeLimit() as limit:
            limit.begin(SECONDS, f"it did not end within {SECONDS:g} seconds")
            exec(compile(source.text, source.path, "exec"), vars(module))
    except (Exception, SystemExit, TookTooLong) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source.path]
        line = (error.lineno or "?") if isinstance(error, SyntaxError) else (lines or ["?"])[-1]
        what = error.msg if isinstance(error, SyntaxError) else error
        raise CourseError(
            f"the exam {source.path} does not run: line {line}: {type(error).__name__}: {what}"
        ) from error
    return found


def make_exam(source: ExamSource, recipes: list[Recipe]) -> Exam:
    """Make an exam of what its file defines.

    Raises
    ------
    CourseError
        If two checks have one name, or if a slip is one of no check.
    """
    solutions, checks = Solutions(source.lessons, source.files), {}
    subjects = {name: expression for lesson in source.lessons for name, expression in lesson.subjects.items()}
    for recipe in recipes:
        if isinstance(recipe, SlipRecipe):
            continue
        if recipe.name in checks:
            raise CourseError(f"the exam {source.path} has two checks called {recipe.name!r}")
        checks[recipe.name] = recipe if isinstance(recipe, NumericAnswer) else ReferenceCheck(
            recipe,
            subjects.get(recipe.name, ""),
            partial(solutions.of, recipe.name),
            at_work=partial(solutions.at_work, recipe.name),
        )  # fmt: skip
    slips, mutants = defaultdict(list), {}
    for number, recipe in enumerate(recipes):
        if isinstance(recipe, SlipRecipe):
            check = checks.get(recipe.check)
            if not isinstance(check, ReferenceCheck):
                raise CourseError(f"the exam {source.path} has a slip of {recipe.check!r}, and no such @check")
            held = Misconception(f"{recipe.check}.{recipe.wrong.__name__}", recipe.belief, recipe.hint)
            if held.name in mutants:
                raise CourseError(f"the exam {source.path} has two slips called {held.name!r}")
            slips[check.subject].append(found := Slip(partial(fresh, source, number), held))
            mutants[held.name] = SlipMutant(found, check.subject)
    for name, check in checks.items():
        if isinstance(check, ReferenceCheck):  # a slip may fail every check of its function
            checks[name] = replace(check, slips=tuple(slips[check.subject]))
    exam = Exam(
        source.assignment,
        checks,
        misconceptions={mutant.misconception.name: mutant.misconception for mutant in mutants.values()},
        families=tuple(Family(check.label, (f"{name}.*",), "")
                       for name, check in checks.items()),
        mutants=mutants,
    )  # fmt: skip
    variants = [ReferenceVariant(check, partial(solutions.of, name)) for name, check in checks.items()]
    named = {variant.name: variant for variant in variants}
    return replace(exam, judge=partial(judge, exam), variants=lambda: named)


def fresh(source: ExamSource, number: int) -> Any:
    """Return the wrong function or class of a slip, made anew."""
    return run_file(source)[number].wrong


class SlipMutant(Mutant):
    """A slip, which must fail; each time it is asked for, it is made anew."""

    def __init__(self, slip: Slip, subject: str) -> None:
        held = slip.misconception
        vars(self).update(name=held.name, subject=subject, misconception=held, slip=slip)

    @property
    def make(self) -> Any:
        return self.slip.make()


class ReferenceVariant(Variant):
    """The instructor's own solution, or answer, which must pass; it is run when it is asked for."""

    def __init__(self, check: Check, solution: Callable[[], Any]) -> None:
        vars(self).update(name=variant_name(check), subject=check.subject, solution=solution)

    @property
    def make(self) -> Any:
        return self.solution()


def judge(exam: Exam, check: str, subject: Any, student: str) -> Verdict:
    """Return the verdict of a check in this process."""
    return judge_here(exam.checks[check].examination(exam.assignment, student), subject)


def require_hidden(lesson: Lesson) -> None:
    """Make sure that ``examine`` is asked in hidden tests only, which students never get.

    Raises
    ------
    CourseError
        If it is asked elsewhere.
    """
    for number, cell in enumerate(lesson.cells, start=1):
        if cell.cell_type != "code" or not (asked := examined(cell.source)):
            continue
        called = grade_id(cell) or f"number {number}"
        asks = f"{lesson.notebook}.ipynb: the cell {called} asks examine({asked[0]!r}, ...)"
        if not is_test(cell):
            raise CourseError(f"{asks} and is no test cell: make it one (Create Assignment, Autograder tests)")
        if examined(lesson.released_cells[number - 1].source):
            raise CourseError(
                f"{asks} outside of ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS: students would get it"
            )


def require_sound(source: ExamSource, exam: Exam) -> None:
    """Make sure, before anybody is graded, that an exam in one file fits its notebooks.

    Raises
    ------
    CourseError
        If no cell asks for a check or two do, or if the instructor's solution cannot be compared with.
    """
    asking = defaultdict(list)
    for lesson in source.lessons:
        require_hidden(lesson)
        for cell, names in lesson.checks.items():
            for name in names:
                asking[name].append(f"{cell} of {lesson.notebook}.ipynb")
                if name not in lesson.subjects:
                    raise CourseError(f"the cell {asking[name][0]} asks examine({name!r}) and hands nothing over")
    for name in exam.checks:
        if not asking[name]:
            raise CourseError(
                f"the exam {source.path} has a check {name!r}, and no test cell asks examine({name!r}, ...)"
            )
        if len(asking[name]) > 1:
            raise CourseError(f"the exam {source.path}: {name!r} is asked for twice: {' and '.join(asking[name])}")
    try:
        rehearse(exam, source.lessons)
    except CourseError as error:
        raise CourseError(f"the exam {source.path}, {error}") from error
