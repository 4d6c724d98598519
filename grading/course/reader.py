"""Read a file that a student handed in, and say why it cannot be graded if it cannot."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import nbformat
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from ..util.errors import CourseError
from ..util.json_size import memory_estimate
from ..util.text import printable
from ..util.untrusted_files import Missing, TooMuch, Unacceptable, UntrustedFolder
from . import timestamps
from .cells import restore_roles
from .file_types import detect_file_type
from .lesson import Lesson, grade_id

TIMESTAMP = "timestamp.txt"  # beside a notebook: when it was handed in
LARGEST = 50  # MiB; the lesson with all its outputs has two or three
MOST_CELLS = 2000  # the lesson has a hundred
DEEPEST = 50  # levels of nesting; a notebook has a dozen
MOST_MEMORY = 256 * 2**20  # bytes that it takes when it is read
MOST_VALUES = 100_000  # apart from outputs; the lesson has five thousand
MOST_TAGS = 100  # of a cell

# nbformat mends these, and says so once for each cell: two thousand lines, at a student's wish.
for mended in (DuplicateCellId, MissingIDFieldWarning):
    warnings.filterwarnings("ignore", category=mended)


class NotGradable(CourseError):
    """A file that cannot be graded, and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        self.reason = printable(reason)
        super().__init__(f"{path}: {self.reason}")


def read_submission(path: Path, lesson: Lesson) -> nbformat.NotebookNode:
    """A submitted notebook.

    Raises
    ------
    NotGradable
        If there is no such file, if it is not a notebook or one of something else, or if it is so large that the rest
        of the class would wait for it.
    """
    return parse_submission(path, read_bytes(path), lesson)


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


def parse_submission(path: Path, data: bytes, lesson: Lesson) -> nbformat.NotebookNode:
    """A submitted notebook, out of what its file holds.

    Raises
    ------
    NotGradable
        If it is not a notebook, one of something else, or one that takes for ever.
    """
    nb = parse_notebook(path, data)
    check_roles(path, nb, lesson)
    return nb


def parse_notebook(path: Path, data: bytes) -> nbformat.NotebookNode:
    """A notebook of whatever it is, out of what its file holds.

    Raises
    ------
    NotGradable
        If it is not a notebook, or one that takes for ever.
    """
    with told_as_not_gradable(path, data):
        nb = nbformat.convert(as_version_of(measured_json(path, data)), 4)
        json.dumps(nb, ensure_ascii=False).encode()  # half a character can be read, and not written
        nbformat.validate(nb)
    return nb


def without_excess(path: Path, data: bytes) -> bytes:
    """What the file of a submitted notebook holds, without what grading does not read, for nbgrader to read.

    Raises
    ------
    NotGradable
        If it is no JSON object, or one that takes for ever.
    """
    with told_as_not_gradable(path, data):
        return json.dumps(measured_json(path, data)).encode()


@contextlib.contextmanager
def told_as_not_gradable(path: Path, data: bytes) -> Iterator[None]:
    """Say of whatever a malformed file trips over that it is no notebook; nbformat lets it come through."""
    try:
        yield
    except (NotGradable, MemoryError):
        raise
    except Exception as error:  # a list of what nbformat raises was never complete
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise NotGradable(path, f"not a notebook {detect_file_type(data) or f'({first_line})'}") from error


def measured_json(path: Path, data: bytes) -> dict:
    """A notebook as JSON has it, measured before it is read, without what grading does not read.

    Raises
    ------
    NotGradable
        If it has too many values or cells, or is nested too deeply.
    """
    if memory_estimate(data) > MOST_MEMORY:
        raise NotGradable(path, "it holds too many values; clear its outputs")
    nb = without_outputs(json.loads(data.decode("utf-8")))
    if len(nb.get("cells", [])) > MOST_CELLS:
        raise NotGradable(path, f"more than {MOST_CELLS} cells")
    values = count_values(nb, DEEPEST)
    if values is None:
        raise NotGradable(path, "its data are nested too deeply")
    if values > MOST_VALUES:
        raise NotGradable(path, f"more than {MOST_VALUES} values besides its outputs")
    return nb


def check_roles(path: Path, nb: nbformat.NotebookNode, lesson: Lesson) -> None:
    """Give cells that have lost it their role; raise NotGradable if so much is lost that grading would be unfair."""
    before = {grade_id(cell) for cell in nb.cells}
    restore_roles(nb, lesson)
    roles = {grade_id(cell): cell.metadata["nbgrader"] for cell in nb.cells if grade_id(cell)}
    if lesson.graded_or_solution_ids and not roles.keys() & lesson.graded_or_solution_ids:
        raise NotGradable(path, f"a notebook, but not of the assignment {lesson.assignment}: it has none of its cells")
    lost = [name for name in lesson.solution_ids if name not in roles]
    others = [name for name, role in roles.items() if role.get("solution") and name not in lesson.ids]
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


def without_outputs(nb: dict) -> dict:
    """A notebook, as JSON has it, without what grading does not read.

    Outputs are most of what there is, and are made anew. What is odd among them, among tags and attachments goes too:
    to check the form of 20,000 outputs without a key took 1 GiB, and to see whether objects are unique takes the square
    of their number.
    """
    metadata = nb.get("metadata")
    if isinstance(metadata, dict):
        nb["metadata"] = {name: metadata[name] for name in ("kernelspec", "language_info") if name in metadata}
    sheets = nb.get("worksheets")  # of the format of 2013
    for sheet in [nb, *(sheets if isinstance(sheets, list) else [])]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict):
                trim_cell(cell)
    return nb


def trim_cell(cell: dict) -> None:
    """Take outputs out of a cell, and what is odd among its tags and attachments."""
    if "outputs" in cell:
        cell["outputs"] = []
    tags = cell["metadata"].get("tags") if isinstance(cell.get("metadata"), dict) else None
    if isinstance(tags, list):
        cell["metadata"]["tags"] = list(dict.fromkeys(tag for tag in tags[:MOST_TAGS] if isinstance(tag, str)))
    if isinstance(attachments := cell.get("attachments"), dict):
        cell["attachments"] = {
            name: {mime: text for mime, text in bundle.items() if isinstance(text, str) or is_lines(text)}
            for name, bundle in attachments.items()
            if isinstance(bundle, dict)
        }


def is_lines(value) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def as_version_of(nb: dict) -> nbformat.NotebookNode:
    """A notebook in the format that it says it has, as `nbformat.reader.reads` makes it of a text."""
    major, minor = nbformat.reader.get_version(nb)
    if major not in nbformat.versions:
        raise nbformat.ValidationError(f"there is no format {str(major)[:20]}")
    return nbformat.versions[major].to_notebook_json(nb, minor=minor)


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
