"""What the report and the exports of a large class take, and how both grow: ``python -m benchmarks.large_class``.

Makes a class whose results are known beforehand, in which everybody has some code of their own, and lets it grow. At
each size it runs `python -m grading report --names` and `export` with the points for each question, and prints the
time, the core seconds, the most memory of the command, and that of all processes that came of it. With ``--feedback``
it also exports the pages of feedback, which takes long: workers make them all. Each time stands beside that of
`python -c "import nbgrader.api, numpy"` in the same run.
"""

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.workers.local_pool import local_workers

from .classes import machine, make_class
from .memory import used
from .recorded import RecordedPool

HERE = Path(__file__).resolve().parent.parent
SIZES = [500, 1000, 2500, 5000]
ANCHOR = b'"class Adam(Optimizer)'  # in JSON, the line before which everybody gets some code of their own


def main(
    students: Annotated[list[int] | None, typer.Option(help="Sizes of the class.", show_default=str(SIZES))] = None,
    feedback: Annotated[bool, typer.Option("--feedback", help="Export the pages of feedback, too.")] = False,
) -> None:
    """Let a class grow, and measure at each size."""
    sizes = sorted(students or SIZES)
    typer.echo(machine())
    importing = used([sys.executable, "-c", "import nbgrader.api, numpy"], HERE).seconds
    typer.echo(f"import nbgrader.api, numpy  {importing:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        waiting = make_class(course, sizes[-1])
        (course.root / "submitted").rename(course.root / "waiting")
        (course.root / "submitted").mkdir()
        for before, size in zip([0, *sizes], sizes, strict=False):
            add(course, waiting[before:size])
            for name, options in commands(folder, feedback):
                found = used([sys.executable, "-m", "grading", *options, "--course", folder], HERE)
                typer.echo(
                    f"{name:17} {size:5} students  {found.seconds:6.1f} s ({found.seconds / importing:.1f} imports)  "
                    f"{found.cpu:6.1f} core seconds  {found.own:4.0f} MB, and its processes {found.others:4.0f} MB"
                )


def commands(folder: str, feedback: bool) -> list[tuple[str, list[str]]]:
    """Return what is measured: its name, and the command's words."""
    made = [
        ("report", ["report", "--names", "--csv", os.path.join(folder, "report.csv")]),
        ("export", ["export", "--to", "canvas", "--questions", os.path.join(folder, "questions.csv")]),
    ]
    if feedback:
        made.append(
            ("export --feedback", ["export", "--to", "canvas", "--feedback", os.path.join(folder, "pages.zip")])
        )
    return made


def add(course: Course, students: list[str]) -> None:
    """Hand in what some students have waiting, grade it, and give each autograded notebook code of its own."""
    for student in students:
        (course.root / "waiting" / student).rename(course.root / "submitted" / student)
    with local_workers(2) as crew:
        autograde_class(course, lambda assignment: RecordedPool(assignment, crew), feedback=False)
    rng = random.Random(len(students))
    for path in (course.notebook("autograded", student) for student in students):
        if path.exists():
            numbers = ", ".join(str(rng.randrange(1000)) for _ in range(80))
            data = path.read_bytes().replace(ANCHOR, f'"OWN = [{numbers}]\\n",\n    '.encode() + ANCHOR, 1)
            path.chmod(0o644)
            path.write_bytes(data)


if __name__ == "__main__":
    typer.run(main)
