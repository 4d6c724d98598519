"""How an assignment in ``source/`` differs from the one that was generated: cells, points and tests."""

import contextlib
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import ValidationError
from nbgrader.preprocessors import ClearSolutions, InstantiateTests, NbGraderPreprocessor, SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets.config import Config

from ..util.classes import imported
from ..util.errors import CourseError
from ..util.text import in_one_line, points
from .assignment import SourceCell, source_cells
from .course import Course

SHORTEST = 12  # characters by which a cell can be known


@dataclass(frozen=True)
class Change:
    """What has become of one cell of a notebook.

    Attributes
    ----------
    old, new : SourceCell or None
        As it was generated, and as it is in ``source/``; None where it is not there.
    moved : bool
        Whether it stands at another place among the others.
    """

    old: SourceCell | None
    new: SourceCell | None
    moved: bool = False

    @property
    def renamed(self) -> bool:
        return bool(self.old and self.new) and self.old.name != self.new.name

    @property
    def regards_grading(self) -> bool:
        """Whether it can change a grade: the released text of a solution cell cannot."""
        if not (self.old and self.new):
            return True
        return self.renamed or self.moved or roles(self.old) != roles(self.new) or self.another_text

    @property
    def other_cells(self) -> bool:
        """Whether nbgrader refuses it once there are submissions: a cell, or a role in grading, more or less."""
        return not (self.old and self.new) or self.renamed or roles(self.old)[1:4] != roles(self.new)[1:4]

    @property
    def loses_work(self) -> bool:
        """Whether there is no more place for what was given or said: the cell is gone, or its role in grading."""
        old, new = self.old, self.new
        if not (old and new):
            return bool(old)
        points_gone = (old.grade or old.task) and not (new.grade or new.task)
        return points_gone or ((old.solution or old.task) and not (new.solution or new.task))

    @property
    def another_text(self) -> bool:
        """Whether what is put back into every submission is another text now."""
        old, new = self.old, self.new
        return bool(old and new and new.locked and new.source is not None and old.source != new.source)

    def __str__(self) -> str:
        name = in_one_line((self.new or self.old).name)
        if not self.old:
            return f"{name} is new, {worth(self.new)}"
        if not self.new:
            return f"{name} is gone, {worth(self.old)}"
        said = [f"is called {name} now"] if self.renamed else []
        if self.old.points != self.new.points:
            said.append(f"has {worth(self.new)}, it had {worth(self.old)}")
        if self.another_text:
            said.append("is another test" if self.new.grade else "has another text")
        if roles(self.old)[1:] != roles(self.new)[1:]:
            said.append("has another role in grading")
        if self.moved:
            said.append("stands at another place")
        return f"{in_one_line(self.old.name)} {', '.join(said) or 'is released with another text'}"


def roles(cell: SourceCell) -> tuple:
    """What counts of a cell besides its text: first its points."""
    return cell.points, cell.grade, cell.solution, cell.task, cell.locked, cell.cell_type


def worth(cell: SourceCell) -> str:
    """Say how many points a cell gives."""
    if cell.points is None:
        return "no points of its own"
    return "1 point" if cell.points == 1 else f"{points(cell.points)} points"


def compare(
    old: Iterable[SourceCell], new: Iterable[SourceCell], renames: Mapping[str, str] | None = None
) -> list[Change]:
    """Compare the cells of a notebook.

    Parameters
    ----------
    old, new : iterable of SourceCell
        In the order of the notebook.
    renames : Mapping of str to str, optional
        New names by old ones, of cells that were renamed.

    Returns
    -------
    list of Change
        In the order of the new notebook; at its end what is gone. Empty if nothing has changed.
    """
    renames = renames or {}
    before, after = {cell.name: cell for cell in old}, {cell.name: cell for cell in new}
    former = {renames.get(name, name): cell for name, cell in before.items()}
    moved = out_of_order([name for name in former if name in after], [name for name in after if name in former])
    changes = [Change(former.get(name), cell, name in moved) for name, cell in after.items()]
    changes += [Change(cell, None) for name, cell in former.items() if name not in after]
    return [change for change in changes if change.old != change.new or change.moved]


def out_of_order(old: list[str], new: list[str]) -> set[str]:
    """The names that stand elsewhere in another order of the same names, as few as make the difference."""
    if old == new:
        return set()
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new) - {name for block in blocks for name in new[block.b : block.b + block.size]}


def certain_renames(old: Iterable[SourceCell], new: Iterable[SourceCell], config: Config) -> dict[str, str]:
    """Find the cells that only have another name: the same text, that no other cell has, at the same place.

    Parameters
    ----------
    old, new : iterable of SourceCell
        In the order of the notebook.
    config : traitlets.config.Config
        nbgrader's settings, by which a cell for students is released with the same words as the others.

    Returns
    -------
    dict of str to str
        New names by old ones.
    """
    old, new = list(old), list(new)
    kept = {cell.name for cell in old} & {cell.name for cell in new}
    solutions = ClearSolutions(config=config)
    stubs = [solutions.text_stub, *solutions.code_stub.values()]

    def is_telling(cell: SourceCell) -> bool:
        text = cell.source or ""
        for stub in stubs if not cell.locked else ():
            text = text.replace(stub, "")
        return len(text.strip()) >= SHORTEST

    def candidates(cells: list[SourceCell]) -> dict[tuple, str]:
        """The names of the cells that only one side has, by their text and by the known cell before them."""
        counts, found, before = Counter(cell.source for cell in cells), {}, ""
        for cell in cells:
            if cell.name in kept:
                before = cell.name
            elif counts[cell.source] == 1 and is_telling(cell):
                found[before, cell.source, *roles(cell)[1:]] = cell.name
        return found

    gone, came = candidates(old), candidates(new)
    return {gone[key]: came[key] for key in gone if key in came}


