"""Grade one notebook and touch no gradebook."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment

from .assignment import Assignment
from .course import Course
from .pool import Here
from .submission import NotGradable, failures, parse_submission, read_bytes
from .work import Submission, grade


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


def check(path: Path) -> Report:
    """Grade the notebook at `path` by the very steps that grade a class, in a folder that is removed afterwards.

    Raises
    ------
    NotGradable
        If it cannot be graded.
    """
    submission = Submission("student", read_bytes(path))
    parse_submission(path, submission.notebook)  # before anything that takes its time
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        course = Course(Path(folder))
        course.run(GenerateAssignment)
        assignment = Assignment.of(course)
    with Here(assignment) as here:
        ((_, graded),) = here.map(grade, [submission])
    if graded.problem:
        raise NotGradable(path, graded.problem)
    points = {cell.name: cell.points for cell in assignment.cells if cell.grade}
    messages = failures(nbformat.reads(graded.notebook.decode(), as_version=4))
    cells = [CellScore(name, graded.scores[name] or 0.0, points[name], message) for name, message in messages.items()]
    return Report(sum(cell.score for cell in cells), sum(cell.max_score for cell in cells), cells)
