"""What a student waits for outside the lesson's cells: ``python -m benchmarks.student [--rounds 5]``.

Imports and `diagnose` run in a Python of their own each time, beside the import of what they stand on; the core
seconds say what it would be on a machine that does nothing else. *Validate* runs as the button in JupyterLab does, on
the lesson as students get it with all solutions, beside a notebook with one empty test.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import typer
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.validator import Validator
from traitlets.config import Config

from grading.course.course import Course
from grading.course.sample import fill_in, generate

from .classes import machine

HERE = Path(__file__).resolve().parent.parent
# Prints what some lines take, by the clock and in core seconds, without the start of Python and what comes before.
TIMED = """{before}
import time; begin, cpu = time.perf_counter(), time.process_time()
{what}
print(time.perf_counter() - begin, time.process_time() - cpu)"""
DIAGNOSE = "from diagnosis import diagnose; diagnose(Adam)"
WRONG = """
import numpy as np
from tinytorch.core.optimizers import Adam as Right
class Adam(Right):
    def first_estimate(self, average, beta):
        return average
    def step(self):
        lr, self.lr = self.lr, 2 * self.lr
        super().step()
        self.lr = lr
"""
CASES = [
    ("import numpy, matplotlib.pyplot", "", "import numpy, matplotlib.pyplot"),
    ("from tinytorch import viz", "", "from tinytorch import viz"),
    ("the import of diagnose, and diagnose(Adam), right", "from tinytorch.core.optimizers import Adam", DIAGNOSE),
    ("the import of diagnose, and diagnose(Adam), wrong", WRONG, DIAGNOSE),
]


def main(rounds: int = 5) -> None:
    """Measure each in turn."""
    typer.echo(machine())
    taken = {name: [] for name, *_ in CASES}
    for _ in range(rounds):
        for name, before, what in CASES:
            taken[name].append(seconds(before, what))
    for name, values in taken.items():
        clock, cpu = zip(*values, strict=True)
        typer.echo(f"{name:52} {spread(clock)}, {statistics.median(cpu):.2f} core seconds")
    with tempfile.TemporaryDirectory() as folder:
        lesson, empty = notebooks(Path(folder))
        pairs = [(validated(empty), validated(lesson)) for _ in range(rounds)]
    for name, values in zip(
        ("Validate, one empty test", "Validate, the lesson"), zip(*pairs, strict=True), strict=True
    ):
        typer.echo(f"{name:52} {spread(values)}")


def spread(values) -> str:
    """The median, and what lies beside it."""
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def seconds(before: str, what: str) -> list[float]:
    """What some lines take in a new Python, by the clock and in core seconds."""
    program = TIMED.format(before=before, what=what)
    said = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    return list(map(float, said.stdout.splitlines()[-1].split()))


def notebooks(folder: Path) -> tuple[Path, Path]:
    """Make the lesson with all solutions, and a notebook with one test."""
    course = Course(folder)
    filled = fill_in(generate(course), course.lesson)
    lesson = Path(shutil.copytree(course.lesson_path.parent, folder / "work")) / course.lesson_path.name
    nbformat.write(filled, lesson)
    role = {"grade_id": "test", "grade": True, "points": 1, "locked": True, "solution": False, "task": False}
    cell = new_code_cell("pass", metadata={"nbgrader": role | {"schema_version": 3, "cell_type": "code"}})
    nbformat.write(
        new_notebook(cells=[cell], metadata={"kernelspec": filled.metadata.kernelspec}), folder / "empty.ipynb"
    )
    return lesson, folder / "empty.ipynb"


def validated(path: Path) -> float:
    """Validate a notebook as students' settings have it; the seconds that it takes."""
    config = Config()
    config.Execute.skip_cells_with_tag = "explore"
    begin = time.perf_counter()
    found = Validator(config=config).validate(str(path))
    if found.get("failed"):
        sys.exit(f"{path} does not pass: {found['failed'][0]}")
    return time.perf_counter() - begin


if __name__ == "__main__":
    typer.run(main)
