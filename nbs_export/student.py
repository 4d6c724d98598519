"""The folder that students get: a repository of its own, without solutions or hidden tests."""

import os
import shutil
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from . import REPOSITORY
from .package import fresh_export

LESSON = "07_optimizers"
TEMPLATES = Path(__file__).resolve().parent / "student"


def release_lesson(modules: Path, target: Path) -> None:
    """Write nbgrader's release version of the lesson, and the files beside it, below ``target/modules``."""
    config = Config()
    config.CourseDirectory.update(
        root=str(target), source_directory=str(modules), release_directory="modules", assignment_id=LESSON
    )
    config.GenerateAssignment.no_database = True
    app = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    app.preprocessors = [step for step in app.preprocessors if step is not SaveCells]  # it would make a gradebook
    app.start()


def build_student_folder(target: Path, repository: Path = REPOSITORY) -> Path:
    """Make the student folder; an older one is replaced when the new one is whole.

    Parameters
    ----------
    target : Path
        Where the folder will be, such as ``dist/student``.
    """
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(TEMPLATES, partial)
    for name in ("LICENSE", "requirements.lock"):
        shutil.copy(repository / name, partial)
    shutil.copytree(repository / "binder", partial / "binder")
    # the public part of the examiner: it makes traces and compares them with recorded ones, and knows no answers
    not_source = shutil.ignore_patterns("__pycache__", "*.partial")
    shutil.copytree(repository / "grading" / "diagnosis", partial / "diagnosis", ignore=not_source)

    modules = repository / "modules"
    for notebook in sorted(path for path in modules.glob("*/*.ipynb") if path.stem != LESSON):
        folder = partial / notebook.relative_to(repository).parent
        folder.mkdir(parents=True)
        shutil.copy(notebook, folder)
    release_lesson(modules, partial)

    # nbdev's index of symbols names the optimizers too, so it stays behind with them; a student's export makes anew.
    with fresh_export(repository) as fresh:
        shutil.copytree(fresh, partial / "tinytorch", ignore=shutil.ignore_patterns("optimizers.py", "_modidx.py"))

    shutil.rmtree(target, ignore_errors=True)
    os.replace(partial, target)
    return target
