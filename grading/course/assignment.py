"""An assignment as it was generated: all that grading needs, as data that can travel to another machine."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, GradeCell, SolutionCell, TaskCell
from traitlets.config import Config

from ..sandbox.profile import SandboxProfile
from ..util.errors import CourseError
from ..util.untrusted_files import UntrustedFolder, ignoring
from .course import Course
from .exam_source import ExamSource
from .former_cells import former_cells
from .lesson import Lesson
from .paths import CONFIG
from .role_cells import role_cells
from .submission import Submission, not_in_the_way
from .voided import voided_cells


@dataclass(frozen=True)
class SourceCell:
    """A cell with a role in grading as the instructor wrote it, hidden tests included.

    Attributes
    ----------
    name, cell_type, source, checksum : str
    locked, grade, solution, task : bool
    points : float or None
        None where there are none to be had. Those of the lesson, also if the question is voided.
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
class GeneratedNotebook:
    """A notebook of an assignment as it was generated.

    Attributes
    ----------
    lesson : Lesson
        The instructor's notebook.
    cells : tuple of SourceCell
        In the order of the lesson.
    kernelspec : dict or None
    former : dict of str to str
        What cells that it once had are called now, by the names that they had; empty for one that was removed.
    """

    lesson: Lesson
    cells: tuple[SourceCell, ...]
    kernelspec: dict | None
    former: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """An assignment as it was generated.

    Attributes
    ----------
    name : str
    notebooks : dict of str to GeneratedNotebook
        By name.
    profile : SandboxProfile
        What a submission finds in its sandbox.
    files : dict of str to bytes
        What stands beside the notebooks, by relative path.
    config : traitlets.config.Config
        nbgrader's settings.
    exam : ExamSource or None
        Where its exam is, if it has one.
    secret : str
        What the cases of its submissions are drawn from. No submission gets to see it.
    config_file : str
        Where the settings stand, for whoever is to change them.
    judged_by : str
        A digest of what judges it, which the autograded notebooks are to have; empty where nobody asks.
    """

    name: str
    notebooks: dict[str, GeneratedNotebook]
    profile: SandboxProfile
    files: dict[str, bytes]
    config: Config
    exam: ExamSource | None
    secret: str = field(repr=False)
    config_file: str = CONFIG
    judged_by: str = ""

    @property
    def reserved(self) -> set[str]:
        """The names of files that grading writes, so that no submission brings them along."""
        return {*self.files, *(f"{name}.{kind}" for name in self.notebooks for kind in ("ipynb", "html"))}

    def beside(self, submission: Submission) -> dict[str, bytes]:
        """The files beside the notebooks when they are graded, by relative path: a submission's, and ours over them."""
        kept = not_in_the_way(submission.files, self.reserved)
        return {path: submission.files[path] for path in kept} | self.files

    @classmethod
    def of(cls, course: Course, profile: SandboxProfile, exam: ExamSource | None, secret: str) -> "Assignment":
        """Read the course's assignment from its gradebook.

        Raises
        ------
        CourseError
            If it has not been generated.
        """
        name, lessons = course.assignment, course.lessons
        with course.gradebook() as gradebook:
            require_generated(gradebook, course)
            notebooks = {
                notebook: GeneratedNotebook(
                    lesson,
                    source_cells(gradebook, notebook, name),
                    json.loads(entry.kernelspec or "null"),
                    former_cells(gradebook, entry.id),
                )
                for notebook, lesson in lessons.items()
                for entry in [gradebook.find_notebook(notebook, name)]
            }
        files = files_beside(course.source_folder, course.ignored)
        return cls(name, notebooks, profile, files, course.config(), exam, secret, str(course.config_file))


def require_generated(gradebook: Gradebook, course: Course) -> None:
    """Make sure that the gradebook knows just the notebooks of an assignment that are in ``source/``.

    Raises
    ------
    CourseError
        If it does not, with the first notebook that is on one side only.
    """
    known = {notebook.name for notebook in gradebook.find_assignment(course.assignment).notebooks}
    if odd := sorted(known ^ course.lesson_paths.keys()):
        where = "in the gradebook, and not in source/" if odd[0] in known else "in source/, and not in the gradebook"
        raise CourseError(
            f"{course.assignment}: {odd[0]}.ipynb is {where}: run `python -m grading update-assignment "
            f"{course.assignment}` first"
        )


def source_cells(gradebook: Gradebook, notebook: str, assignment: str) -> tuple[SourceCell, ...]:
    """The cells that a gradebook knows of a notebook."""
    entry, voided = gradebook.find_notebook(notebook, assignment), voided_cells(gradebook)
    cells = role_cells(gradebook, entry)
    graded = [cell for cell in cells if isinstance(cell, GradeCell | TaskCell)]
    points = {cell.name: float(voided.get(cell.id, cell).max_score) for cell in graded}
    grades, solutions, tasks = (
        {cell.name for cell in cells if isinstance(cell, kind)} for kind in (GradeCell, SolutionCell, TaskCell)
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
