"""Makes of an autograded notebook what its page of feedback shows."""

from jupyterlab_pygments import JupyterStyle
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_solution, is_task
from pygments.formatters import HtmlFormatter

from ..course.hand_grades import commented_earlier
from ..course.lesson import Lesson, grade_id, is_students_own, is_test, read_lesson
from ..course.scores import SubmissionScores, gradebook_cells
from ..examiner.course_exam import configured_source
from ..examiner.exam import load_exam
from .facts import facts


class FeedbackPage(NbGraderPreprocessor):
    """Keeps what the student wrote, and gives the template the facts; test cells, hidden or not, stay out.

    Comes after nbgrader's GetGrades.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        notebook, assignment = context["notebook"], context["assignment"]
        lesson = context.get("lesson") or read_lesson(self.config, assignment, notebook)
        scores = context.get("scores")  # where there is no gradebook
        if scores is None:
            with Gradebook(context["db_url"]) as gradebook:
                submitted = gradebook.find_submission_notebook(notebook, assignment, context["student"])
                earlier = commented_earlier(gradebook.db.connection(), submitted)
                scores = SubmissionScores.of(submitted, gradebook_cells(gradebook, assignment), earlier)
        exam = context["exam"] if "exam" in context else configured_source(self.config, assignment)
        resources["feedback"] = facts(nb, lesson, scores, load_exam(exam))
        resources["highlight_css"] = HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")
        released = {grade_id(cell): cell.source for cell in lesson.released_cells if is_task(cell)}
        for cell in nb.cells:
            if is_task(cell) and grade_id(cell) in released:
                cell.source = released[grade_id(cell)]  # without what is for whoever marks it
        nb.cells = [cell for cell in nb.cells if is_work(cell, lesson)]
        return nb, resources


def is_work(cell: NotebookNode, lesson: Lesson) -> bool:
    """Whether a cell is the student's: a solution, an answer, a task, or one that the lesson does not have."""
    if is_test(cell):
        return False  # a test: what it found stands above, and its source holds what is hidden
    return is_solution(cell) or is_task(cell) or is_students_own(cell, lesson)
