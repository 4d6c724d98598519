"""nbconvert's exporter for pages of feedback."""

import contextlib
from pathlib import Path

import nbgrader
from nbformat import NotebookNode
from nbgrader.converters import NbGraderException
from traitlets import default
from traitlets.config import Config

from ..course.lesson import read_lesson
from ..course.results import verdicts
from ..examiner.course_exam import configured_source
from ..nbgrader_plugins.isolated_exporter import IsolatedExporter, Reader
from ..nbgrader_plugins.lesson_cells import show_lesson
from ..util.errors import CourseError
from . import picture
from .autograded import read_autograded
from .preprocessor import configured_texts, get_ready

NBGRADERS = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
TEMPLATES = Path(__file__).with_name("templates")
ILLUSTRATION = "illustration"  # the name of what is drawn, in a verdict


def has_illustration(nb: NotebookNode) -> bool:
    """Whether a page will show a picture of the grader's own."""
    return any(ILLUSTRATION in verdict for found in verdicts(nb).values() for verdict in found)


class FeedbackExporter(IsolatedExporter):
    """Renders with ``templates/verdicts``, which extends nbgrader's template ``feedback``.

    A class of its own, because nbgrader sets the template of HTMLExporter itself, and because the formgrader uses that
    exporter too, with a template of its own.
    """

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        try:  # before nbgrader takes any page away, and before this process is copied to make one
            configured_texts(self.config)
        except CourseError as error:
            self.log.error("No page is made: %s", error)
            raise NbGraderException(str(error)) from None

    @property
    def default_config(self) -> Config:
        folders = [str(TEMPLATES), str(NBGRADERS)]
        config = Config(super().default_config)
        config.FeedbackExporter.template_name = "verdicts"
        config.FeedbackExporter.extra_template_basedirs = folders
        config.FeedbackExporter.extra_template_paths = [str(NBGRADERS)]  # for `extends` to find "feedback/"
        # what these two put into a notebook or its page, our templates and filters do not look at
        config.CSSHTMLHeaderPreprocessor.enabled = config.HighlightMagicsPreprocessor.enabled = False
        return config

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw) -> tuple[str, dict]:
        if has_illustration(nb):
            picture.load()
        return super().from_notebook_node(nb, resources, **kw)

    def from_bytes(self, data: bytes, resources: dict) -> tuple[str, dict]:
        """Make the page of what the file of an autograded notebook holds, and read that where the page is made."""
        if f'"{ILLUSTRATION}"'.encode() in data:
            picture.load()
        lesson = resources["nbgrader"]["lesson"]
        return self.from_reader(lambda: read_autograded(data, lesson), resources)

    def from_reader(self, read: Reader, resources: dict | None = None) -> tuple[str, dict]:
        context = resources["nbgrader"]
        with contextlib.suppress(CourseError):  # it will be raised where the page is made
            if "lesson" not in context:
                context["lesson"] = read_lesson(self.config, context["assignment"], context["notebook"])
            if "exam" not in context:
                context["exam"] = configured_source(self.config, context["assignment"])
            get_ready(context["lesson"], context["exam"])
            show_lesson(context["lesson"], only_answers=True)
        return super().from_reader(read, resources)
