"""What this checkout takes to grade a class, beside another checkout: ``python -m benchmarks.paired OTHER``.

OTHER is the folder of another checkout with a ``.venv`` of its own (``git worktree add OTHER COMMIT``, then ``make
setup`` in there). Each grades right submissions of its own lesson, with one worker and start included. They take turns,
this one first in every second round, so that a machine that gets slower is as slow for both.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .classes import machine
from .cpu_time import Taken, timed

HERE = Path(__file__).resolve().parent.parent
# Makes a class of one in a folder. It runs in either checkout, where the same names have stood for long.
ONE_RIGHT = """
import sys
from pathlib import Path
from benchmarks.classes import Course, make_class
make_class(Course(Path(sys.argv[1])), 1)
"""


def main(
    other: Annotated[Path, typer.Argument(help="The folder of another checkout.")],
    students: Annotated[int, typer.Option(help="In the class.")] = 30,
    rounds: Annotated[int, typer.Option(min=1, help="How often each grades it.")] = 10,
) -> None:
    """Grade the same number of right submissions in both, in turn."""
    typer.echo(machine())
    checkouts = {"this one": HERE, "the other": other.resolve()}
    runs: dict[str, list[Taken]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        classes = {name: Path(folder, str(number)) for number, name in enumerate(checkouts)}
        for name, checkout in checkouts.items():
            make(classes[name], checkout, students)
            grade(classes[name], checkout)  # what is compiled and read for the first time
        for number in range(rounds):
            for name in sorted(checkouts, reverse=bool(number % 2)):
                runs[name].append(grade(classes[name], checkouts[name]))
    for name, taken in runs.items():
        seconds, cpu = [run.seconds for run in taken], [run.cpu for run in taken]
        typer.echo(f"{name:10} {spread(seconds)} s   {spread(cpu)} core seconds")
    pairs = list(zip(*runs.values(), strict=True))
    seconds = [ours.seconds / theirs.seconds for ours, theirs in pairs]
    cpu = [ours.cpu / theirs.cpu for ours, theirs in pairs]
    typer.echo(f"this one / the other, pair by pair: {spread(seconds)} by the clock, {spread(cpu)} in core seconds")


def make(folder: Path, checkout: Path, students: int) -> None:
    """Make a class of right submissions."""
    folder.mkdir()
    subprocess.run([checkout / ".venv/bin/python", "-c", ONE_RIGHT, folder], cwd=checkout, check=True)
    (first,) = (folder / "submitted").iterdir()
    for number in range(1, students):
        shutil.copytree(first, first.with_name(f"{number:05}-perfect"))


def grade(folder: Path, checkout: Path) -> Taken:
    """Grade the class in a copy of its folder, as if for the first time."""
    with tempfile.TemporaryDirectory() as place:
        course = shutil.copytree(folder, Path(place, "course"))
        python = os.fspath(checkout / ".venv/bin/python")
        command = [python, "-m", "grading", "autograde", "--no-feedback", "--workers", "1", "--course", str(course)]
        return timed(command, checkout)


def spread(values: list[float]) -> str:
    """The median, and what lies beside it."""
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    typer.run(main)
