"""Make pages of submissions in processes of their own: a page takes no more time and memory than it may."""

import copy
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from jinja2 import Environment, pass_context
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbformat.validator import get_validator
from traitlets import Float, Integer

from ..course.lesson import read_lesson
from ..sandbox.mime_bundle import PLAIN
from ..util.isolation import IN_COPY, NotDone, isolated
from . import marking_scheme  # noqa: F401 - a filter, which is loaded by its name
from .compiled_templates import compiled_templates
from .earlier_answer import earlier_in
from .html_filters import in_box, rendered, shown_as_text
from .lesson_cells import show_lesson
from .pictures import Pictures
from .sound_notebook import sound_output

MiB = 2**20
SECONDS = "Seconds that a page may take; then it is made anew, as plain text."
MEMORY = "MiB of memory that making a page may take besides what is loaded; then the same."
MOST_OUTPUTS = 20  # of a cell, in a plain page
LONGEST = 10_000  # characters of each

Reader = Callable[[], NotebookNode]


@cache
def load() -> None:
    """Load what making a page loads when it first needs it. A process of its own would load it for each page."""
    for name in ("jinja2.ext", "pygments.styles.default"):
        import_module(name)
    for minor in (4, 5):  # without ids of cells, and with them
        get_validator(4, minor, relax_add_props=True)
    rendered("- [ ] **a** $b$ <i>c</i>\n\n```python\nd\n```", Pictures({}, {}))


@pass_context
def plain_text(context: Any, source: str) -> str:
    return shown_as_text(source)


@pass_context
def plain_output(context: Any, output: dict) -> str:
    if output["output_type"] == "error":
        return in_box(shown_as_text(f"{output['ename']}: {output['evalue']}"), "output_text output_error")
    return in_box(shown_as_text(output["data"][PLAIN]), "output_text")


def plain_code(source: str, language: str | None = None, metadata: dict | None = None) -> str:
    return shown_as_text(source)


PLAIN_FILTERS = {"highlight_code": plain_code, "markdown2html": plain_text, "show_output": plain_output}


class OwnNotebook(NotebookNode):
    """A notebook that belongs to the page that is made of it, so nbconvert need not copy it first."""

    def __deepcopy__(self, memo: dict) -> "OwnNotebook":
        return self


class IsolatedExporter(HTMLExporter):
    """nbconvert's exporter to HTML, in a process that is killed when it takes too long or too much memory.

    Then a page is made that shows the submission as plain text, and says so: whatever a parser of Markdown or HTML can
    be made to do, a text is only a text. If that fails too there is no page, and `NotDone` is raised.
    """

    page_seconds = Float(60.0, help=SECONDS).tag(config=True)
    page_memory = Integer(1024, help=MEMORY).tag(config=True)

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw) -> tuple[str, dict]:
        return self.from_reader(lambda: nb if IN_COPY else copy.deepcopy(nb), resources)

    def from_reader(self, read: Reader, resources: dict | None = None) -> tuple[str, dict]:
        """Make the page of a notebook that is read where the page is made."""
        load()
        compiled_templates(type(self)).fill(self.environment, self.template_file)
        try:
            html = self.isolated_page(read, resources)
        except NotDone as error:
            self.log.warning("A page is made as plain text: to make it %s", error)
            html = self.isolated_page(read, resources, plain=f"to make a page of it {error}")
        return html, self._init_resources(resources)

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.bytecode_cache = compiled_templates(type(self))
        return environment

    def isolated_page(self, read: Reader, resources: dict | None, plain: str = "") -> str:
        """Make the page in a process of its own; raises NotDone if that takes too long or too much, or fails."""
        page = isolated(lambda: self.page(read, resources, plain), self.page_seconds, self.page_memory * MiB)
        return page.decode()

    def page(self, read: Reader, resources: dict | None, plain: str) -> bytes:
        """Make the page, in whatever process this is; as plain text, if there is a reason for that."""
        nb = read()
        if plain:
            nb, resources = plain_notebook(nb), {**(resources or {}), "plain": plain}
            self.filters = self.filters | PLAIN_FILTERS
            for name, function in PLAIN_FILTERS.items():
                self.register_filter(name, function)
        # Past HTMLExporter, which has Beautiful Soup read the page and write it again, to look for pictures that nobody
        # describes, which `clean` has done, and for what only JupyterLab's templates have.
        return super(HTMLExporter, self).from_notebook_node(OwnNotebook(nb), resources)[0].encode()

    def _preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Apply the preprocessors, and make sure that what comes of it is a notebook, as nbconvert does.

        That copies all it is given before, lesson and exam included, and again to look for ids of cells.
        """
        resources = copy.copy(resources)
        for preprocessor in self._preprocessors:
            nb, resources = preprocessor(nb, resources)
        self._validate_preprocessor(nb, "the last one")
        return nb, resources


class FormgraderExporter(IsolatedExporter):
    """The formgrader's: a person waits for it, so a page may take less time."""

    page_seconds = Float(10.0, help=SECONDS).tag(config=True)

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw) -> tuple[str, dict]:
        resources = dict(resources or {})
        if "assignment_id" in resources:  # a submission's page
            resources["lesson"] = read_lesson(self.config, resources["assignment_id"], resources["notebook_id"])
            show_lesson(resources["lesson"])
            resources["earlier"] = earlier_in(self.config, resources.get("submission_id", ""))
        return super().from_notebook_node(nb, resources, **kw)


def plain_notebook(nb: NotebookNode) -> NotebookNode:
    """A notebook whose outputs are short texts, without attachments."""
    for cell in nb.cells:
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs = [plain_version(sound_output(output)) for output in cell.get("outputs", [])[:MOST_OUTPUTS]]
    return nb


def plain_version(output: NotebookNode) -> NotebookNode:
    """An error with the beginning of its message; anything else as the beginning of its text."""
    if output.output_type == "error":
        return new_output("error", ename=output.ename[:LONGEST], evalue=output.evalue[:LONGEST], traceback=[])
    text = output.text if output.output_type == "stream" else output.data.get(PLAIN, "")
    return new_output("display_data", data={PLAIN: text[:LONGEST] or "[an output]"})