def lesson_cells(config: Config, assignment: str, path: Path) -> tuple[SourceCell, ...]:
    """Return the cells of a notebook in ``source/`` as ``nbgrader generate_assignment`` would enter them.

    Of a cell whose tests nbgrader makes itself, by running the notebook, the source is None.

    Parameters
    ----------
    config : traitlets.config.Config
        nbgrader's settings.
    assignment : str
    path : Path

    Raises
    ------
    CourseError
        If it cannot be generated.
    """
    steps = [imported(step) for step in GenerateAssignment(config=config).preprocessors]
    last = next((at for at, step in enumerate(steps) if issubclass(step, SaveCells)), len(steps))
    delimiter = InstantiateTests(config=config).autotest_delimiter
    root = CourseDirectory(config=config).root
    resources = {"nbgrader": {"assignment": assignment, "notebook": path.stem, "student": "."}}
    resources["metadata"] = {"path": str(path.parent)}
    try:
        nb = nbformat.read(path, as_version=4)
        made = {id(cell) for cell in nb.cells if cell.cell_type == "code" and delimiter in cell.source}
        for step in steps[:last]:
            if not issubclass(step, InstantiateTests):
                nb, resources = run_step(step(config=config), nb, resources, root)
    except Exception as error:  # a list of what nbgrader and nbformat raise was never complete
        while error.__context__ and isinstance(error, ValidationError):
            error = error.__context__  # nbgrader says why in the first, and raises another
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CourseError(f"{assignment}: {path.name} cannot be generated: {reason}") from None
    return tuple(
        SourceCell(
            role["grade_id"],
            cell.cell_type,
            None if id(cell) in made else cell.source,
            role.get("checksum") or "",
            bool(is_locked(cell)),
            bool(is_grade(cell)),
            bool(is_solution(cell)),
            bool(is_task(cell)),
            float(role["points"]) if is_grade(cell) or is_task(cell) else None,
        )
        for cell in nb.cells
        if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)
        for role in [cell.metadata["nbgrader"]]
    )


def run_step(step: NbGraderPreprocessor, nb: NotebookNode, resources: dict, root: str) -> tuple[NotebookNode, dict]:
    """Run a preprocessor as nbgrader does: what it puts at the top or the end is a file in the course's folder."""
    elsewhere = getattr(step, "header", "") or getattr(step, "footer", "")
    with contextlib.chdir(root) if elsewhere else contextlib.nullcontext():
        return step(nb, resources)


def known_cells(gradebook: Gradebook, assignment: str) -> dict[str, tuple[SourceCell, ...]]:
    """Return the cells of an assignment in the gradebook, by its notebooks."""
    names = sorted(entry.name for entry in gradebook.find_assignment(assignment).notebooks)
    return {name: source_cells(gradebook, name, assignment) for name in names}


def differences(
    gradebook: Gradebook, config: Config, assignment: str, paths: Mapping[str, Path]
) -> Iterator[tuple[str, Change | None]]:
    """Find in what an assignment in ``source/`` is not as it was generated.

    Parameters
    ----------
    gradebook : Gradebook
    config : traitlets.config.Config
        nbgrader's settings.
    assignment : str
    paths : Mapping of str to Path
        Its notebooks in ``source/``, by name.

    Yields
    ------
    tuple of (str, Change or None)
        In words, and which cell; None for a notebook.
    """
    known = known_cells(gradebook, assignment)
    for name in sorted(known.keys() | paths.keys()):
        if name not in paths:
            yield f"{name}.ipynb is in the gradebook, and not in source/", None
        elif name not in known:
            yield f"{name}.ipynb is in source/, and not in the gradebook", None
        else:
            there = lesson_cells(config, assignment, paths[name])
            for change in compare(known[name], there, certain_renames(known[name], there, config)):
                yield str(change) if len(paths) == 1 else f"{name}.ipynb: {change}", change


def why_not_the_same(gradebook: Gradebook, config: Config, assignment: str, paths: Mapping[str, Path]) -> str:
    """Say why nobody can be graded by an assignment in ``source/``: it is not the one that was generated.

    Parameters as `differences` has them. Empty if graded cells, points and tests are those of the gradebook.
    """
    found = [
        said
        for said, change in differences(gradebook, config, assignment, paths)
        if change is None or change.regards_grading
    ]
    if not found:
        return ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{assignment} in source/ is not as it was generated: {found[0]}{more}. {how_to_update(assignment)}"


def require_same_lesson(gradebook: Gradebook, course: Course) -> None:
    """Make sure that the lesson in ``source/`` is the one that was generated, so that nobody is graded by an old one.

    Raises
    ------
    CourseError
        If it is not.
    """
    if reason := why_not_the_same(gradebook, course.config(), course.assignment, course.lesson_paths):
        raise CourseError(reason)


def how_to_update(assignment: str) -> str:
    """Say what makes the gradebook and the release agree with ``source/``."""
    return f"Run `python -m grading update-assignment {assignment}`"
