"""The folder that students get: a repository of its own, without solutions or hidden tests."""

import os
import shutil
import tempfile
import tomllib
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from . import REPOSITORY
from .binder import badge
from .package import fresh_export

LESSON = "07_optimizers"
TEMPLATES = Path(__file__).resolve().parent / "student"
BUTTON = "<!-- the launch button -->\n"  # where the students' README speaks of Binder
# Packages that students get too. The examiner's public part makes traces and compares them with recorded ones, and
# knows no answers.
GIVEN = {
    "diagnosis": Path("grading", "exams", "optimizers", "public"),
    "tracing": Path("grading", "examiner", "tracing"),
    "lesson_export": Path("nbs_export", "lesson_export"),
}
NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.partial", ".ipynb_checkpoints")


class StudentFolderError(Exception):
    """The folder cannot be made there."""


def release_lesson(modules: Path, target: Path) -> None:
    """Write nbgrader's release version of the lesson, and the files beside it, below ``target/modules``.

    It is made among the temporary files: nbgrader takes some characters in a path for parts of a pattern.
    """
    with tempfile.TemporaryDirectory(prefix="nbs_export-") as root:
        shutil.copytree(modules / LESSON, Path(root, "source", LESSON), ignore=NOT_SOURCE)
        config = Config()
        config.CourseDirectory.update(root=root, assignment_id=LESSON)
        config.GenerateAssignment.no_database = True
        app = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
        app.preprocessors = [step for step in app.preprocessors if step is not SaveCells]  # it would make a gradebook
        app.start()
        shutil.copytree(Path(root, "release", LESSON), target / "modules" / LESSON)


def description(folder: Path) -> str | None:
    """What the project in a folder says it is; None if there is none."""
    settings = folder / "pyproject.toml"
    return tomllib.loads(settings.read_text("utf-8"))["project"]["description"] if settings.is_file() else None


def refuse_foreign(target: Path) -> None:
    """Raise StudentFolderError unless there is nothing at `target`, or an older student folder."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if description(target) != description(TEMPLATES):
        raise StudentFolderError(f"{target} is not a student folder, and would be replaced: name another place")


def end_lines_with_newline(folder: Path) -> None:
    """End all lines of text files with \n, as Binder needs them; git may have checked them out with \r\n."""
    for path in folder.rglob("*"):
        if path.is_file() and b"\r\n" in (data := path.read_bytes()) and b"\0" not in data:
            path.write_bytes(data.replace(b"\r\n", b"\n"))


def build_student_folder(target: Path, repository: Path = REPOSITORY, binder: str | None = None) -> Path:
    """Make the student folder; an older one is replaced when the new one is whole, and keeps its git history.

    Parameters
    ----------
    target : Path
        Where the folder will be, such as ``dist/student``.
    binder : str, optional
        Where it will be pushed, for the launch button: ``github/OWNER/REPO/BRANCH``.

    Raises
    ------
    BinderError
        If `binder` is not such a place.
    StudentFolderError
        If there is something else at `target`.
    """
    target, button = target.absolute(), badge(binder)
    refuse_foreign(target)
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(TEMPLATES, partial, ignore=NOT_SOURCE)
    readme = partial / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace(BUTTON, button), encoding="utf-8")
    for name in ("LICENSE", "requirements.lock"):
        shutil.copy(repository / name, partial)
    shutil.copytree(repository / "binder", partial / "binder")
    for name, source in GIVEN.items():
        shutil.copytree(repository / source, partial / name, ignore=NOT_SOURCE)

    modules = repository / "modules"
    for notebook in sorted(path for path in modules.glob("*/*.ipynb") if path.stem != LESSON):
        shutil.copytree(notebook.parent, partial / notebook.relative_to(repository).parent, ignore=NOT_SOURCE)
    release_lesson(modules, partial)

    # nbdev's index of symbols names the optimizers too, so it stays behind with them.
    with fresh_export(repository) as fresh:
        not_theirs = shutil.ignore_patterns("optimizers.py", "_modidx.py")
        shutil.copytree(fresh, partial / "tinytorch", ignore=not_theirs, dirs_exist_ok=True)

    end_lines_with_newline(partial)
    if (target / ".git").is_dir():
        shutil.copytree(target / ".git", partial / ".git", symlinks=True)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(partial, target)
    return target
