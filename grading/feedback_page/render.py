"""Render the feedback on one submission, as a worker does. Bytes come in, bytes go out."""

from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

from ..course.assignment import Assignment
from ..course.scores import SubmissionScores
from ..course.submission import listed_reasons
from ..util.classes import imported
from ..util.isolation import IN_COPY, NotDone
from ..workers.task import Failed
from .exporter import FeedbackExporter


class KnownScores(NbGraderPreprocessor):
    """Do what nbgrader's GetGrades does, without a gradebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        scores: SubmissionScores = resources["nbgrader"]["scores"]
        for cell in nb.cells:
            role = cell.metadata.get("nbgrader", {})
            if is_solution(cell) or is_task(cell):
                comment = scores.comments.get(role["grade_id"])  # none of a cell that was taken out since
                role["comment"] = str(comment) if comment and comment.comment else None
            if is_grade(cell) or is_task(cell):
                grade = scores.grades.get(role["grade_id"])
                role["score"], role["points"] = (grade.score, grade.max_score) if grade else (0.0, 0.0)
        resources["nbgrader"] |= {
            "score": scores.score - scores.late_penalty,
            "max_score": scores.max_score,
            "late_penalty": scores.late_penalty,
        }
        return nb, resources


latest: tuple[Assignment, FeedbackExporter] | None = None  # whose pages were made last here


@dataclass(frozen=True)
class FeedbackRequest:
    """What a student's pages of feedback are made of: graded notebooks, and their scores in the gradebook now.

    Attributes
    ----------
    student : str
    notebooks : dict of str to bytes
        By name.
    scores : dict of str to SubmissionScores
        By the same names.
    """

    student: str
    notebooks: dict[str, bytes]
    scores: dict[str, SubmissionScores]


def render_feedback(assignment: Assignment, graded: FeedbackRequest) -> dict[str, bytes | Failed] | Failed:
    """Render a student's pages of feedback by the steps of ``nbgrader generate_feedback``, by the notebooks' names.

    Where not one of them can be made, that is one failure.
    """
    pages = {name: render_page(assignment, graded, name) for name in graded.notebooks}
    failed = {name: page.reason for name, page in pages.items() if isinstance(page, Failed)}
    return Failed(listed_reasons(failed, len(pages) > 1)) if len(failed) == len(pages) else pages


def render_page(assignment: Assignment, graded: FeedbackRequest, name: str) -> bytes | Failed:
    """Render the page of one notebook."""
    resources = {
        "unique_key": name,
        "output_files_dir": f"{name}_files",
        "metadata": {"name": name},
        "nbgrader": {
            "student": graded.student,
            "assignment": assignment.name,
            "notebook": name,
            "lesson": assignment.notebooks[name].lesson,
            "exam": assignment.exam,
            "scores": graded.scores[name],
            "missing": sorted(assignment.notebooks.keys() - graded.notebooks.keys()),
        },
    }
    try:
        html, _ = exporter_of(assignment).from_bytes(graded.notebooks[name], resources)
    except NotDone as error:
        return Failed(f"to make its page {error}")
    return html.encode()


def exporter_of(assignment: Assignment) -> FeedbackExporter:
    """Return the exporter of an assignment's pages. It stays as it is: each page is made in a copy of this process."""
    global latest
    if not IN_COPY:
        return new_exporter(assignment)
    if latest is None or latest[0] is not assignment:
        latest = assignment, new_exporter(assignment)
    return latest[1]


def new_exporter(assignment: Assignment) -> FeedbackExporter:
    config = assignment.config
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    exporter = converter.exporter_class(parent=converter, config=converter.config)
    for step in map(imported, converter.preprocessors):
        exporter.register_preprocessor(KnownScores if isinstance(step, type) and issubclass(step, GetGrades) else step)
    return exporter
