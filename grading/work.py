"""What a worker does: grade one submission, or make its page of feedback. Bytes come in, bytes go out."""

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    GetGrades,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from traitlets import import_item
from traitlets.config import Config
from traitlets.log import get_logger

from .assignment import Assignment
from .deadline import TookTooLong, at_most
from .home import ASSIGNMENT
from .marks import Marks
from .preprocessors.restore_cells import restore
from .submission import NotGradable, parse_submission

PAGE_SECONDS = 60.0  # for the page of one submission, which takes one or two

# Of nbgrader's steps, those that write the gradebook: that is for the coordinator. The last one asks whether the
# metadata are sound, and they have just been put back.
NOT_HERE = (SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)


@dataclass(frozen=True)
class Failed:
    """Stands for the result of work that could not be done."""

    reason: str


@dataclass(frozen=True)
class Submission:
    """What a student handed in: the notebook, and the files beside it by relative path."""

    student: str
    notebook: bytes
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of all of it, to tell one from another."""
        parts = {f"{ASSIGNMENT}.ipynb": self.notebook, **self.files}
        digests = [f"{name!r} {hashlib.sha256(parts[name]).hexdigest()}" for name in sorted(parts)]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()


@dataclass(frozen=True)
class Graded:
    """What became of a submission.

    Attributes
    ----------
    student : str
    problem : str
        Why it could not be graded; empty if it is.
    notebook : bytes
        As nbgrader's autograde leaves it; its metadata also hold the ``submission``'s digest.
    files : dict of str to bytes
        What stands beside it, by relative path.
    scores : dict of str to (float or None)
        By the names of the graded cells; None where a person has to say.
    unanswered : frozenset of str
        The solution cells that are as they were released.
    """

    student: str
    problem: str = ""
    notebook: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    scores: dict[str, float | None] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()


def grade(assignment: Assignment, submission: Submission) -> Graded:
    """Grade a submission by the steps of ``nbgrader autograde``.

    Raises
    ------
    CannotConfine
        If it cannot be run here.
    """
    try:
        nb = parse_submission(Path(submission.student), submission.notebook)
    except NotGradable as error:
        return Graded(submission.student, error.reason)
    files = submission.files | assignment.files
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        place = Path(folder, submission.student, ASSIGNMENT)  # the student's numbers are drawn from where it is run
        place.mkdir(parents=True)
        for name, data in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        resources = {
            "nbgrader": {"student": submission.student, "assignment": ASSIGNMENT, "notebook": ASSIGNMENT},
            "metadata": {"path": str(place)},
        }
        nb, _ = ClearOutput()(nb, resources)
        restore(nb, assignment.cells, get_logger())
        if assignment.kernelspec:
            nb.metadata["kernelspec"] = assignment.kernelspec
        for step in steps(assignment.config):
            nb, resources = step(nb, resources)
    nb.metadata["submission"] = submission.digest
    text = nbformat.v4.writes(nb)  # was valid when it came, and what was put in since is ours
    return Graded(
        submission.student,
        notebook=f"{text}\n".encode(),
        files=files,
        scores={cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in nb.cells if is_grade(cell)},
        unanswered=frozenset(
            cell.metadata.nbgrader.grade_id
            for cell in nb.cells
            if is_solution(cell) and not is_task(cell) and cell.metadata.nbgrader.checksum == compute_checksum(cell)
        ),
    )


def steps(config: Config) -> list[NbGraderPreprocessor]:
    """What is done to a notebook when it is graded, apart from what writes into the gradebook."""
    configured = Autograde(config=config).autograde_preprocessors
    return [entry(config=config) for entry in map(imported, configured) if entry not in NOT_HERE]


def imported(entry: str | type) -> type:
    """A class that nbgrader's settings name, or hold."""
    return import_item(entry) if isinstance(entry, str) else entry


class KnownGrades(NbGraderPreprocessor):
    """Takes the place of nbgrader's GetGrades where there is no gradebook, and does what it does."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        marks: Marks = resources["nbgrader"]["marks"]
        for cell in nb.cells:
            role = cell.metadata.get("nbgrader", {})
            if is_solution(cell) or is_task(cell):
                role["comment"] = marks.comments[role["grade_id"]].comment
            if is_grade(cell) or is_task(cell):
                grade = marks.grades[role["grade_id"]]
                role["score"], role["points"] = grade.score, grade.max_score
        resources["nbgrader"] |= {
            "score": marks.score - marks.late_penalty,
            "max_score": marks.max_score,
            "late_penalty": marks.late_penalty,
        }
        return nb, resources


@dataclass(frozen=True)
class GradedSubmission:
    """What a page of feedback is made of: the notebook as it was graded, and what the gradebook says of it now."""

    student: str
    notebook: bytes
    marks: Marks


def page(assignment: Assignment, graded: GradedSubmission) -> bytes | Failed:
    """The page of feedback on a submission, by the steps of ``nbgrader generate_feedback``."""
    config = assignment.config
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    exporter = converter.exporter_class(parent=converter, config=converter.config)
    for step in map(imported, converter.preprocessors):
        exporter.register_preprocessor(KnownGrades if step is GetGrades else step)
    resources = {
        "unique_key": ASSIGNMENT,
        "output_files_dir": f"{ASSIGNMENT}_files",
        "metadata": {"name": ASSIGNMENT},
        "nbgrader": {"student": graded.student, "assignment": ASSIGNMENT, "notebook": ASSIGNMENT},
    }
    resources["nbgrader"]["marks"] = graded.marks
    nb = nbformat.reads(graded.notebook.decode(), as_version=4)
    try:
        with at_most(PAGE_SECONDS):
            html, _ = exporter.from_notebook_node(nb, resources)
    except TookTooLong:
        return Failed(f"its page takes more than {PAGE_SECONDS:g} s to make")
    return html.encode()
