"""Render the feedback on one submission, as a worker does. Bytes come in, bytes go out."""

from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

from ..course.assignment import Assignment
from ..course.scores import SubmissionScores
from ..util.classes import imported
from ..util.isolation import NotDone
from ..workers.task import Failed


class KnownScores(NbGraderPreprocessor):
    """Do what nbgrader's GetGrades does, without a gradebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        scores: SubmissionScores = resources["nbgrader"]["scores"]
        for cell in nb.cells:
            role = cell.metadata.get("nbgrader", {})
            if is_solution(cell) or is_task(cell):
                role["comment"] = scores.comments[role["grade_id"]].comment
            if is_grade(cell) or is_task(cell):
                grade = scores.grades[role["grade_id"]]
                role["score"], role["points"] = grade.score, grade.max_score
        resources["nbgrader"] |= {
            "score": scores.score - scores.late_penalty,
            "max_score": scores.max_score,
            "late_penalty": scores.late_penalty,
        }
        return nb, resources


@dataclass(frozen=True)
class FeedbackRequest:
    """What a page of feedback is made of: a graded notebook, and its scores in the gradebook now."""

    student: str
    notebook: bytes
    scores: SubmissionScores


def render_feedback(assignment: Assignment, graded: FeedbackRequest) -> bytes | Failed:
    """Render a page of feedback by the steps of ``nbgrader generate_feedback``."""
    config = assignment.config
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    exporter = converter.exporter_class(parent=converter, config=converter.config)
    for step in map(imported, converter.preprocessors):
        exporter.register_preprocessor(KnownScores if step is GetGrades else step)
    resources = {
        "unique_key": assignment.notebook,
        "output_files_dir": f"{assignment.notebook}_files",
        "metadata": {"name": assignment.notebook},
        "nbgrader": {
            "student": graded.student,
            "assignment": assignment.name,
            "notebook": assignment.notebook,
            "lesson": assignment.lesson,
            "exam": assignment.exam,
            "scores": graded.scores,
        },
    }
    nb = nbformat.reads(graded.notebook.decode(), as_version=4)
    try:
        html, _ = exporter.from_notebook_node(nb, resources)
    except NotDone as error:
        return Failed(f"to make its page {error}")
    return html.encode()
