"""Save an assignment's cells to the gradebook when it is generated, and with the first time when that was."""

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.api import Gradebook

from ..course.generation_time import note_generation
from ..course.timestamps import utc_now


class SaveCells(preprocessors.SaveCells):
    """Does what nbgrader's own does, and notes when an assignment was first generated."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb, resources = super().preprocess(nb, resources)
        context = resources["nbgrader"]
        with Gradebook(context["db_url"]) as gradebook:
            note_generation(gradebook, context["assignment"], utc_now())
        return nb, resources
