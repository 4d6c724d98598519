"""The table of results on the screen, and ``grades.csv``."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nbgrader.api import MissingEntry
from rich.markup import escape
from rich.table import Table

from ..course.course import Course
from ..course.late import due_text
from ..course.scores import GradebookCell, gradebook_cells
from ..nbgrader_plugins.csv_export import CsvExport
from ..util.files import atomic_write
from ..util.text import by_hand, in_one_line, points
from ..util.untrusted_files import is_plain_name
from .class_grader import Outcome


def results_table(course: Course, outcomes: Iterable[Outcome]) -> Table:
    """Student, score, and what failed, for everybody who handed something in."""
    table = Table("student", "score", "what failed", title=f"{course.assignment}: {course.root / 'gradebook.db'}")
    table.columns[1].justify = "right"
    for column in table.columns:
        column.overflow = "fold"  # no name is cut
    with course.gradebook() as gradebook:
        cells = gradebook_cells(gradebook, course.assignment)
        several = len(course.lesson_paths) > 1
        for outcome in outcomes:
            name = escape(in_one_line(outcome.student))
            try:
                if not is_plain_name(outcome.student):
                    raise MissingEntry("no gradebook can hold such a name")
                submission = gradebook.find_submission(course.assignment, outcome.student)
            except MissingEntry:
                table.add_row(name, "", escape(in_one_line(outcome.problem)))
                continue
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
            waiting = sum(bool(grade.needs_manual_grade) for grade in grades)
            failed = [
                label(cells[grade.cell_id], several) + part_given(grade.score, cells[grade.cell_id].max_score)
                for grade in grades
                if not grade.needs_manual_grade
                and (grade.score is None or grade.score < cells[grade.cell_id].max_score)
            ]
            nothing = failed and len(failed) + waiting == len(grades) and not any(grade.score for grade in grades)
            what = outcome.problem or ("everything" if nothing else ", ".join(failed))
            if outcome.lacking:
                what = f"{what}; {outcome.lacking}".removeprefix("; ")
            if waiting:
                what = f"{what} ({by_hand(waiting)})".strip()
            if submission.extension and submission.assignment.duedate:
                what = f"{what}; extended until {due_text(submission.duedate)}".removeprefix("; ")
            if penalty:
                what = f"{what}; {penalty:g} points off for being late".removeprefix("; ")
            # added up here: to ask the submission for its sums are three queries more
            score, most = sum(grade.score or 0.0 for grade in grades), sum(cells[g.cell_id].max_score for g in grades)
            table.add_row(name, f"{max(0.0, score - penalty):g} / {most:g}", escape(in_one_line(what)))
    return table


def label(cell: GradebookCell, several: bool) -> str:
    """What a cell is called in the table; with its notebook, if the assignment has several."""
    name = cell.name.removeprefix("test-")
    return f"{cell.notebook}/{name}" if several else name


def part_given(score: float | None, most: float) -> str:
    """How much of its points a cell has, in brackets; empty if none."""
    return f" ({points(score)} of {points(most)})" if score else ""


def grouped_warnings(outcomes: Iterable[Outcome]) -> list[str]:
    """What to look at in the submissions, in one line for all students of whom the same is said."""
    students = defaultdict(list)
    for outcome in outcomes:
        for line in outcome.warnings:
            students[line].append(in_one_line(outcome.student))
    return [f"{', '.join(names)}: {line}" for line, names in students.items()]


def write_grades(course: Course) -> Path:
    """Write ``grades.csv`` as ``nbgrader export`` does, by the students' ids.

    An older one is replaced when the new one is whole.
    """
    target = course.root / "grades.csv"
    with atomic_write(target) as partial, course.gradebook() as gradebook:
        CsvExport(to=str(partial), assignment=[course.assignment]).export(gradebook)
    return target
