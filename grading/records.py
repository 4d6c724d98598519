"""What the gradebook is told of graded submissions, by nbgrader's own interface, and what it says of them."""

import datetime

from nbformat.v4 import new_notebook
from nbgrader.preprocessors import AssignLatePenalties

from .course import ASSIGNMENT, Course
from .marks import Marks
from .work import Graded


class Records:
    """A course's gradebook, held open. Only one process may hold it: the one that says who grades what.

    Parameters
    ----------
    course : Course

    Raises
    ------
    CourseError
        If the assignment has not been generated.
    """

    def __init__(self, course: Course) -> None:
        self.course, self.gradebook = course, course.gradebook()
        self.late = AssignLatePenalties(config=course.config())
        entry = self.gradebook.find_notebook(ASSIGNMENT, ASSIGNMENT)
        cells = [*entry.grade_cells, *entry.solution_cells, *entry.task_cells]
        self.names = {cell.id: cell.name for cell in cells}

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *error) -> None:
        self.gradebook.close()

    def write(self, graded: Graded, timestamp: datetime.datetime | None) -> None:
        """Enter scores as nbgrader's autograde does: what a person has given stays, and is to be looked at again.

        A submission that cannot be graded gets zero points where no person has given any.

        Parameters
        ----------
        graded : Graded
        timestamp : datetime or None
            When it was handed in, in UTC, if that is known.
        """
        gradebook = self.gradebook
        gradebook.update_or_create_student(graded.student)
        given = {"timestamp": timestamp} if timestamp else {}
        submission = gradebook.update_or_create_submission(ASSIGNMENT, graded.student, **given)
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            grade.auto_score = 0 if graded.problem else graded.scores[self.names[grade.cell_id]]
            unclear = grade.manual_score is not None or grade.auto_score is None
            grade.needs_manual_grade = unclear and not graded.problem
        for comment in notebook.comments:
            unanswered = graded.problem or self.names[comment.cell_id] in graded.unanswered
            comment.auto_comment = "No response." if unanswered else None
        notebook.late_submission_penalty = None
        late = submission.total_seconds_late > 0
        gradebook.db.commit()
        if late:
            context = {"student": graded.student, "assignment": ASSIGNMENT, "notebook": ASSIGNMENT}
            self.late.preprocess(new_notebook(), {"nbgrader": context | {"db_url": self.course.db_url}})

    def marks(self, student: str) -> Marks:
        """What stands there about a submission."""
        notebook = self.gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        return Marks.of(notebook, self.names)
