"""What of the lesson students may not see."""

import nbformat

from nbs_export import REPOSITORY


def lines_of_the_lesson(kinds, cell_types=("code", "markdown")):
    """The lines of each cell, those between the markers of one of the kinds, or with ``None`` those outside all."""
    nb = nbformat.read(REPOSITORY / "modules" / "07_optimizers" / "07_optimizers.ipynb", as_version=4)
    for cell in nb.cells:
        inside = None
        for line in cell.source.splitlines():
            if "BEGIN " in line or "END " in line and inside:
                inside = next((kind for kind in KINDS if f"BEGIN {kind}" in line), None)
                continue
            if inside == "SOLUTION" and line.startswith("**Marking"):  # below a model answer
                inside = "MARK SCHEME"
            if inside in kinds and cell.cell_type in cell_types:
                yield line.strip()
        assert not inside, cell.id


KINDS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")


def secret_lines(*kinds, cell_types=("code", "markdown")):
    """Every line in regions of these kinds that says enough to be recognized, and stands nowhere else in the lesson."""
    secrets = {line for line in lines_of_the_lesson(kinds, cell_types) if len(line) > 26}
    return secrets - set(lines_of_the_lesson([None]))
