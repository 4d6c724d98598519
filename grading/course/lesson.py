"""A lesson: the instructor's notebook of an assignment, and what grading needs to know of it."""

import ast
import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from ..util.errors import CourseError

HEADING = re.compile(r"^(#{2,3}) +(.+?)\s*$", re.MULTILINE)
SOLUTION = re.compile(r"^### BEGIN SOLUTION\n(.*?)^### END SOLUTION", re.MULTILINE | re.DOTALL)
NAMES_BOUND = re.compile(r"^(?:(?:class|def)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=(?!=))", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where a cell stands: the headings of its section and, if there is one, of its subsection."""

    part: str
    question: str = ""


class Lesson:
    """The instructor's notebook of an assignment.

    It can travel to another machine: only its text does, and the rest is worked out there when it is first needed.

    Parameters
    ----------
    assignment, notebook : str
        The names that nbgrader has for them.
    text : str
        The notebook's JSON.
    """

    def __init__(self, assignment: str, notebook: str, text: str) -> None:
        self.assignment, self.notebook, self.text = assignment, notebook, text

    def __reduce__(self):
        return Lesson, (self.assignment, self.notebook, self.text)

    @cached_property
    def cells(self) -> list[NotebookNode]:
        """The cells as the instructor wrote them."""
        return nbformat.reads(self.text, as_version=4).cells

    @cached_property
    def kernelspec(self) -> dict | None:
        """Which kernel the notebook is for, if it says so."""
        return nbformat.reads(self.text, as_version=4).metadata.get("kernelspec")

    @cached_property
    def released_cells(self) -> list[NotebookNode]:
        """The cells as students get them; CourseError if nbgrader cannot make them."""
        nb = nbformat.reads(self.text, as_version=4)
        try:
            for preprocessor in (ClearSolutions(), ClearHiddenTests(), ClearMarkScheme()):
                nb, _ = preprocessor.preprocess(nb, {})
        except RuntimeError as error:  # how they say that a marker is missing
            raise CourseError(f"{self.assignment}: {self.notebook}.ipynb cannot be released: {error}") from None
        return nb.cells

    @cached_property
    def graded_or_solution_ids(self) -> frozenset[str]:
        """The ids of the solution and test cells, and of tasks."""
        return frozenset(self.places)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Where the cells that nbgrader knows are among the released ones, by their grade ids."""
        return {name: number for number, cell in enumerate(self.released_cells) if (name := grade_id(cell))}

    @cached_property
    def solution_ids(self) -> tuple[str, ...]:
        """The ids of the cells that students fill in."""
        cells = (cell for cell in self.released_cells if grade_id(cell))
        return tuple(grade_id(cell) for cell in cells if cell.metadata["nbgrader"]["solution"])

    @cached_property
    def places(self) -> dict[str, Place]:
        """The places of graded cells and solutions by their ids, in the order of the lesson.

        The parts of the score are the sections of the lesson, under headings of the second level, that hold graded
        cells. What stands before any such heading is in a part called as the notebook is.
        """
        found, part, question = {}, self.notebook, ""
        for cell in self.cells:
            role = cell.metadata.get("nbgrader", {})
            if any(role.get(kind) for kind in ("grade", "solution", "task")):
                found[role["grade_id"]] = Place(part, question)
            elif cell.cell_type == "markdown":
                for marks, text in HEADING.findall(cell.source):
                    is_part = marks == "##"
                    part, question = (text, "") if is_part else (part, text if text.startswith("Question") else "")
        return found

    @cached_property
    def checks(self) -> dict[str, list[str]]:
        """What each test cell asks the examiner about, by the cell's id; cells that ask nothing are left out."""
        tests = (cell for cell in self.cells if is_test(cell))
        return {cell.metadata.nbgrader.grade_id: asked for cell in tests if (asked := examined(cell.source))}

    @cached_property
    def tests(self) -> tuple[str, ...]:
        """The ids of the test cells that are graded by program, whether or not they ask the examiner."""
        tests = (cell for cell in self.cells if is_test(cell) and cell.cell_type == "code")
        return tuple(cell.metadata.nbgrader.grade_id for cell in tests)

    @cached_property
    def subjects(self) -> dict[str, str]:
        """What the test cells hand to the examiner, as source, by the names of the checks."""
        tests = (cell for cell in self.cells if is_test(cell))
        return {
            call.args[0].value: ast.unparse(call.args[1])
            for cell in tests
            for call in examine_calls(cell.source)
            if len(call.args) > 1
        }

    @cached_property
    def given_sources(self) -> frozenset[str]:
        """The sources of all cells that students are given to read or to run."""
        return frozenset(cell.source for cell in self.cells if not cell.metadata.get("nbgrader", {}).get("solution"))

    @cached_property
    def given_code(self) -> tuple[str, ...]:
        """The sources of the code cells among them that are released as they are: no hidden test is one."""
        code = (cell.source for cell in self.released_cells if cell.cell_type == "code")
        return tuple(dict.fromkeys(source for source in code if source in self.given_sources))

    @cached_property
    def marking_schemes(self) -> dict[str, str]:
        """The model answers and how to mark them, in Markdown, by the ids of the cells that a person grades."""
        return {
            cell.metadata.nbgrader.grade_id: "\n".join(SOLUTION.findall(cell.source))
            for cell in self.cells
            if is_grade(cell) and is_solution(cell)
        }

    @cached_property
    def own_names(self) -> dict[int, set[str]]:
        """For every solution, by its number in the lesson, the names that it binds and no other solution does."""
        bound = {
            number: names_bound(cell.source)
            for number, cell in enumerate(self.released_cells)
            if cell.cell_type == "code" and grade_id(cell) in self.solution_ids
        }
        return {
            number: own
            for number, names in bound.items()
            if (own := names.difference(*(bound[other] for other in bound if other != number)))
        }


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell tests what a student has written elsewhere."""
    return is_grade(cell) and not is_solution(cell)


def is_students_own(cell: NotebookNode, lesson: Lesson) -> bool:
    """Whether a cell is neither the lesson's nor an answer to it: one that the student has added or rewritten."""
    role = cell.metadata.get("nbgrader", {})
    has_role = any(role.get(kind) for kind in ("grade", "solution", "task", "locked"))
    return bool(cell.source.strip()) and not has_role and cell.source not in lesson.given_sources


def grade_id(cell: NotebookNode) -> str:
    """Return the id under which nbgrader knows a cell, or an empty text."""
    role = cell.metadata.get("nbgrader")
    name = role.get("grade_id") if isinstance(role, dict) else None
    return name if isinstance(name, str) else ""


def names_bound(source: str) -> set[str]:
    """Return the names that a cell defines or assigns at its top level, also if it does not compile."""
    return {name for pair in NAMES_BOUND.findall(source) for name in pair if name}


@cache  # the same for every submission
def examined(source: str) -> list[str]:
    """Return what a test cell asks the examiner about. The source is the instructor's."""
    return [call.args[0].value for call in examine_calls(source)]


def examine_calls(source: str) -> list[ast.Call]:
    """Find the calls of ``examine`` in a test cell."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return []  # it fails for everybody, and says so itself
    return [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "examine"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def notebooks_in(folder: Path) -> dict[str, Path]:
    """Return the paths of the notebooks in an assignment's folder by their names, as nbgrader finds them."""
    return {path.stem: path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith(".")}


def read_lesson(config: Config, assignment: str, notebook: str) -> Lesson:
    """Read the instructor's notebook of an assignment.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's settings, which say where the course is.
    assignment, notebook : str

    Raises
    ------
    CourseError
        If there is no such notebook, or if it cannot be read.
    """
    directory = CourseDirectory(config=config)
    path = Path(directory.format_path(directory.source_directory, ".", assignment), f"{notebook}.ipynb")
    return read_lesson_file(path, assignment)


def lessons_in(folder: Path, assignment: str) -> dict[str, Lesson]:
    """Read all notebooks of an assignment, by their names.

    Raises
    ------
    CourseError
        If one cannot be read.
    """
    return {name: read_lesson_file(path, assignment) for name, path in notebooks_in(folder).items()}


def read_lessons(folder: Path, assignment: str) -> tuple[Lesson, ...]:
    """Read all notebooks of an assignment, in alphabetical order.

    Raises
    ------
    CourseError
        If one cannot be read.
    """
    return tuple(lessons_in(folder, assignment).values())


def read_lesson_file(path: Path, assignment: str) -> Lesson:
    """Read an instructor's notebook; what was read before is kept until the file changes.

    Raises
    ------
    CourseError
        If there is no such file, or if it cannot be read.
    """
    try:
        return cached_lesson(path, assignment, path.stat().st_mtime_ns)
    except OSError as error:
        raise CourseError(f"the lesson {path} cannot be read: {error.strerror}") from None


@lru_cache(maxsize=32)
def cached_lesson(path: Path, assignment: str, changed: int) -> Lesson:
    lesson = Lesson(assignment, path.stem, path.read_text(encoding="utf-8"))
    try:
        _ = lesson.places
    except Exception as error:  # a list of what nbformat raises was never complete
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise CourseError(f"the lesson {path} is not a notebook ({reason})") from error
    return lesson
