"""Submissions a minute: stock nbgrader, otter-grader if it is there, and ours with one worker and with more.

``python -m benchmarks.throughput [--students 200] [--stock 20] [--one-core] [--rounds 1] [--otter PYTHON]``

Stock nbgrader grades the first submissions of the same class, with its own preprocessors, the same cells left out, and
the rights of whoever runs this. Each line has the time of the whole command, so starting up counts. On a machine that
others use too, all are run in several rounds, one after the other, and of each the fastest counts.

What a core more brings is seen between one worker on one core and two on two: one worker alone takes more than a core.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT

from .classes import machine, make_class
from .otter import otter_run

STOCK = "stock nbgrader autograde"
STOCK_CONFIG = f"""
c = get_config()
c.CourseDirectory.root = {{root!r}}
c.CourseDirectory.source_directory = {str(DEFAULT_COURSE / "source")!r}
c.Execute.skip_cells_with_tag = "explore"
c.Execute.timeout = 30
"""


def main(
    students: Annotated[int, typer.Option(help="In the class.")] = 200,
    stock: Annotated[int, typer.Option(help="Of them, how many stock nbgrader grades.")] = 20,
    workers: Annotated[list[int] | None, typer.Option(help="With how many workers.", show_default="1 and 2")] = None,
    otter: Annotated[str, typer.Option(help="A Python that has otter-grader and this package.")] = "",
    one_core: Annotated[
        bool, typer.Option("--one-core", help="Also one worker, with all there is on one core.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is run; the fastest counts.")] = 1,
) -> None:
    """Grade the same class in different ways."""
    typer.echo(machine())
    ways = {STOCK: lambda: (stock, nbgrader_autograde(stock))}
    if otter:
        ways["otter run"] = lambda: otter_run(otter, stock)
    numbers = workers or [1, 2]
    crews = {number: f"python -m grading autograde, {number} worker{'s' * (number > 1)}" for number in numbers}
    for number, name in crews.items():
        ways[name] = lambda number=number: (students, ours(students, number))
    if one_core:
        ways["1 worker, all on one core"] = lambda: (students, ours(students, 1, cores=1))
    runs = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    fastest = {name: min((run[name] for run in runs), key=lambda done: done[1]) for name in ways}
    count, seconds = fastest[STOCK]
    for name, done in fastest.items():
        typer.echo(line(name, *done, seconds / count))
    for number in numbers[1:]:
        gain = fastest[crews[numbers[0]]][1] / fastest[crews[number]][1]
        typer.echo(f"efficiency of {number} workers against {numbers[0]}: {gain * numbers[0] / number:.2f}")


def line(what: str, count: int, seconds: float, each: float) -> str:
    ratio = each / (seconds / count)
    return f"{what:42} {count:4} in {seconds:6.1f} s   {60 * count / seconds:6.1f} a minute   {ratio:5.1f} times stock"


def nbgrader_autograde(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        make_class(course, count)
        Path(folder, "nbgrader_config.py").write_text(STOCK_CONFIG.format(root=folder))
        return timed(["nbgrader", "autograde", ASSIGNMENT], folder)


def ours(count: int, workers: int, cores: int | None = None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        make_class(Course(Path(folder)), count)
        command = ["grading", "autograde", "--no-feedback", "--workers", str(workers), "--course", folder]
        return timed(command, DEFAULT_COURSE.parent, cores)


def timed(command: list[str], folder, cores: int | None = None) -> float:
    """Seconds that a command takes, on so many cores, or on all."""
    taken = sorted(os.sched_getaffinity(0))[:cores]
    with tempfile.TemporaryFile("w+") as said:  # a pipe would be waited for until nobody has it any more
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            stdout=said,
            stderr=said,
            preexec_fn=lambda: os.sched_setaffinity(0, taken),
        )
        seconds = time.perf_counter() - start
        if done.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read()[-2000:]}")
    return seconds


if __name__ == "__main__":
    typer.run(main)
