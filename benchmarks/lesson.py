"""What the lesson asks of a student's machine, cell by cell: ``python -m benchmarks.lesson``.

Runs the lesson with its solutions in a kernel of its own. Of each code cell it prints how long it took, how much memory
the kernel held at most meanwhile and how much when the cell was done, and how many bytes its output adds to the
notebook. PyTorch is left out, as it is where students work, unless it is asked for. At the end stands which cells take
longer than anybody should wait who sees no progress.
"""

import shutil
import tempfile
import time
from pathlib import Path

import nbformat
import typer
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearHiddenTests

from .classes import machine

LESSON = Path(__file__).parents[1] / "modules" / "07_optimizers" / "07_optimizers.ipynb"
NO_TORCH = "import sys; sys.modules['torch'] = None"
PATIENCE = 5.0  # seconds of a cell that shows no progress


class Measured(NotebookClient):
    """Runs a notebook, and remembers of each code cell what it took."""

    def __init__(self, nb: nbformat.NotebookNode, **options) -> None:
        super().__init__(nb, on_cell_start=self.begin, on_cell_executed=self.end, **options)
        self.cells = []

    @property
    def process(self) -> Path:
        return Path(f"/proc/{self.km.provisioner.pid}")

    def megabytes(self, field: str) -> float:
        """Memory of the kernel, as Linux counts it."""
        line = next(line for line in (self.process / "status").read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024 / 1e6

    def begin(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        (self.process / "clear_refs").write_text("5")  # from here on the peak is that of this cell
        self.started = time.perf_counter()

    def end(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: dict) -> None:
        if cell.cell_type == "code" and cell.source:
            seconds = time.perf_counter() - self.started
            output = len(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))) - len(cell.source)
            self.cells.append((cell.id, seconds, self.megabytes("VmHWM"), self.megabytes("VmRSS"), output))


def main(torch: bool = False, all_cells: bool = False) -> None:
    """Run the lesson once."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        lesson = Path(shutil.copytree(LESSON.parent, Path(folder) / LESSON.parent.name)) / LESSON.name
        nb, _ = ClearHiddenTests().preprocess(nbformat.read(lesson, as_version=4), {})  # students have none
        if not torch:
            nb.cells.insert(0, nbformat.v4.new_code_cell(NO_TORCH, id="no-torch"))
        client = Measured(nb, timeout=300, resources={"metadata": {"path": str(lesson.parent)}})
        client.execute()
        saved = len(nbformat.writes(nb).encode())
        silent = {cell.id for cell in nb.cells if "viz.progress(" not in cell.source}
    typer.echo(f"{'cell':<28}{'seconds':>8}{'peak MB':>9}{'after MB':>9}{'output kB':>10}")
    for name, seconds, peak, after, output in client.cells:
        if all_cells or seconds >= 0.2 or output >= 10_000:
            typer.echo(f"{name:<28}{seconds:>8.2f}{peak:>9.0f}{after:>9.0f}{output / 1e3:>10.0f}")
    names, seconds, peaks, _, _ = zip(*client.cells, strict=True)
    highest = max(peaks)
    typer.echo(
        f"{len(names)} cells in {sum(seconds):.1f} s, the longest {max(seconds):.1f} s; at most {highest:.0f} MB, in "
        f"{names[peaks.index(highest)]}; saved with all outputs {saved / 1e6:.2f} MB"
    )
    slow = [name for name, taken in zip(names, seconds, strict=True) if taken > PATIENCE]
    for word, found in (("with", [n for n in slow if n not in silent]), ("without", [n for n in slow if n in silent])):
        typer.echo(f"over {PATIENCE:g} s, {word} a bar of progress: {', '.join(found) or 'none'}")


if __name__ == "__main__":
    typer.run(main)
