"""The lesson filled in and run, without anything that only the grader may know."""

import re
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme
from traitlets.config import Config

from .. import REPOSITORY
from .errors import SiteError
from .folds import is_answer
from .kernel import PatientClient

LESSON = Path("modules/07_optimizers/07_optimizers.ipynb")
FURTHER = {  # what comes after the lesson, by the name of its page
    name: Path("modules", name, f"{name}.ipynb")
    for name in ("in_action", "09_convolutions", "11_embeddings", "12_attention", "13_transformers")
}
CELL_SECONDS = 300
MARKING = re.compile(r"\n+\*\*Marking\b.*?(?=\n#+ END SOLUTION|\Z)", re.DOTALL)  # below a model answer


def without_grading(nb: NotebookNode) -> NotebookNode:
    """The notebook without hidden tests and mark schemes; a cell that held nothing else is gone."""
    for preprocessor in (ClearHiddenTests, ClearMarkScheme):
        try:
            nb, _ = preprocessor().preprocess(nb, {})
        except RuntimeError as error:  # nbgrader's way to say that a region does not end, or stands in a wrong cell
            raise SiteError(f"the lesson's regions are not in order: {error}") from error
    for cell in filter(is_answer, nb.cells):
        if cell.cell_type == "markdown":
            cell.source = MARKING.sub("", cell.source)
    nb.cells = [cell for cell in nb.cells if cell.source.strip()]
    return nb


def run_lesson(repository: Path = REPOSITORY, notebook: Path = LESSON) -> NotebookNode:
    """Run the lesson with its solutions in a copy of the course, so that its cells write nothing here.

    Parameters
    ----------
    repository : Path
    notebook : Path
        Another notebook of the course, by its path in the repository. It may use what the lesson exports.

    Raises
    ------
    SiteError
        If a cell fails or takes more than `CELL_SECONDS`; the message names it.
    """
    nb = without_grading(nbformat.read(repository / notebook, as_version=4))
    with tempfile.TemporaryDirectory(prefix="nbs_export-") as folder:
        work = Path(folder)
        shutil.copy(repository / "pyproject.toml", work)
        shutil.copytree(repository / "modules", work / "modules", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        running = []
        client = NotebookClient(
            nb,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str((work / notebook).parent)}},
            config=Config({"KernelManager": {"transport_encryption": "auto", "client_factory": PatientClient}}),
            extra_arguments=[
                "--InlineBackend.figure_formats=retina",  # sharp on a phone and on a projector
                "--IPKernelApp.extensions=nbs_export.figures",  # for slides they are drawn anew
            ],
            on_cell_execute=lambda cell, cell_index: running.append(cell.id),
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            what = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
            raise SiteError(f"{notebook} does not run, cell {running[-1]!r}: {what}") from error
    return nb
