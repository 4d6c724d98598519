"""The points of a class for each question, as CSV for a spreadsheet."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from nbgrader.api import Student
from sqlalchemy import select

from ..course.assignment import require_generated
from ..course.chosen import chosen_students
from ..course.course import Course
from ..course.scores import GradebookCell, gradebook_cells
from ..course.stream import graded_students, with_submissions
from ..util.errors import CourseError
from ..util.files import atomic_write
from ..util.spreadsheets import escape_formula
from ..util.text import points

FIRST = ("student_id", "last_name", "first_name", "email")
LAST = ("to_grade_by_hand", "raw_score", "late_submission_penalty", "score", "max_score")


def write_questions(course: Course, path: Path, only: Collection[str] = ()) -> Path:
    """Write a row for each student of the course and a column for each graded cell, in the order of the lesson.

    A cell is empty where a person has yet to grade the answer, and where there is no submission.

    Parameters
    ----------
    course : Course
    path : Path
        An older file is replaced when the new one is whole.
    only : collection of str
        Those students alone, as `chosen_students` takes them; by default everybody.

    Raises
    ------
    CourseError
        If nothing was graded yet, if nobody has such a name, or if the file cannot be written.
    """
    try:
        with atomic_write(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([escape_formula(value) for value in row] for row in question_rows(course, only))
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}") from None
    return path


def question_rows(course: Course, only: Collection[str]) -> Iterator[list[str]]:
    """Yield the header, and then what each student has got."""
    with course.gradebook() as gradebook:
        require_generated(gradebook, course)
        cells = gradebook_cells(gradebook, course.assignment)
        graded = graded_cells(gradebook, course)
        several, most = len(course.lesson_paths) > 1, sum(cells[key].max_score for key in graded)
        yield [*FIRST, *(title(cells[key], several) for key in graded), *LAST]
        if not graded_students(gradebook, course.assignment):
            raise CourseError("nobody has been graded yet: run `python -m grading autograde` first")
        people = select(Student.id, Student.last_name, Student.first_name, Student.email).order_by(Student.id)
        students = {student: [name or "" for name in names] for student, *names in gradebook.db.execute(people)}
        chosen = chosen_students(only, students)
        for student, submission in with_submissions(gradebook, course.assignment, chosen):
            yield [student, *students[student], *result_of(submission, graded), points(most)]


def graded_cells(gradebook, course: Course) -> list[str]:
    """Return the gradebook's ids of the cells that earn points, in the order of the lesson."""
    order = [(name, cell) for name, lesson in course.lessons.items() for cell in lesson.places]
    place = {key: number for number, key in enumerate(order)}
    found = {
        cell.id: (entry.name, cell.name)
        for entry in gradebook.find_assignment(course.assignment).notebooks
        for cell in [*entry.grade_cells, *entry.task_cells]
    }
    return sorted(found, key=lambda key: (place.get(found[key], len(place)), found[key]))


def title(cell: GradebookCell, several: bool) -> str:
    """Name a column: a cell and its points; with its notebook, if the assignment has several."""
    name = f"{cell.notebook}/{cell.name}" if several else cell.name
    return f"{name} ({points(cell.max_score)} pts)"


def result_of(submission, graded: list[str]) -> list[str]:
    """Return the points of one submission for each cell, how many wait for a person, and the sums."""
    if submission is None:
        return ["" for _ in graded] + ["", "0", "0", "0"]
    grades = {grade.cell_id: grade for book in submission.notebooks for grade in book.grades}
    waiting = {key for key, grade in grades.items() if grade.needs_manual_grade}
    scores = [grades[key].score if key in grades else None for key in graded]
    shown = [
        "" if score is None or (key in waiting and grades[key].manual_score is None) else points(score)
        for key, score in zip(graded, scores, strict=True)
    ]
    penalty = sum(book.late_submission_penalty or 0.0 for book in submission.notebooks)
    raw = sum(grade.score or 0.0 for grade in grades.values())
    return [*shown, str(len(waiting)), points(raw), points(penalty), points(max(0.0, raw - penalty))]
