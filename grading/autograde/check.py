"""Grade one notebook and touch no gradebook."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nbformat

from ..course.assignment import Assignment, GeneratedNotebook
from ..course.course import Course
from ..course.handed_in import SubmittedReader
from ..course.lesson import grade_id
from ..course.paths import DEFAULT_COURSE
from ..course.reader import NotGradable, parse_notebook, parse_submission, read_bytes
from ..course.recognition import recognize
from ..course.results import Failure, failures, told_of_stop, usage, verdicts
from ..course.sample import generate_assignment
from ..course.submission import GradedNotebook, Submission
from ..course.voided import NONE, Voided, voided_questions
from ..examiner.secret import read_secret
from ..feedback_page.facts import first_failed, from_failure
from ..nbgrader_plugins import ConfinedExecute
from ..sandbox.folders import temporary_folder
from ..util.errors import CourseError, NotDecided
from ..util.text import in_one_line
from ..workers.pool import InProcess
from ..workers.task import Failed
from .grade import grade_submission
from .plan import assignment_of, submission_profile, ungenerated_assignment

NUMBERS = (  # how a line ends that says whose a notebook is, where each is asked numbers of their own
    ", and the numbers are nobody's",
    ", with the numbers that autograde asks",
    ", and asks other numbers",
)


@dataclass(frozen=True)
class CellScore:
    """What one graded cell earned, and why not more."""

    grade_id: str
    score: float
    max_score: float
    message: str

    def when_voided(self, voided: Voided | None) -> "CellScore":
        """The same cell, if the course has voided it as is said."""
        if voided is None:
            return self
        points = 0.0 if voided.points == NONE else self.max_score
        return replace(self, score=points, max_score=points, message=str(voided))


@dataclass(frozen=True)
class Report:
    """The grade of one notebook.

    As JSON: ``{"score": 85.0, "max_score": 100.0, "cells": [{"grade_id": "...", "score": 10.0, "max_score": 10.0,
    "message": ""}]}``, the cells in the order of the lesson, ``message`` empty where nothing failed. `whose` says which
    file it is and whose, in one line; that is no part of the JSON.
    """

    score: float
    max_score: float
    cells: list[CellScore]
    whose: str = ""

    def as_json(self) -> dict:
        found = asdict(self)
        del found["whose"]
        return found


def check(path: Path, assignment: str | None = None, root: Path = DEFAULT_COURSE) -> Report:
    """Grade one notebook by the very steps that grade a class, in a folder that is removed afterwards.

    Its cases are drawn from the secret of the course, if there is one yet; for what lies in ``submitted/``, they are
    those that grading the class draws.

    Parameters
    ----------
    path : Path
    assignment : str or None
        Without one, that whose cells the notebook has.
    root : Path
        The folder of the course.

    Raises
    ------
    CourseError
        If there is no such assignment, or if it is not certain which notebook of which assignment it is.
    NotGradable
        If it is nothing that can be graded.
    NotDecided
        If the grader failed at it.
    """
    data, meant = read_bytes(path), Course(root, assignment)
    with temporary_folder() as folder:
        course, name = recognized(path, data, Course(folder, assignment, meant.home))
        parse_submission(path, data, course.lessons[name])  # before anything that takes its time
        secret = read_secret(meant.root)
        generated = replace(
            ungenerated_assignment(course, secret) or generated_assignment(course, secret),
            profile=submission_profile(Course(meant.root, course.assignment, meant.home)),
        )
    submission, whose = handed_in_as(Course(meant.root, course.assignment, meant.home), path, name, data)
    if not generated.exam:
        whose = without_numbers(whose)
    if generated.exam and not generated.secret:
        whose += ". The course has no secret yet, so the first grading will draw other numbers"
    with InProcess(generated) as pool:
        ((_, graded),) = pool.map(grade_submission, [submission])
    if isinstance(graded, Failed):
        raise NotDecided(f"{path} is not graded, and needs a person: {graded.reason}")
    if name not in graded.notebooks:
        raise NotGradable(path, graded.refused.get(name) or graded.problem)
    voided = voided_questions(Course(meant.root, course.assignment, meant.home))
    cells = [
        cell.when_voided(voided.get((name, cell.grade_id)))
        for cell in cell_scores(graded.notebooks[name], generated.notebooks[name])
    ]
    return Report(sum(cell.score for cell in cells), sum(cell.max_score for cell in cells), cells, whose)


def generated_assignment(course: Course, secret: str) -> Assignment:
    """Generate an assignment in a course that is removed afterwards, and read it."""
    generate_assignment(course)
    return assignment_of(course, secret)


def handed_in_as(course: Course, path: Path, name: str, data: bytes) -> tuple[Submission, str]:
    """Find out whose submission a notebook is part of, and read that; and say in one line which it is.

    Parameters
    ----------
    course : Course
    path : Path
    name : str
        The assignment's name for the notebook.
    data : bytes
        What it holds.

    Raises
    ------
    NotGradable
        If the submission that it is part of cannot be graded.
    """
    shown, submitted = in_one_line(str(path)), course.root / "submitted"
    place = Path(path).parent.resolve() / Path(path).name
    if not place.is_relative_to(submitted) or len(inside := place.relative_to(submitted).parts) < 2:
        unknown = f"{shown}: it is not in {submitted}, so it is not known whose it is{NUMBERS[0]}"
        return Submission("student", {name: data}), unknown
    student = inside[0]
    if len(inside) < 3 or inside[1] != course.assignment:
        where = f"{submitted}/{in_one_line(student)}/{course.assignment}/"
        elsewhere = f"{shown}: of {in_one_line(student)}, but autograde does not look there: move it to {where}"
        return Submission(student, {name: data}), elsewhere
    limits = ConfinedExecute(config=course.config()).limits()
    reader = SubmittedReader(submitted, course.assignment, limits, course.ignored, course.lessons)
    found = reader.read(student, *course.lesson_paths)
    if found.submission.notebooks.get(name) == data:
        return found.submission, f"{shown}: of {in_one_line(student)}{NUMBERS[1]}"
    notebooks = {**found.submission.notebooks, name: data}
    taken = in_one_line(found.paths.get(name, f"{name}.ipynb"))
    other = f"{shown}: of {in_one_line(student)}, but autograde takes {taken}{NUMBERS[2]}"
    return Submission(student, notebooks, found.submission.files), other


def without_numbers(whose: str) -> str:
    """Say whose a notebook is where nobody is asked numbers of their own, because the assignment has no exam."""
    for about in NUMBERS:
        whose = whose.removesuffix(about)
    return whose


def recognized(path: Path, data: bytes, course: Course) -> tuple[Course, str]:
    """Find out which assignment a notebook is of, and which of its notebooks; raises as `check` does."""
    known = course.source_assignments()
    courses = [course] if course.named or len(known) < 2 else [Course(course.root, name, course.home) for name in known]
    lessons = {(each, name): lesson for each in courses for name, lesson in each.lessons.items()}
    if len(lessons) == 1:
        return next(iter(lessons))
    found = recognize(parse_notebook(path, data), lessons, path.stem)
    if len(found) > 1:
        offers = " or ".join(f"{each.assignment}/{name}.ipynb" for each, name in found)
        way = "name its assignment" if len(courses) > 1 else "give the file that name"
        raise CourseError(f"{path} could be {offers}: {way}")
    if not found and len(courses) > 1:
        names = ", ".join(each.assignment for each in courses)
        raise NotGradable(path, f"a notebook, but of none of the assignments {names}: it has none of their cells")
    if not found:
        reason = f"a notebook, but not of the assignment {courses[0].assignment}: it has none of its cells"
        raise NotGradable(path, reason)
    return found[0]


def cell_scores(graded: GradedNotebook, generated: GeneratedNotebook) -> Iterator[CellScore]:
    """What each graded cell earned, in the order of the lesson; what a person has to grade has earned nothing yet."""
    points = {cell.name: cell.points for cell in generated.cells if cell.grade or cell.task}
    nb = nbformat.reads(graded.data.decode(), as_version=4)
    failed = failures(nb)
    for name in map(grade_id, nb.cells):
        if name in points:
            said = message(nb, name, failed[name]) if name in failed else ""
            yield CellScore(name, graded.scores.get(name) or 0.0, points[name], said)


def message(nb: nbformat.NotebookNode, grade_id: str, failure: Failure) -> str:
    """Why a graded cell failed. What the grader says stands there as it is, and what the submission says in quotes."""
    if verdict := first_failed(verdicts(nb).get(grade_id, [])):
        return verdict["message"]
    if not failure.message or not usage(
        nb
    ):  # where it was not run confined, the grader's words are an exception's, too
        return str(failure)
    found = from_failure(failure, told_of_stop(nb))
    return f"{found.what} “{in_one_line(found.said)}”" if found.said else found.what
