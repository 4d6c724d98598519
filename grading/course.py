"""A folder in which nbgrader grades, and its settings for it."""

import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from .home import ASSIGNMENT, HOME, CourseError

# nbgrader starts `alembic` by its bare name when it makes a gradebook: let it find this environment's.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
# nbgrader 0.9.6 makes SQLAlchemy 2 warn about the order in which it fills its tables, three times a submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
# SQLAlchemy prints tracebacks of its own about a disk that is full, besides the error that is raised.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


class Course:
    """A folder in which nbgrader grades this assignment.

    Parameters
    ----------
    root : Path
        Holds ``submitted/``, ``autograded/``, ``feedback/`` and ``gradebook.db``. The lesson, and all other settings,
        come from ``nbgrader_config.py`` and the folder it stands in.
    """

    def __init__(self, root: Path = HOME) -> None:
        self.root = Path(root).resolve()
        self.db_url = f"sqlite:///{self.root / 'gradebook.db'}"

    def config(self, **coursedir) -> Config:
        """nbgrader's settings for this folder; `coursedir` sets options of its CourseDirectory."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(HOME)).load_config()
        config.CourseDirectory.update(
            root=str(self.root),
            db_url=self.db_url,
            source_directory=str(HOME / "source"),
            assignment_id=ASSIGNMENT,
            **coursedir,
        )
        return config

    def run(self, converter: type, force: bool = False, **coursedir) -> None:
        """Run one of nbgrader's converters here, as its command of the same name would."""
        config = self.config(**coursedir)
        app = converter(coursedir=CourseDirectory(config=config), config=config)
        app.force = force
        app.start()

    def folder(self, step: str, student: str) -> Path:
        """The folder of one student's assignment in one of nbgrader's steps, such as ``"submitted"``."""
        return self.root / step / student / ASSIGNMENT

    def notebook(self, step: str, student: str) -> Path:
        return self.folder(step, student) / f"{ASSIGNMENT}.ipynb"

    def page(self, student: str) -> Path:
        """A student's page of feedback."""
        return self.folder("feedback", student) / f"{ASSIGNMENT}.html"

    @property
    def lesson(self) -> Path:
        """The instructor's notebook."""
        return Path(self.config().CourseDirectory.source_directory, ASSIGNMENT, f"{ASSIGNMENT}.ipynb")

    @property
    def ignored(self) -> list[str]:
        """Files that nbgrader leaves behind when it copies a folder."""
        return CourseDirectory(config=self.config()).ignore

    def students(self) -> list[str]:
        """Who has handed something in, in alphabetical order."""
        folders = (self.root / "submitted").glob(f"[!.]*/{ASSIGNMENT}")
        return sorted(folder.parent.name for folder in folders if folder.is_dir())

    def gradebook(self) -> Gradebook:
        """nbgrader's gradebook, if the assignment has been generated.

        Raises
        ------
        CourseError
            If it has not, so that there is nothing to grade against.
        """
        generate = f"run `nbgrader generate_assignment {ASSIGNMENT}` in {self.root} first"
        if not (self.root / "gradebook.db").exists():
            raise CourseError(f"no gradebook yet: {generate}")
        gradebook = Gradebook(self.db_url, self.config().CourseDirectory.course_id)
        try:
            gradebook.find_assignment(ASSIGNMENT)
        except MissingEntry:
            gradebook.close()
            raise CourseError(f"{ASSIGNMENT} is not in the gradebook: {generate}") from None
        return gradebook
