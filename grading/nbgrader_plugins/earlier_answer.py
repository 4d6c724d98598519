"""Show a grader, beside an answer that has changed, the one that was graded before, with its points and comment."""

from pathlib import Path

from jinja2 import pass_context
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from ..course.grading_record import EarlierAnswer
from ..course.hand_grades import earlier_of
from ..course.lesson import grade_id


def earlier_in(config: Config, submission: str) -> dict[str, EarlierAnswer]:
    """Return the earlier answers of a submitted notebook, by the names of its cells.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's settings.
    submission : str
        The id of the submitted notebook in the gradebook.
    """
    directory = CourseDirectory(config=config)
    if not submission or not Path(directory.root, "gradebook.db").exists():
        return {}
    with Gradebook(directory.db_url, directory.course_id) as gradebook:
        try:
            notebook = gradebook.find_submission_notebook_by_id(submission)
        except MissingEntry:
            return {}
        return earlier_of(gradebook.db.connection(), notebook)


@pass_context
def earlier_answer(context, cell: NotebookNode) -> EarlierAnswer | None:
    """Return the answer that was graded before a cell's; None if the cell's was, or if none was."""
    return context["resources"].get("earlier", {}).get(grade_id(cell))
