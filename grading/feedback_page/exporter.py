"""nbconvert's exporter for pages of feedback."""

from pathlib import Path

import nbgrader
from nbconvert.exporters import HTMLExporter
from traitlets import default
from traitlets.config import Config

from ..util.text import points

NBGRADERS = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
TEMPLATES = Path(__file__).with_name("templates")


class FeedbackExporter(HTMLExporter):
    """Renders with ``templates/verdicts``, which extends nbgrader's template ``feedback``.

    A class of its own, because nbgrader sets the template of HTMLExporter itself, and because the formgrader uses that
    exporter too, with a template of its own.
    """

    @property
    def default_config(self) -> Config:
        folders = [str(TEMPLATES), str(NBGRADERS)]
        config = Config(super().default_config)
        config.FeedbackExporter.template_name = "verdicts"
        config.FeedbackExporter.extra_template_basedirs = folders
        config.FeedbackExporter.extra_template_paths = [str(NBGRADERS)]  # for `extends` to find "feedback/"
        return config

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    def default_filters(self):
        yield from super().default_filters()
        yield "points", points
