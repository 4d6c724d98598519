"""A folder in which nbgrader grades one assignment, and nbgrader's settings for it."""

import logging
import os
import sys
import warnings
from functools import cached_property
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from ..util.errors import CourseError
from . import schema_version
from .handed_in import students_in
from .lesson import Lesson, notebooks_in, read_lesson_file
from .paths import CONFIG, DEFAULT_COURSE, gradebook_url, home_of, refuse_unusable
from .settings import read_settings
from .strays import strays

schema_version.install()
# Where nbgrader itself is started from here, it looks for `alembic` by its bare name: let it find this environment's.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
# nbgrader 0.9.6 makes SQLAlchemy 2 warn about the order in which it fills its tables, three times a submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
# SQLAlchemy prints tracebacks of its own about a disk that is full, besides the error that is raised.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


class Course:
    """A folder in which nbgrader grades, and the assignment that is graded.

    Parameters
    ----------
    root : Path
        Holds ``submitted/``, ``autograded/``, ``feedback/`` and ``gradebook.db``.
    assignment : str or None
        Its name; without one, the only assignment there is.
    home : Path or None
        Holds ``nbgrader_config.py``, which says all other settings, ``source/`` and ``exams/``. By default that is
        `root` if it has an ``nbgrader_config.py``, and this package's own course if it has none.
    """

    def __init__(self, root: Path = DEFAULT_COURSE, assignment: str | None = None, home: Path | None = None) -> None:
        self.root, self.named = Path(root).resolve(), assignment
        self.home = Path(home).resolve() if home else home_of(self.root)
        self.db_url = gradebook_url(self.root)

    @property
    def config_file(self) -> Path:
        """The file of nbgrader's settings."""
        return self.home / CONFIG

    @property
    def exams_folder(self) -> Path:
        """The folder for the course's own exams; it need not be there."""
        return self.home / "exams"

    @cached_property
    def assignment(self) -> str:
        """The name of the assignment.

        Raises
        ------
        CourseError
            If there is none of this name, or if none is named and there are several.
        """
        place = self.settings().CourseDirectory.source_directory
        return choose_assignment(self.named, self.generated_assignments(), self.source_assignments(), place)

    def settings(self) -> Config:
        """Read nbgrader's settings for this folder.

        Raises
        ------
        CourseError
            If they cannot be read or followed.
        """
        refuse_unusable(self.root)
        config = read_settings(self.home)
        source = self.home / config.CourseDirectory.get("source_directory", "source")
        config.CourseDirectory.update(root=str(self.root), db_url=self.db_url, source_directory=str(source))
        return config

    def config(self, **coursedir) -> Config:
        """Read nbgrader's settings for this assignment; `coursedir` sets options of its CourseDirectory."""
        config = self.settings()
        config.CourseDirectory.update(assignment_id=self.assignment, **coursedir)
        return config

    def source_assignments(self) -> list[str]:
        """Return the names of the assignments in ``source/``."""
        source = Path(self.settings().CourseDirectory.source_directory)
        return sorted(folder.name for folder in source.glob("[!.]*") if notebooks_in(folder))

    def generated_assignments(self) -> list[str]:
        """Return the names of the assignments in the gradebook; none if there is no gradebook yet."""
        if not (self.root / "gradebook.db").exists():
            return []
        with Gradebook(self.db_url, self.settings().CourseDirectory.course_id) as gradebook:
            return sorted(assignment.name for assignment in gradebook.assignments)

    def run(self, converter: type, force: bool = False, **coursedir) -> None:
        """Run one of nbgrader's converters here, as its command of the same name would."""
        config = self.config(**coursedir)
        app = converter(coursedir=CourseDirectory(config=config), config=config)
        app.force = force
        app.start()

    def folder(self, step: str, student: str) -> Path:
        """Return the folder of one student's assignment in one of nbgrader's steps, such as ``"submitted"``."""
        return self.root / step / student / self.assignment

    def notebook(self, step: str, student: str, name: str = "") -> Path:
        """Return the path of a student's notebook in one of nbgrader's steps; without a name, of the only one."""
        return self.folder(step, student) / f"{name or self.notebook_name}.ipynb"

    def page(self, student: str, name: str = "") -> Path:
        """Return the path of the page of feedback on a student's notebook; without a name, on the only one."""
        return self.folder("feedback", student) / f"{name or self.notebook_name}.html"

    @property
    def source_folder(self) -> Path:
        """Where the instructor's notebooks are."""
        return Path(self.settings().CourseDirectory.source_directory, self.assignment)

    @cached_property
    def lesson_paths(self) -> dict[str, Path]:
        """The paths of the instructor's notebooks, by their names.

        Raises
        ------
        CourseError
            If there is none.
        """
        if not (notebooks := notebooks_in(self.source_folder)):
            raise CourseError(f"{self.assignment} has no notebook: there is none in {self.source_folder}")
        return notebooks

    @property
    def lessons(self) -> dict[str, Lesson]:
        """The instructor's notebooks, by their names."""
        return {name: read_lesson_file(path, self.assignment) for name, path in self.lesson_paths.items()}

    @property
    def notebook_name(self) -> str:
        """The name of the assignment's only notebook; CourseError if it has several."""
        if len(self.lesson_paths) > 1:
            names = ", ".join(path.name for path in self.lesson_paths.values())
            raise CourseError(f"which notebook of {self.assignment}? It has {names}")
        return next(iter(self.lesson_paths))

    @property
    def lesson_path(self) -> Path:
        """The path of the instructor's only notebook; CourseError if there are several."""
        return self.lesson_paths[self.notebook_name]

    @property
    def lesson(self) -> Lesson:
        """The instructor's only notebook; CourseError if there are several."""
        return self.lessons[self.notebook_name]

    @property
    def ignored(self) -> list[str]:
        """Patterns of the files that nbgrader does not copy with a folder."""
        return CourseDirectory(config=self.config()).ignore

    def students(self) -> list[str]:
        """Return who has handed something in, whatever that is, in alphabetical order."""
        return students_in(self.root / "submitted", self.assignment)

    def strays(self) -> list[str]:
        """Say of what is in ``submitted/`` and will not be graded where it should be, each in one line."""
        known = {*self.source_assignments(), *self.generated_assignments()}
        return strays(self.root / "submitted", self.assignment, known)

    def gradebook(self) -> Gradebook:
        """Open nbgrader's gradebook, if the assignment has been generated.

        Raises
        ------
        CourseError
            If it has not, so that there is nothing to grade against.
        """
        generate = f"run `nbgrader generate_assignment {self.assignment} --force` in {self.root} first"
        if not (self.root / "gradebook.db").exists():
            raise CourseError(f"no gradebook yet: {generate}")
        gradebook = Gradebook(self.db_url, self.config().CourseDirectory.course_id)
        try:
            gradebook.find_assignment(self.assignment)
        except MissingEntry:
            gradebook.close()
            raise CourseError(f"{self.assignment} is not in the gradebook: {generate}") from None
        return gradebook


def choose_assignment(named: str | None, generated: list[str], source: list[str], place: str = "source/") -> str:
    """Return the assignment that is meant: the one that is named, or the only one there is.

    Parameters
    ----------
    named : str or None
    generated, source : list of str
        The assignments in the gradebook and in ``source/``. Without a name, the generated ones are meant if there are
        any.
    place : str
        Where ``source/`` is.

    Raises
    ------
    CourseError
        If there is none of this name, or if none is named and there are several.
    """
    known = sorted({*generated, *source})
    if named is not None:
        if named not in known:
            offers = f"there is {', '.join(known)}" if known else f"there is none in {place}"
            raise CourseError(f"no assignment is called {named!r}: {offers}")
        return named
    meant = generated or source
    if len(meant) != 1:
        offers = f"name one of {', '.join(meant)}" if meant else f"there is none in {place}"
        raise CourseError(f"which assignment? {offers[0].upper()}{offers[1:]}")
    return meant[0]
