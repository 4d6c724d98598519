"""Save a submission's scores to the gradebook; what it has written to stderr costs nothing."""

from nbformat import NotebookNode
from nbgrader import preprocessors

from ..course.results import without_stderr


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Does what nbgrader's own does. That one takes whatever is on stderr for a test that failed, also a warning."""

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_score(without_stderr(cell), resources)
