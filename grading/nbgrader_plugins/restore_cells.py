"""Put a submission's cells back into the order, number and form that the instructor gave them."""

import json
from collections.abc import Iterable
from logging import Logger

from nbformat import NotebookNode, from_dict
from nbformat.corpus.words import generate_corpus_id
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from ..course.assignment import SourceCell, source_cells
from ..course.cells import restore_roles
from ..course.former_cells import follow_renames, former_cells
from ..course.lesson import read_lesson
from ..course.own_answers import OTHER_ROLE
from ..sandbox.mime_bundle import strict_json
from ..util.text import in_one_line
from .pictures import ATTACHED

ABOUT = ("kernelspec", "language_info")  # what of a notebook's metadata a page or a kernel may ask for


class RestoreCells(NbGraderPreprocessor):
    """Deleted cells come back, duplicates lose their role, moved cells return; of a cell only its solution is its own.

    Takes the place of nbgrader's DeduplicateIds and OverwriteCells. The latter's ``add_missing_cells`` gives up when a
    locked cell is missing too, and it would take the points of a question that does not count for zero. Of several
    cells with one id the last keeps its role, because it would have had the last word in the student's own kernel.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        with Gradebook(context["db_url"]) as gradebook:
            cells = source_cells(gradebook, context["notebook"], context["assignment"])
            entry = gradebook.find_notebook(context["notebook"], context["assignment"])
            former = former_cells(gradebook, entry.id)
        follow_renames(nb, former)
        lesson = read_lesson(self.config, context["assignment"], context["notebook"])
        if names := restore_roles(nb, lesson, former):
            self.log.warning("Cells %s have lost their role and were recognised all the same", ", ".join(names))
        restore(nb, cells, self.log)
        return nb, resources


def restore(nb: NotebookNode, cells: Iterable[SourceCell], log: Logger) -> None:
    """Put the cells of a notebook back.

    Parameters
    ----------
    nb : NotebookNode
        Changed in place, and strict JSON afterwards. Its cells have their roles (see ``roles``).
    cells : iterable of SourceCell
        The instructor's.
    log : Logger
        Is told what was not as it should be.
    """
    sources = {cell.name: cell for cell in cells}
    # What follows a known cell travels with it; what precedes them all stays at the top.
    top, followers, known, current = [], {name: [] for name in sources}, {}, None
    last = {role_name(cell): index for index, cell in enumerate(nb.cells)}
    for index, cell in enumerate(nb.cells):
        name = role_name(cell)
        if name in sources and last[name] == index:
            known[name] = cell
            current = name
            continue
        if name is not None:
            log.warning(
                "Cell '%s' is a copy, or not of this assignment; it has no role in grading", in_one_line(name)[:100]
            )
            cell.metadata.pop("nbgrader")
            if name not in sources:
                cell.metadata[OTHER_ROLE] = True
        (followers[current] if current else top).append(cell)

    nb.cells = top
    for name, source in sources.items():
        if name not in known:
            log.warning("Cell '%s' is missing; the instructor's copy takes its place", name)
        cell = restored(known.get(name), source)
        if nb.nbformat_minor < 5:  # cells had no ids yet
            del cell["id"]
        nb.cells.append(cell)
        nb.cells.extend(followers[name])
    nb.metadata = from_dict({name: nb.metadata[name] for name in ABOUT if isinstance(nb.metadata.get(name), dict)})
    if not is_strict(nb):
        nb.update(from_dict(strict_json(nb)))


def is_strict(nb: NotebookNode) -> bool:
    """Whether `strict_json` would leave a notebook as it is, which takes a while to do for nothing."""
    try:
        json.dumps(nb, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


def role_name(cell: NotebookNode) -> str | None:
    """The id under which a cell says that nbgrader knows it: some text; None if it has no role."""
    if "nbgrader" not in cell.metadata:
        return None
    role = cell.metadata["nbgrader"]
    return str(role.get("grade_id") if isinstance(role, dict) else role)


def restored(cell: NotebookNode | None, source: SourceCell) -> NotebookNode:
    """A cell as the instructor released it, with the solution of the one that came back."""
    text = source.source if cell is None or source.locked else cell.source
    kept = cell is not None and "id" in cell
    new = {
        "id": cell.id if kept else generate_corpus_id(),
        "cell_type": source.cell_type,
        "metadata": {"nbgrader": role_of(source)},
        "source": text,
    }
    if source.cell_type == "code":
        return from_dict(new | {"execution_count": None, "outputs": []})
    pictures = {} if cell is None or source.locked else attached_pictures(cell)
    return from_dict(new | {"attachments": pictures} if pictures else new)


def attached_pictures(cell: NotebookNode) -> dict[str, dict[str, str]]:
    """The pictures that a student has pasted into an answer, of the types that a page shows."""
    bundles = {
        name: {mime: text for mime, text in bundle.items() if mime in ATTACHED}
        for name, bundle in cell.get("attachments", {}).items()
    }
    return {name: bundle for name, bundle in bundles.items() if bundle}


def role_of(source: SourceCell) -> dict:
    """What nbgrader writes into the metadata of a cell. A student's own would earn points and tags would skip tests."""
    role = {
        "grade_id": source.name,
        "grade": source.grade,
        "solution": source.solution,
        "task": source.task,
        "locked": source.locked,
        "checksum": source.checksum,
        "cell_type": source.cell_type,
        "schema_version": 3,
    }
    return role if source.points is None else role | {"points": source.points}
