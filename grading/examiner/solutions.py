"""The instructor's own solution, run in a trusted process: what reference checks compare with."""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from ..course.lesson import Lesson, examined, grade_id, is_test
from ..util.errors import CourseError

SKIPPED_TAG = "explore"


class Solutions:
    """The instructor's notebooks, whose cells are run when a solution of theirs is first asked for.

    Parameters
    ----------
    lessons : sequence of Lesson
    files : Mapping of str to bytes
        What stands beside them, by relative path.
    """

    def __init__(self, lessons: Sequence[Lesson], files: Mapping[str, bytes]) -> None:
        self.lessons, self.files = lessons, files
        self.found: dict[str, Any] = {}

    def of(self, check: str) -> Any:
        """Return what the instructor's solution has where the hidden test of a check stands.

        Raises
        ------
        CourseError
            If no cell asks for the check, or if a cell of the notebook fails.
        """
        if check not in self.found:
            asking = next((lesson for lesson in self.lessons if check in lesson.subjects), None)
            if asking is None:
                raise CourseError(f"no test cell asks examine({check!r})")
            self.found |= run_notebook(asking, self.files)
        return self.found[check]


def run_notebook(lesson: Lesson, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Run an instructor's notebook, all cells but tests and those that only explore, and return what it asks about.

    Raises
    ------
    CourseError
        If a cell fails.
    """
    module, found = ModuleType("__main__"), {}
    names = vars(module) | {"get_ipython": lambda: None, "display": lambda *shown, **how: None}
    with quiet_folder(files):
        for number, cell in enumerate(lesson.cells, start=1):
            if cell.cell_type != "code" or SKIPPED_TAG in cell.metadata.get("tags", []):
                continue
            called = grade_id(cell) or f"number {number}"
            try:
                if not is_test(cell):
                    source = without_magics(cell.source)
                    exec(compile(source, f"<{lesson.notebook}.ipynb, cell {called}>", "exec"), names)
                for check in examined(cell.source) if is_test(cell) else ():
                    found[check] = eval(lesson.subjects[check], names)
            except Exception as error:
                message = f"{type(error).__name__}: {error}".rstrip(": ")
                raise CourseError(
                    f"{lesson.notebook}.ipynb: your solution does not run, so nothing can be compared with it: the "
                    f"cell {called} raised {message}"
                ) from error
    return found


def without_magics(source: str) -> str:
    """Return a cell's source without the lines that only IPython understands."""
    return TransformerManager().transform_cell(
        "".join(line for line in source.splitlines(True) if not line.lstrip().startswith(("%", "!")))
    )


@contextlib.contextmanager
def quiet_folder(files: Mapping[str, bytes]) -> Iterator[None]:
    """Stand in a temporary folder with some files, and print nothing."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        os.chdir(folder)
        stack.callback(os.chdir, before)
        stack.callback(close_figures)
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        yield


def close_figures() -> None:
    """Forget the figures that the cells have drawn."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
