"""Grade one submission, as a worker does. Bytes come in, bytes go out."""

from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    NbGraderPreprocessor,
)
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from traitlets.config import Config
from traitlets.log import get_logger

from ..course.assignment import Assignment
from ..course.reader import NotGradable, parse_submission
from ..course.results import without_stderr
from ..course.submission import GradingResult, Submission
from ..examiner.secret import case_key
from ..nbgrader_plugins import SaveAutoGrades
from ..nbgrader_plugins.restore_cells import restore
from ..sandbox.folders import temporary_folder
from ..util.classes import imported
from .notebook_text import notebook_text

# Of nbgrader's steps, those that write the gradebook: that is for the coordinator. The last one asks whether the
# metadata are sound, and they have just been put back.
NOT_HERE = (SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)


def grade_submission(assignment: Assignment, submission: Submission) -> GradingResult:
    """Grade a submission by the steps of ``nbgrader autograde``.

    Raises
    ------
    CannotConfine
        If it cannot be run here.
    Interrupted
        If something outside the grader ended its process.
    """
    try:
        nb = parse_submission(Path(submission.student), submission.notebook, assignment.lesson)
    except NotGradable as error:
        return GradingResult(submission.student, error.reason)
    files, digest = assignment.beside(submission), submission.digest
    with temporary_folder() as folder:
        place = Path(folder, submission.student, assignment.name)  # where stock nbgrader runs it, too
        place.mkdir(parents=True)
        for name, data in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        resources = {
            "nbgrader": {
                "student": submission.student,
                "assignment": assignment.name,
                "notebook": assignment.notebook,
                "profile": assignment.profile,
                "case_key": case_key(assignment.secret, digest),
                "tries": 1,  # whoever asks has it tried again, by another worker
            },
            "metadata": {"path": str(place)},
        }
        nb, _ = ClearOutput()(nb, resources)
        restore(nb, assignment.cells, get_logger())
        if assignment.kernelspec:
            nb.metadata["kernelspec"] = assignment.kernelspec
        for step in autograde_steps(assignment.config):
            nb, resources = step(nb, resources)
    nb.metadata["submission"] = digest
    scores = {
        cell.metadata.nbgrader.grade_id: determine_grade(without_stderr(cell))[0] for cell in nb.cells if is_grade(cell)
    }
    unanswered = frozenset(
        cell.metadata.nbgrader.grade_id
        for cell in nb.cells
        if is_solution(cell) and not is_task(cell) and cell.metadata.nbgrader.checksum == compute_checksum(cell)
    )
    text = notebook_text(nb)  # was valid when it came, and what was put in since is ours
    return GradingResult(
        submission.student, notebook=f"{text}\n".encode(), files=files, scores=scores, unanswered=unanswered
    )


def autograde_steps(config: Config) -> list[NbGraderPreprocessor]:
    """Return the preprocessors that grade a notebook, apart from those that write the gradebook."""
    configured = Autograde(config=config).autograde_preprocessors
    return [entry(config=config) for entry in map(imported, configured) if entry not in NOT_HERE]
