"""Make a folder for a course of one's own, whose settings begin with ours."""

import contextlib
import re
import shutil
from pathlib import Path

from ..util.errors import CourseError
from .paths import CONFIG, DEFAULT_COURSE, has_config, why_unusable
from .settings import LOAD

SETTINGS = f'''"""nbgrader's settings for this course: those of `python -m grading`, and what you put below them."""

from pathlib import Path

try:
    import grading
except ImportError as error:  # nbgrader would go on without these settings, and run submissions unconfined
    raise SystemExit(f"{{__file__}}: the package `grading` is not installed in this Python: {{error}}") from None

c = get_config()  # noqa: F821 - these two are put here by traitlets, which reads this file
{LOAD}  # noqa: F821

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = COURSE_ID  # its name in the exchange, the same in the settings of students

# What you set here goes before the settings loaded above, such as:
# c.ConfinedExecute.cell_seconds = 60  # seconds that a cell may take
# c.PointsPerDay.points_per_day = 5.0  # for each day begun after the due date
'''
EXAMS = """# Exams

Plain asserts need nothing here. An exam asks for more than they can, on numbers that differ between students; it is
for one assignment in `../source/`. Nothing in this folder is given to students, and no submission can read it.
"""


def new_course(folder: Path) -> None:
    """Make the folder of a course, with its settings and places for assignments and exams; whole, or not at all.

    Parameters
    ----------
    folder : Path
        A new folder, or an empty one. A new one can be read by nobody else: solutions and grades will lie in it.

    Raises
    ------
    CourseError
        If there can be no course there, or if it cannot be written.
    """
    folder = folder.resolve()
    refuse_place(folder)
    settings = SETTINGS.replace("COURSE_ID", f'"{course_id_of(folder.name)}"')
    with contextlib.ExitStack() as undo:
        try:
            if not folder.exists():
                folder.mkdir(mode=0o700)
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
            for name in ("source", "exams"):
                undo.callback(shutil.rmtree, folder / name, ignore_errors=True)
                (folder / name).mkdir()
            (folder / "exams" / "README.md").write_text(EXAMS, encoding="utf-8")
            undo.callback((folder / CONFIG).unlink, missing_ok=True)
            (folder / CONFIG).write_text(settings, encoding="utf-8")
        except OSError as error:
            raise CourseError(f"no course can be made in {folder}: {error.filename}: {error.strerror}") from None
        undo.pop_all()


def refuse_place(folder: Path) -> None:
    """Raise CourseError if there can be no new course in a folder."""
    package = DEFAULT_COURSE.parent  # with the lesson, its solutions and its tests
    if reason := why_unusable(folder):
        raise CourseError(f"{folder} cannot be the folder of a course: {reason}. Choose another path")
    if folder.is_relative_to(package):
        raise CourseError(f"{folder} lies in {package}, which an upgrade replaces. Choose a folder outside of it")
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file. Name a folder, new or empty")
    if has_config(folder):
        raise CourseError(f"{folder} is a course already: it has an {CONFIG}. Name another folder")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise CourseError(f"{folder} is not empty. Name another folder, new or empty")
    except PermissionError:
        raise CourseError(f"you may not read {folder}. Name another folder, new or empty") from None
    if not folder.parent.is_dir():
        raise CourseError(f"there is no folder {folder.parent}. Make it first")


def course_id_of(name: str) -> str:
    """Return a name for the exchange, which is a folder's name there and part of web addresses: letters and digits."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "course"
