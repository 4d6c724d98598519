"""Settle grades that a person has given, and that were opened again."""

from collections import Counter
from collections.abc import Collection

from ..util.errors import CourseError
from .chosen_cells import chosen_cells
from .course import Course
from .gradebook import GradebookWriter
from .grading_record import write_earlier
from .late import outdate_pages


def resolve(course: Course, question: str = "", students: Collection[str] = ()) -> tuple[Counter, Counter]:
    """Keep the points that a person has given where the grade is open; nothing else is settled.

    Parameters
    ----------
    course : Course
    question : str
        Only this cell, as ``CELL`` or ``NOTEBOOK/CELL``; empty for all.
    students : collection of str
        Only these; empty for all.

    Returns
    -------
    (Counter, Counter)
        How many were settled, and how many wait for a first grade, by the names of the cells.

    Raises
    ------
    CourseError
        If there is no such cell, or if somebody has no submission.
    """
    with GradebookWriter(course) as records, records.transaction():
        known = {at: (cell.notebook, cell.name) for at, cell in records.cells.items() if cell.max_score}
        meant = chosen_cells(question, known)
        submissions = records.gradebook.find_assignment(course.assignment).submissions
        if missing := sorted(set(students) - {submission.student_id for submission in submissions}):
            raise CourseError(f"the gradebook has no submission of {', '.join(missing)}")
        settled, waiting, changed = Counter(), Counter(), set()
        for submission in submissions:
            if students and submission.student_id not in students:
                continue
            for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
                if grade.cell_id not in meant or not grade.needs_manual_grade:
                    continue
                if grade.manual_score is None:
                    waiting[meant[grade.cell_id]] += 1
                    continue
                grade.needs_manual_grade = False
                write_earlier(records.connection, grade.id, None)
                settled[meant[grade.cell_id]] += 1
                changed.add(submission.student_id)
        outdate_pages(course.root, course.assignment, changed)
    return settled, waiting
