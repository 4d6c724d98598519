"""Leave nbgrader's solution markers out of the exported package."""

import re

from nbdev.process import Processor

MARKERS = re.compile(r"\n *### (BEGIN|END) SOLUTION\b")


class StripSolutionMarkers(Processor):
    """An nbdev export processor (``export_procs`` in pyproject.toml)."""

    def cell(self, cell):
        if cell.cell_type == "code":
            cell.source = MARKERS.sub("", cell.source)
