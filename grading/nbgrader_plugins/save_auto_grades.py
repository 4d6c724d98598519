"""Save a submission's scores to the gradebook; what it has written to stderr costs nothing."""

from nbformat import NotebookNode
from nbgrader import preprocessors

from ..course.lesson import grade_id, read_lesson
from ..course.own_answers import answered_elsewhere
from ..course.results import without_stderr


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Does what nbgrader's own does, but for two things.

    That one takes whatever is on stderr for a test that failed, also a warning. And it gives no points for an answer
    cell that is as it was released, also where the student has written into a cell beside it; a person is to read that.
    """

    elsewhere: frozenset[str] = frozenset()

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        self.elsewhere = answered_elsewhere(nb, read_lesson(self.config, context["assignment"], context["notebook"]))
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_score(without_stderr(cell), resources)
        if grade_id(cell) in self.elsewhere:
            grade = self.gradebook.find_grade(grade_id(cell), self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_comment(cell, resources)
        if grade_id(cell) in self.elsewhere:
            comment = self.gradebook.find_comment(grade_id(cell), self.notebook_id, self.assignment_id, self.student_id)
            comment.auto_comment = None
            self.gradebook.db.commit()
