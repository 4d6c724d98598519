"""How the cost of grading grows with students, cells, checks, and bytes of output: ``python -m benchmarks.growth``.

With ``--picture FILE.png`` it draws a line for each. What counts are the core seconds of the whole command, with all
its processes: they depend less than the clock on what else the machine does. A small plain assignment is made for every
point, and each student's notebook is right. A command that grades one student is measured too, and taken off: it is
the start.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import matplotlib.pyplot as plt
import nbformat
import typer
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course.course import Course
from grading.course.new_course import new_course
from grading.course.sample import fill_in, generate

from .classes import machine
from .cpu_time import timed

NAME = "growth"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
STUDENTS, CELLS, CHECKS = 40, 10, 5  # of a class of which one thing is another


@dataclass(frozen=True)
class Class:
    """A class to grade: its students, and of their notebook the given cells, those with a test, and what it prints."""

    students: int = STUDENTS
    cells: int = CELLS
    checks: int = CHECKS
    output: int = 0

    def notebook(self) -> nbformat.NotebookNode:
        """The assignment as the instructor writes it."""
        cells = [new_markdown_cell("# Growth", id="title")]
        cells += [
            new_code_cell(f"given_{n} = [i * {n} for i in range(100)]", id=f"given-{n}") for n in range(self.cells)
        ]
        if self.output:
            cells.append(new_code_cell(f"for line in range({self.output // 100}):\n    print('x' * 99)", id="output"))
        for n in range(self.checks):
            solution = f"def f_{n}(x):\n    ### BEGIN SOLUTION\n    return x + {n}\n    ### END SOLUTION"
            cells.append(new_code_cell(solution, id=f"f-{n}", metadata=role(f"f-{n}", solution=True)))
            test = f"assert f_{n}(1) == {n + 1} and f_{n}(-1) == {n - 1}"
            graded = role(f"test-{n}", grade=True, locked=True, points=1)
            cells.append(new_code_cell(test, id=f"test-{n}", metadata=graded))
        return new_notebook(cells=cells, metadata=KERNEL)


def role(name: str, **more) -> dict:
    """The metadata by which nbgrader knows a cell."""
    given = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {"grade_id": name, **given, **more}}


@dataclass(frozen=True)
class Line:
    """What grows, in which steps, the class at each step, and what is shown of a command's core seconds."""

    name: str
    unit: str
    steps: tuple[int, ...]
    at: Callable[[int], Class]
    color: str
    marker: str


LINES = [
    Line("students", "in the class", (25, 50, 100, 200), lambda n: Class(students=n), "#0072B2", "o"),
    Line("given cells", "of a notebook", (10, 50, 100, 200), lambda n: Class(cells=n), "#D55E00", "s"),
    Line("checks", "cells with a test", (5, 20, 40, 80), lambda n: Class(checks=n), "#009E73", "^"),
    Line("output", "kB that a cell prints", (0, 250, 500, 1000), lambda n: Class(output=1000 * n), "#CC79A7", "D"),
]


def main(
    picture: Annotated[Path | None, typer.Option(help="Where to draw it.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each class is graded.")] = 1,
) -> None:
    """Grade classes that differ in one thing."""
    typer.echo(machine())
    found: dict[str, list[list[float]]] = {line.name: [[] for _ in line.steps] for line in LINES}
    for _ in range(rounds):
        known: dict[Class, float] = {}  # one that is on two lines is graded once
        for line in LINES:
            for place, step in enumerate(line.steps):
                made = line.at(step)
                if made not in known:
                    known[made] = milliseconds_each(made)
                    typer.echo(f"  {line.name} {step}: {known[made]:.1f}", err=True)
                found[line.name][place].append(known[made])
    for line in LINES:
        typer.echo(f"{line.name}, {line.unit}: core milliseconds for a submission")
        for step, values in zip(line.steps, found[line.name], strict=True):
            low, middle, high = min(values), statistics.median(values), max(values)
            typer.echo(f"  {step:5}  {middle:6.1f}" + (f" ({low:.1f} to {high:.1f})" if len(values) > 1 else ""))
        middle = [statistics.median(values) for values in found[line.name]]
        typer.echo(f"  {growth(line, middle)}")
    if picture:
        draw({name: [statistics.median(values) for values in of] for name, of in found.items()}, picture)


def milliseconds_each(made: Class) -> float:
    """Measure what one more submission of a class takes: what a command takes for all, less what it takes for one."""
    with tempfile.TemporaryDirectory() as folder:
        both = [core_seconds(made, Path(folder, str(students)), students) for students in (1, made.students)]
    return 1000 * (both[1] - both[0]) / (made.students - 1)


def core_seconds(made: Class, folder: Path, students: int) -> float:
    """What the command takes that grades the first students of a class."""
    new_course(folder)
    source = folder / "source" / NAME / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(made.notebook(), source)
    course = Course(folder, NAME)
    filled = nbformat.writes(fill_in(generate(course), course.lesson)).encode()
    for number in range(students):
        path = course.notebook("submitted", f"student-{number:04}")
        path.parent.mkdir(parents=True)
        path.write_bytes(filled)
    command = [sys.executable, "-m", "grading", "autograde", NAME, "--no-feedback", "--course", os.fspath(folder)]
    return timed(command, Path(__file__).parents[1]).cpu


def growth(line: Line, values: list[float]) -> str:
    """What one more of something costs, between the first step and the last."""
    (first, *_, last), more = line.steps, line.steps[-1] - line.steps[0]
    if line.name == "students":
        return f"with {last} it is {values[-1] / values[0]:.2f} times what it is with {first}"
    return f"one more: {(values[-1] - values[0]) / more:.3f} ms"


def draw(found: dict[str, list[float]], path: Path) -> None:
    """Draw a line for each thing that grows, over how much there is of the most."""
    fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for line in LINES:
        shares = [step / line.steps[-1] for step in line.steps]
        ax.plot(shares, found[line.name], color=line.color, marker=line.marker, lw=2, ms=7, clip_on=False)
    for line, height in labels(found, ax.get_ylim()):
        ax.annotate(
            f"{line.name}\n{line.steps[0]:,} to {line.steps[-1]:,} {line.unit}",
            xy=(1, found[line.name][-1]), xytext=(1.06, height), va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": line.color, "lw": 0.8, "shrinkB": 5, "relpos": (0, 0.5)},
        )  # fmt: skip
    ax.set(xlim=(0, 1), xlabel="how much, as a share of the most", ylabel="core milliseconds for a submission")
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.spines[["top", "right"]].set_visible(False)
    fig.savefig(path, dpi=110)


def labels(found: dict[str, list[float]], limits: tuple[float, float]) -> Iterator[tuple[Line, float]]:
    """Yield each line with the height of its label: as near to its end as the label below it allows."""
    least, before = 0.13 * (limits[1] - min(0.0, limits[0])), float("-inf")
    for line in sorted(LINES, key=lambda line: found[line.name][-1]):
        before = max(found[line.name][-1], before + least)
        yield line, before


if __name__ == "__main__":
    typer.run(main)
