"""The instructor's own solution, run in a trusted process: what reference checks compare with."""

import contextlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from tracing.limit import TimeLimit, TookTooLong

from ..course.lesson import Lesson, examined, grade_id, is_test
from ..util.errors import CourseError
from .workplace import Workplace

SKIPPED_TAG, RAISING_TAG = "explore", "raises-exception"  # the second is Jupyter's
SECONDS = 120.0  # that one cell may take


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
        self.places: dict[str, Workplace] = {}

    def of(self, check: str) -> Any:
        """Return what the instructor's solution has where the hidden test of a check stands.

        Raises
        ------
        CourseError
            If no cell asks for the check, or if a cell of the notebook fails.
        """
        if check not in self.found:
            self.found |= run_notebook(self.lesson(check), self.workplace(check))
        return self.found[check]

    def at_work(self, check: str) -> AbstractContextManager:
        """Stand where the notebook that asks for a check was run."""
        return self.workplace(check).entered()

    def workplace(self, check: str) -> Workplace:
        name = self.lesson(check).notebook
        if name not in self.places:
            self.places[name] = Workplace(self.files)
        return self.places[name]

    def lesson(self, check: str) -> Lesson:
        """Return the notebook that asks for a check; CourseError if none does."""
        asking = next((lesson for lesson in self.lessons if check in lesson.subjects), None)
        if asking is None:
            raise CourseError(f"no test cell asks examine({check!r}, ...)")
        return asking


def run_notebook(lesson: Lesson, workplace: Workplace) -> dict[str, Any]:
    """Run an instructor's notebook, all cells but tests and those that only explore, and return what it asks about.

    Raises
    ------
    CourseError
        If a cell fails.
    """
    names, found = vars(ModuleType("__main__")), {}
    names |= {"get_ipython": lambda: notebook_shell, "display": lambda *shown, **how: None, "input": nobody_answers}
    notebook_shell = NoShell(names)
    with workplace.entered(), TimeLimit() as limit:
        for number, cell in enumerate(lesson.cells, start=1):
            if cell.cell_type != "code" or SKIPPED_TAG in tags(cell):
                continue
            called = grade_id(cell) or f"number {number}"
            limit.begin(SECONDS, f"it did not end within {SECONDS:g} seconds")
            try:
                if not is_test(cell):
                    source = TransformerManager().transform_cell(cell.source)
                    with contextlib.suppress(Exception) if RAISING_TAG in tags(cell) else contextlib.nullcontext():
                        exec(compile(source, f"<{lesson.notebook}.ipynb, cell {called}>", "exec"), names)
                for check in examined(cell.source) if is_test(cell) else ():
                    found[check] = eval(lesson.subjects[check], names)
            except (Exception, SystemExit, TookTooLong) as error:
                message = f"{type(error).__name__}: {error}".rstrip(": ")
                if is_test(cell):  # which is not run: it may test what is not written yet
                    raise CourseError(
                        f"{lesson.notebook}.ipynb: what the cell {called} hands to examine is in no cell before it, "
                        f"tests aside ({message})"
                    ) from error
                raise CourseError(
                    f"{lesson.notebook}.ipynb: your solution does not run, so nothing can be compared with it: the "
                    f"cell {called} raised {message}"
                ) from error
            finally:
                limit.end()
    return found


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def nobody_answers(*asked: Any) -> str:
    """Stand in for input(), which would wait for whoever grades."""
    raise EOFError("input() was called, and nobody is there to answer")


class NoShell:
    """Stands in for IPython's shell: of magics, those that time or hide a cell's code run it, the others do nothing.

    Parameters
    ----------
    names : dict
        In which code is run.
    """

    runs = frozenset({"time", "prun", "capture"})

    def __init__(self, names: dict) -> None:
        self.names = names

    def run_line_magic(self, name: str, line: str, *more: Any) -> None:
        if name in self.runs - {"capture"}:
            exec(line, self.names)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in self.runs:
            exec(TransformerManager().transform_cell(cell), self.names)
        elif name == "writefile":
            with open(line.removeprefix("-a ").strip(), "a" if line.startswith("-a ") else "w") as file:
                file.write(cell)

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **more: None
