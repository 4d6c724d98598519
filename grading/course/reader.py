"""Read a file that a student handed in, and say why it cannot be graded if it cannot."""

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path

import nbformat

from ..util.errors import CourseError
from ..util.json_size import memory_estimate
from ..util.text import printable
from ..util.untrusted_files import Missing, TooMuch, Unacceptable, UntrustedFolder
from . import timestamps
from .cells import restore_roles
from .file_types import detect_file_type
from .former_cells import follow_renames
from .json_text import decoded, is_utf8, parse_json
from .lesson import Lesson, grade_id
from .strict_notebook import NoCells, raw_cells, strict_notebook

TIMESTAMP = "timestamp.txt"  # beside a notebook: when it was handed in
LARGEST = 50  # MiB; the lesson with all its outputs has two or three
MOST_CELLS = 2000  # the lesson has a hundred
DEEPEST = 50  # levels of nesting; a notebook has a dozen
MOST_MEMORY = 256 * 2**20  # bytes that it takes when it is read
MOST_VALUES = 100_000  # apart from outputs; the lesson has five thousand

NO_NOTEBOOK = (
    "not a notebook ({}): open it in JupyterLab, save it there and hand it in again; if it does not open, copy your "
    "solutions into the notebook as it was released, and hand that in"
)


class NotGradable(CourseError):
    """A file that cannot be graded, and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        self.reason = printable(reason)
        super().__init__(f"{path}: {self.reason}")


def read_bytes(path: Path) -> bytes:
    """What a submitted file holds.

    Parameters
    ----------
    path : Path
        The file may not be a link, and in ``submitted/STUDENT/ASSIGNMENT/`` nor may these two folders.

    Raises
    ------
    NotGradable
        If there is no such file, if it is none, if it is far too large, or if the time beside it is none.
    """
    place = Path(path).absolute()
    in_submitted = len(place.parts) > 4 and place.parts[-4] == "submitted"
    trusted, names = (place.parents[2], place.parts[-3:-1]) if in_submitted else (place.parent, ())
    try:
        with UntrustedFolder(trusted, *names) as folder:
            data = read_notebook(folder, place.name)
            read_time(folder)
    except Unacceptable as error:
        raise NotGradable(path, str(error)) from None
    return data


def read_notebook(folder: UntrustedFolder, name: str, hard_links: bool = False) -> bytes:
    """What a notebook in a submitted folder holds.

    Raises
    ------
    Unacceptable
        If there is none, if it is no plain file, or if it is far too large.
    """
    try:
        return folder.read(name, LARGEST * 2**20, hard_links)
    except TooMuch:
        raise TooMuch(f"larger than {LARGEST} MiB; clear its outputs") from None


def read_time(
    folder: UntrustedFolder, name: str = TIMESTAMP, hard_links: bool = False, local: tzinfo | None = None
) -> datetime | None:
    """The time of submission, in UTC, from a file beside the notebook; None if there is no such file.

    Parameters
    ----------
    folder : UntrustedFolder
    name : str
    hard_links : bool
        Whether the file may have other names.
    local : tzinfo or None
        A zone whose own names may stand there.

    Raises
    ------
    Unacceptable
        If it holds no time; nbgrader says no reason.
    """
    try:
        text = timestamps.decode(folder.read(name, timestamps.LONGEST, hard_links)).strip()
        return timestamps.parse_time(text, local) if text else None
    except Missing:
        return None
    except UnicodeDecodeError:
        raise Unacceptable(f"{name}, beside the notebook, {timestamps.NO_TIME}") from None
    except ValueError as error:
        raise Unacceptable(f"{name}, beside the notebook, {error}") from None


def read_timestamp(path: Path) -> datetime | None:
    """The time of submission, in UTC, from a file; None if there is no such file.

    Raises
    ------
    NotGradable
        If it holds no time.
    """
    try:
        with UntrustedFolder(Path(path).parent) as folder:
            return read_time(folder, Path(path).name)
    except Missing:
        return None
    except Unacceptable as error:
        raise NotGradable(path, str(error)) from None


def parse_submission(
    path: Path, data: bytes, lesson: Lesson, former: Mapping[str, str] | None = None
) -> nbformat.NotebookNode:
    """A submitted notebook, out of what its file holds.

    Parameters
    ----------
    path : Path
    data : bytes
    lesson : Lesson
    former : Mapping of str to str, optional
        What cells that the lesson once had are called now; see `former_cells`.

    Raises
    ------
    NotGradable
        If it is not a notebook, one of something else, or one that takes for ever.
    """
    nb = parse_notebook(path, data)
    follow_renames(nb, former or {})
    check_roles(path, nb, lesson, former or {})
    return nb


def parse_notebook(path: Path, data: bytes) -> nbformat.NotebookNode:
    """A notebook of whatever it is, out of what its file holds.

    Where another tool has saved it in a form of its own, it is read all the same, see `strict_notebook`.

    Raises
    ------
    NotGradable
        If it is not a notebook, or one that takes for ever.
    """
    text = data if is_utf8(data) else decoded(data).encode(errors="replace")
    if memory_estimate(text) > MOST_MEMORY:
        raise NotGradable(path, "it holds too many values; clear its outputs")
    with told_as_not_gradable(path, text):
        raw = parse_json(text.decode())
        if len(raw_cells(raw)) > MOST_CELLS:
            raise NotGradable(path, f"more than {MOST_CELLS} cells")
        nb = strict_notebook(raw)
        if (count_values(nb, DEEPEST) or 0) > MOST_VALUES:
            raise NotGradable(path, f"more than {MOST_VALUES} values besides its outputs")
    return nb


def without_excess(path: Path, data: bytes) -> bytes:
    """What the file of a submitted notebook holds, in nbformat's strict form and without what grading does not read.

    It is for nbgrader to read.

    Raises
    ------
    NotGradable
        If it is no notebook, or one that takes for ever.
    """
    return json.dumps(parse_notebook(path, data)).encode()


@contextlib.contextmanager
def told_as_not_gradable(path: Path, data: bytes) -> Iterator[None]:
    """Say of whatever a malformed file trips over that it is no notebook, and what to do."""
    try:
        yield
    except (NotGradable, MemoryError):
        raise
    except Exception as error:  # a list of what a reader of JSON raises was never complete
        what = detect_file_type(data)
        raise NotGradable(path, f"not a notebook {what}" if what else NO_NOTEBOOK.format(fault(error))) from error


def fault(error: Exception) -> str:
    """What is wrong with a file that is no notebook, in a few words."""
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno} is not as Jupyter writes it"
    if isinstance(error, RecursionError):
        return "its data are nested too deeply"
    return str(error) if isinstance(error, NoCells) else "it holds what cannot be read"


def check_roles(path: Path, nb: nbformat.NotebookNode, lesson: Lesson, former: Collection[str] = ()) -> None:
    """Give cells that have lost it their role; raise NotGradable if so much is lost that grading would be unfair."""
    before = {grade_id(cell) for cell in nb.cells}
    restore_roles(nb, lesson, former)
    roles = {name: cell.metadata["nbgrader"] for cell in nb.cells if (name := grade_id(cell))}
    if lesson.graded_or_solution_ids and not roles.keys() & lesson.graded_or_solution_ids:
        raise NotGradable(path, f"a notebook, but not of the assignment {lesson.assignment}: it has none of its cells")
    lost = [name for name in lesson.solution_ids if name not in roles]
    known = {*lesson.numbers, *former}
    others = [name for name, role in roles.items() if role.get("solution") and name not in known]
    why = (
        "another program has taken nbgrader's metadata out of it" if not before & lesson.graded_or_solution_ids else ""
    )
    why = f"it was made from another release, with cells like {others[0][:40]!r}" if others else why
    if lost and why:
        raise NotGradable(
            path,
            f"{why}, and it is not certain which cells are {', '.join(lost)}: open {lesson.notebook}.ipynb as it was "
            "released, copy your solutions into its cells, and hand that in",
        )


def count_values(data, levels: int) -> int | None:
    """How many values JSON data hold; None if lists and dicts are nested more than so many levels deep."""
    count, layer = 1, [data]
    for _ in range(levels):
        inner = [value for outer in layer for value in (outer.values() if isinstance(outer, dict) else outer)]
        count += len(inner)
        layer = [value for value in inner if isinstance(value, (dict, list))]
        if not layer:
            return count
    return None
