"""Leave nbgrader's solution markers out of the exported package."""

from lesson_export.grown_classes import MARKERS
from nbdev.process import Processor


class StripSolutionMarkers(Processor):
    """An nbdev export processor (``export_procs`` in pyproject.toml)."""

    def cell(self, cell):
        if cell.cell_type == "code":
            cell.source = MARKERS.sub("", cell.source)
