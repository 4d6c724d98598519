"""What `make grade` takes for a second time, when there is nothing to do: ``python -m benchmarks.again [--rounds 3]``.

It runs in a copy of this checkout, with the sample class. Beside it stands `python -c "import nbgrader.api, numpy"`, in
turn: the least that any command takes that opens a gradebook.
"""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import typer

from .classes import machine
from .cpu_time import timed

HERE = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    "dist",
    "__pycache__",
    "submitted",
    "autograded",
    "feedback",
    "release",
    "gradebook.db",
    "grades.csv",
)


def main(rounds: int = 3) -> None:
    """Grade the sample class once, and then again."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(shutil.copytree(HERE, Path(folder) / "checkout", ignore=LEFT_OUT))
        (checkout / ".venv").mkdir()
        for name in os.listdir(HERE / ".venv"):
            if name != "installed":
                (checkout / ".venv" / name).symlink_to(HERE / ".venv" / name)
        (checkout / ".venv" / "installed").write_text(f"{checkout}\n")  # so that it is not made anew
        first = timed(["make", "grade"], checkout)
        typer.echo(f"make grade, the first time  {first.seconds:.1f} s, {first.cpu:.1f} core seconds")
        again, imports = [], []
        for _ in range(rounds):
            imports.append(timed([sys.executable, "-c", "import nbgrader.api, numpy"], HERE))
            again.append(timed(["make", "grade"], checkout))
    for name, taken in (("make grade, again", again), ("import nbgrader.api, numpy", imports)):
        seconds, cpu = [run.seconds for run in taken], [run.cpu for run in taken]
        typer.echo(
            f"{name:27} {statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), "
            f"{statistics.median(cpu):.1f} core seconds"
        )
    pairs = [run.seconds / other.seconds for run, other in zip(again, imports, strict=True)]
    typer.echo(f"again / import, pair by pair: {statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})")


if __name__ == "__main__":
    typer.run(main)
