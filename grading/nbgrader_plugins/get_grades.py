"""Put the grades of a notebook into it, with the penalty that it has by now."""

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.api import Gradebook, MissingEntry

from ..course.hand_grades import commented_earlier
from ..course.late import enter, late_policy, renewed_penalties
from ..course.scores import ON_EARLIER


class GetGrades(preprocessors.GetGrades):
    """Does what nbgrader's own does, after it has brought the penalty for being late up to date.

    A comment on an answer that was handed in before the one that is there now is said to be that.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        name, assignment, student = context["notebook"], context["assignment"], context["student"]
        with Gradebook(context["db_url"]) as gradebook:
            try:
                submitted = gradebook.find_submission_notebook(name, assignment, student)
            except MissingEntry:
                self.log.error("The gradebook holds no grade of %s/%s: autograde it first", student, assignment)
                raise
            connection = gradebook.db.connection()
            enter(renewed_penalties(gradebook, connection, assignment, late_policy(self.config), {student}))
            earlier = commented_earlier(connection, submitted)
            gradebook.db.commit()
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            role = cell.metadata.get("nbgrader", {})
            if role.get("grade_id") in earlier and role.get("comment"):
                role["comment"] = f"{ON_EARLIER}{role['comment']}"
        return nb, resources
