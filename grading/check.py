"""Grade one notebook and touch no gradebook."""

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment

from .autograde import autograde_student, check_confinement
from .course import Course
from .submission import failures, read_submission


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
    read_submission(path)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        course, student = Course(Path(folder)), "student"
        check_confinement(course)
        course.run(GenerateAssignment)
        submitted = course.notebook("submitted", student)
        submitted.parent.mkdir(parents=True)
        shutil.copyfile(path, submitted)
        autograde_student(course, student)
        graded = nbformat.read(course.notebook("autograded", student), as_version=4)
        with course.gradebook() as gradebook:
            grades = gradebook.find_submission_notebook(submitted.stem, submitted.parent.name, student).grades
            earned = {grade.name: (float(grade.score), float(grade.max_score)) for grade in grades}
    cells = [CellScore(grade_id, *earned[grade_id], message) for grade_id, message in failures(graded).items()]
    return Report(sum(cell.score for cell in cells), sum(cell.max_score for cell in cells), cells)
