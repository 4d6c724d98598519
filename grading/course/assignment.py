"""An assignment as it was generated: all that grading needs, as data that can travel to another machine."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from traitlets.config import Config

from ..sandbox.profile import SandboxProfile
from ..util.untrusted_files import UntrustedFolder, ignoring
from .course import Course
from .lesson import Lesson
from .paths import CONFIG
from .submission import Submission, not_in_the_way


@dataclass(frozen=True)
class SourceCell:
    """A cell with a role in grading as the instructor wrote it, hidden tests included.

    Attributes
    ----------
    name, cell_type, source, checksum : str
    locked, grade, solution, task : bool
    points : float or None
        None where there are none to be had.
    """

    name: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float | None


@dataclass(frozen=True)
class Assignment:
    """An assignment as it was generated.

    Attributes
    ----------
    name : str
    lesson : Lesson
        The instructor's notebook.
    profile : SandboxProfile
        What a submission finds in its sandbox.
    cells : tuple of SourceCell
        In the order of the lesson.
    kernelspec : dict or None
    files : dict of str to bytes
        What stands beside the lesson, by relative path.
    config : traitlets.config.Config
        nbgrader's settings.
    secret : str
        What the cases of its submissions are drawn from. No submission gets to see it.
    config_file : str
        Where the settings stand, for whoever is to change them.
    """

    name: str
    lesson: Lesson
    profile: SandboxProfile
    cells: tuple[SourceCell, ...]
    kernelspec: dict | None
    files: dict[str, bytes]
    config: Config
    secret: str = field(repr=False)
    config_file: str = CONFIG

    @property
    def notebook(self) -> str:
        """The name of its notebook."""
        return self.lesson.notebook

    @property
    def reserved(self) -> set[str]:
        """The names of files that grading writes, so that no submission brings them along."""
        return {*self.files, f"{self.notebook}.ipynb", f"{self.notebook}.html"}

    def beside(self, submission: Submission) -> dict[str, bytes]:
        """The files beside a notebook when it is graded, by relative path: the submission's, and ours over them."""
        kept = not_in_the_way(submission.files, self.reserved)
        return {path: submission.files[path] for path in kept} | self.files

    @classmethod
    def of(cls, course: Course, profile: SandboxProfile, secret: str) -> "Assignment":
        """Read the course's assignment from its gradebook.

        Raises
        ------
        CourseError
            If it has not been generated.
        """
        name, lesson = course.assignment, course.lesson
        with course.gradebook() as gradebook:
            cells = source_cells(gradebook, lesson.notebook, name)
            kernelspec = json.loads(gradebook.find_notebook(lesson.notebook, name).kernelspec or "null")
        files = files_beside(course.lesson_path.parent, course.ignored)
        settings = str(course.config_file)
        return cls(name, lesson, profile, cells, kernelspec, files, course.config(), secret, settings)


def source_cells(gradebook: Gradebook, notebook: str, assignment: str) -> tuple[SourceCell, ...]:
    """The cells that a gradebook knows of a notebook."""
    entry = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: float(cell.max_score) for cell in [*entry.grade_cells, *entry.task_cells]}
    grades, solutions, tasks = (
        {cell.name for cell in cells} for cells in (entry.grade_cells, entry.solution_cells, entry.task_cells)
    )
    return tuple(
        SourceCell(
            cell.name,
            cell.cell_type,
            cell.source,
            cell.checksum,
            cell.locked,
            cell.name in grades,
            cell.name in solutions,
            cell.name in tasks,
            points.get(cell.name),
        )
        for cell in entry.source_cells
    )


def files_beside(folder: Path, ignored: list[str]) -> dict[str, bytes]:
    """The files of a folder of ours that nbgrader copies along with its notebooks, by relative path; but no links."""
    with UntrustedFolder(folder) as opened:
        return opened.read_all(opened.measure(skipped=ignoring([*ignored, "*.ipynb"]), hard_links=True))
