"""Grade one notebook and touch no gradebook."""

from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment

from ..course.course import Course
from ..course.paths import DEFAULT_COURSE
from ..course.reader import NotGradable, parse_submission, read_bytes
from ..course.results import Failure, failures, usage, verdicts
from ..course.submission import Submission
from ..examiner.secret import read_secret
from ..feedback_page.facts import first_failed, from_failure
from ..sandbox.folders import temporary_folder
from ..util.errors import NotDecided
from ..util.text import in_one_line
from ..workers.pool import InProcess
from ..workers.task import Failed
from .grade import grade_submission
from .plan import assignment_of


@dataclass(frozen=True)
class CellScore:
    """What one graded cell earned, and why not more."""

    grade_id: str
    score: float
    max_score: float
    message: str


@dataclass(frozen=True)
class Report:
    """The grade of one notebook.

    As JSON: ``{"score": 85.0, "max_score": 100.0, "cells": [{"grade_id": "...", "score": 10.0, "max_score": 10.0,
    "message": ""}]}``, the cells in the order of the lesson, ``message`` empty where nothing failed.
    """

    score: float
    max_score: float
    cells: list[CellScore]

    def as_json(self) -> dict:
        return asdict(self)


def check(path: Path, assignment: str | None = None, root: Path = DEFAULT_COURSE) -> Report:
    """Grade one notebook by the very steps that grade a class, in a folder that is removed afterwards.

    Its cases are drawn from the secret of the course, if there is one yet.

    Parameters
    ----------
    path : Path
    assignment : str or None
        Without one, the only assignment there is.
    root : Path
        The folder of the course.

    Raises
    ------
    CourseError
        If there is no such assignment, or if none is named and there are several.
    NotGradable
        If it is nothing that can be graded.
    NotDecided
        If the grader failed at it.
    """
    data, meant = read_bytes(path), Course(root, assignment)
    with temporary_folder() as folder:
        course = Course(folder, assignment or meant.assignment, meant.home)
        parse_submission(path, data, course.lesson)  # before anything that takes its time
        course.run(GenerateAssignment)
        generated = assignment_of(course, read_secret(meant.root))
    submission = Submission("student", generated.notebook, data)
    with InProcess(generated) as pool:
        ((_, graded),) = pool.map(grade_submission, [submission])
    if isinstance(graded, Failed):
        raise NotDecided(f"{path} is not graded, and needs a person: {graded.reason}")
    if graded.problem:
        raise NotGradable(path, graded.problem)
    points = {cell.name: cell.points for cell in generated.cells if cell.grade}
    nb = nbformat.reads(graded.notebook.decode(), as_version=4)
    messages = {name: message(nb, name, failure) for name, failure in failures(nb).items()}
    cells = [CellScore(name, graded.scores[name] or 0.0, points[name], message) for name, message in messages.items()]
    return Report(sum(cell.score for cell in cells), sum(cell.max_score for cell in cells), cells)


def message(nb: nbformat.NotebookNode, grade_id: str, failure: Failure) -> str:
    """Why a graded cell failed. What the grader says stands there as it is, and what the submission says in quotes."""
    if verdict := first_failed(verdicts(nb).get(grade_id, [])):
        return verdict["message"]
    if not failure.message or not usage(
        nb
    ):  # where it was not run confined, the grader's words are an exception's, too
        return str(failure)
    found = from_failure(failure, usage(nb).get("stopped", ""))
    return f"{found.what} “{in_one_line(found.said)}”" if found.said else found.what
