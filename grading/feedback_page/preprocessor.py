"""Makes of an autograded notebook what its page of feedback shows."""

from jupyterlab_pygments import JupyterStyle
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from pygments.formatters import HtmlFormatter

from ..marks import Marks, known_cells
from .facts import facts
from .lesson import given_sources


class FeedbackPage(NbGraderPreprocessor):
    """Keeps what the student wrote, and gives the template the facts; test cells, hidden or not, stay out.

    Comes after nbgrader's GetGrades.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        marks = context.get("marks")  # where there is no gradebook
        if marks is None:
            with Gradebook(context["db_url"]) as gradebook:
                where = context["notebook"], context["assignment"], context["student"]
                marks = Marks.of(gradebook.find_submission_notebook(*where), known_cells(gradebook))
        resources["feedback"] = facts(nb, marks)
        resources["highlight_css"] = HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")
        nb.cells = [cell for cell in nb.cells if is_work(cell)]
        return nb, resources


def is_work(cell: NotebookNode) -> bool:
    """Whether a cell is the student's: a solution, an answer, or one that the lesson does not have."""
    if is_grade(cell) and not is_solution(cell):
        return False  # a test: what it found stands above, and its source holds what is hidden
    given = cell.metadata.get("nbgrader", {}).get("locked") or cell.source in given_sources()
    return is_solution(cell) or bool(cell.source.strip() and not given)
