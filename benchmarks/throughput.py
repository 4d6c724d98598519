"""Submissions a minute: stock nbgrader, otter-grader if it is there, and ours with one worker and with more.

``python -m benchmarks.throughput [--students 200] [--stock 20] [--one-core] [--rounds 3] [--feedback] [--otter PY]``

Stock nbgrader grades the first submissions of the same class, with its own preprocessors, the same cells left out, and
the rights of whoever runs this. Each line has the time of the whole command, so starting up counts, and its core
seconds with those of all its processes. All are run in several rounds, one after the other. What is compared is of one
round, so that a machine that gets slower is as slow for all; the median of the rounds counts, and what lies
beside it is shown.

With ``--feedback``, pages of feedback are made too: by ``nbgrader generate_feedback``, and by ours with the grades.

What a core more brings is seen between one worker on one core and two on two: one worker alone takes more than a core.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT

from .classes import machine, make_class
from .cpu_time import Taken, timed
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
    feedback: Annotated[bool, typer.Option("--feedback", help="With pages of feedback.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is run.")] = 3,
) -> None:
    """Grade the same class in different ways."""
    typer.echo(machine())
    stocks = f"{STOCK}, generate_feedback" if feedback else STOCK
    ways = {stocks: (stock, lambda: nbgrader_autograde(stock, feedback))}
    if otter:
        ways["otter run"] = stock, lambda: otter_run(otter, stock)
    numbers = workers or [1, 2]
    crews = {number: f"python -m grading autograde, {number} worker{'s' * (number > 1)}" for number in numbers}
    for number, name in crews.items():
        ways[name] = students, lambda number=number: ours(students, number, feedback)
    if one_core:
        ways["1 worker, all on one core"] = students, lambda: ours(students, 1, feedback, cores=1)
    runs: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways)[:: -1 if number % 2 else 1]:
            runs[name].append(ways[name][1]())
    for name, (count, _) in ways.items():
        typer.echo(line(name, count, runs[name], [taken.seconds / stock for taken in runs[stocks]]))
    for number in numbers[1:]:
        pairs = zip(runs[crews[numbers[0]]], runs[crews[number]], strict=True)
        gains = [alone.seconds / together.seconds * numbers[0] / number for alone, together in pairs]
        typer.echo(f"efficiency of {number} workers against {numbers[0]}, pair by pair: {spread(gains, 2)}")


def line(what: str, count: int, taken: list[Taken], stock: list[float]) -> str:
    """One way to grade, beside the seconds that stock nbgrader takes for a submission in the same rounds."""
    times = [each / (run.seconds / count) for run, each in zip(taken, stock, strict=True)]
    return (
        f"{what:42} {count:4} in {spread([run.seconds for run in taken], 1)} s, "
        f"{spread([run.cpu / count for run in taken], 3)} core seconds each, {spread(times, 1)} times stock"
    )


def spread(values: list[float], digits: int) -> str:
    """The median, and what lies beside it."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" if len(values) > 1 else f"{middle:.{digits}f}"


def nbgrader_autograde(count: int, feedback: bool) -> Taken:
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        make_class(course, count)
        Path(folder, "nbgrader_config.py").write_text(STOCK_CONFIG.format(root=folder))
        steps = ["autograde", "generate_feedback"] if feedback else ["autograde"]
        taken = [timed([sys.executable, "-m", "nbgrader", step, ASSIGNMENT], folder) for step in steps]
        return Taken(sum(each.seconds for each in taken), sum(each.cpu for each in taken))


def ours(count: int, workers: int, feedback: bool, cores: int | None = None) -> Taken:
    with tempfile.TemporaryDirectory() as folder:
        make_class(Course(Path(folder)), count)
        command = ["grading", "autograde", "--workers", str(workers), "--course", folder]
        command += [] if feedback else ["--no-feedback"]
        return timed([sys.executable, "-m", *command], DEFAULT_COURSE.parent, cores)


if __name__ == "__main__":
    typer.run(main)
