"""Grade one submission, as a worker does. Bytes come in, bytes go out."""

from pathlib import Path

from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    NbGraderPreprocessor,
)
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task
from traitlets.config import Config
from traitlets.log import get_logger

from ..course.answers import answers_in
from ..course.assignment import Assignment
from ..course.own_answers import answered_elsewhere, is_unanswered
from ..course.reader import NotGradable, parse_notebook, parse_submission
from ..course.recognition import recognize
from ..course.results import without_stderr
from ..course.submission import GradedNotebook, GradingResult, Submission, listed_reasons
from ..examiner.secret import case_key
from ..nbgrader_plugins import SaveAutoGrades
from ..nbgrader_plugins.restore_cells import restore
from ..sandbox.folders import temporary_folder
from ..util.classes import imported
from .notebook_text import notebook_text

# Of nbgrader's steps, those that write the gradebook: that is for the coordinator. The last one asks whether the
# metadata are sound, and they have just been put back.
NOT_HERE = (SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)


def grade_submission(
    assignment: Assignment, submission: Submission, sessions: dict[str, list] | None = None
) -> GradingResult:
    """Grade a submission by the steps of ``nbgrader autograde``, each of its notebooks on its own.

    Parameters
    ----------
    assignment : Assignment
    submission : Submission
    sessions : dict of str to list, or None
        Is filled, by the names of notebooks, with the test cells that asked the examiner and their CellSessions.

    Raises
    ------
    CannotConfine
        If it cannot be run here.
    Interrupted
        If something outside the grader ended a process of its.
    """
    read, refused = read_notebooks(assignment, submission)
    if not read:
        return GradingResult(submission.student, listed_reasons(refused, len(assignment.notebooks) > 1))
    files, digest = assignment.beside(submission), submission.digest
    with temporary_folder() as folder:
        place = Path(folder, submission.student, assignment.name)  # where stock nbgrader runs it, too
        place.mkdir(parents=True)
        for name, data in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        context = {
            "student": submission.student,
            "assignment": assignment.name,
            "profile": assignment.profile,
            "exam": assignment.exam,
            "case_key": case_key(assignment.secret, digest),
            "tries": 1,  # whoever asks has it tried again, by another worker
        }
        graded = {}
        for name, nb in read.items():
            asked = {} if sessions is None else {"sessions": sessions.setdefault(name, [])}
            graded[name] = grade_notebook(assignment, name, nb, context | asked, place, digest)
    return GradingResult(submission.student, notebooks=graded, files=files, refused=refused)


def read_notebooks(assignment: Assignment, submission: Submission) -> tuple[dict[str, NotebookNode], dict[str, str]]:
    """Read the notebooks of a submission that can be graded, and say of the others why not."""
    read, refused = {}, dict(submission.refused)
    for name, data in submission.notebooks.items():
        try:
            generated = assignment.notebooks[name]
            read[name] = parse_submission(Path(submission.student), data, generated.lesson, generated.former)
        except NotGradable as error:
            refused[name] = error.reason + mistaken(assignment, name, data)
    return read, refused


def mistaken(assignment: Assignment, name: str, data: bytes) -> str:
    """Say which other notebook of the assignment was handed in under a notebook's name; empty if it is none."""
    others = {other: found.lesson for other, found in assignment.notebooks.items() if other != name}
    try:
        found = recognize(parse_notebook(Path(name), data), others) if others else []
    except NotGradable:
        return ""
    return f"; its cells are those of {' or '.join(f'{other}.ipynb' for other in found)}" if found else ""


def grade_notebook(
    assignment: Assignment, name: str, nb: NotebookNode, context: dict, place: Path, digest: str
) -> GradedNotebook:
    """Grade one notebook of a submission.

    Parameters
    ----------
    assignment : Assignment
    name : str
    nb : NotebookNode
        Changed in place.
    context : dict
        What nbgrader's steps are told of the submission.
    place : Path
        The folder with the files beside it.
    digest : str
        The submission's.
    """
    generated = assignment.notebooks[name]
    known = {"notebook": name, "given": generated.lesson.given_code}
    resources = {"nbgrader": context | known, "metadata": {"path": str(place)}}
    nb, _ = ClearOutput()(nb, resources)
    restore(nb, generated.cells, get_logger())
    if generated.kernelspec:
        nb.metadata["kernelspec"] = generated.kernelspec
    for step in autograde_steps(assignment.config):
        nb, resources = step(nb, resources)
    nb.metadata["submission"], nb.metadata["judged_by"] = digest, assignment.judged_by
    scores = {
        cell.metadata.nbgrader.grade_id: determine_grade(without_stderr(cell))[0] for cell in nb.cells if is_grade(cell)
    }
    elsewhere = answered_elsewhere(nb, generated.lesson)
    scores |= dict.fromkeys(elsewhere)
    unanswered = frozenset(
        cell.metadata.nbgrader.grade_id
        for cell in nb.cells
        if is_solution(cell) and not is_task(cell) and is_unanswered(cell)
    ).difference(elsewhere)
    answers = answers_in(nb)
    text = notebook_text(nb)  # was valid when it came, and what was put in since is ours
    return GradedNotebook(f"{text}\n".encode(), scores, unanswered, answers)


def autograde_steps(config: Config) -> list[NbGraderPreprocessor]:
    """Return the preprocessors that grade a notebook, apart from those that write the gradebook."""
    configured = Autograde(config=config).autograde_preprocessors
    return [entry(config=config) for entry in map(imported, configured) if entry not in NOT_HERE]
