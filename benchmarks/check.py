"""What ``check`` takes for one submission, beside loading nbgrader and NumPy: ``python -m benchmarks.check``.

Both are run in turn. Of what ``check`` takes, the submission's own time is taken off: that from the start of its
process to the last verdict, as its notebook says after grading.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import nbformat
import typer

from grading.autograde.grade import grade_submission
from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.course.results import usage
from grading.course.submission import Submission
from grading.sandbox import host

from .classes import machine, make_class
from .cpu_time import Taken, timed

LOAD = [sys.executable, "-c", "import nbgrader.api, numpy"]
HERE = Path(__file__).resolve().parent.parent


def main(rounds: Annotated[int, typer.Option(min=1, help="How often each is run.")] = 10) -> None:
    """Check a right submission."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        (student,) = make_class(course, 1)
        notebook = course.notebook("submitted", student)
        own = own_seconds(course, notebook, rounds)
        check = [sys.executable, "-m", "grading", "check", str(notebook)]
        timed(check, HERE), timed(LOAD, HERE)  # what is read from the disk for the first time
        pairs = [(timed(check, HERE), timed(LOAD, HERE)) for _ in range(rounds)]
    typer.echo(f"check              {told([pair[0] for pair in pairs])}")
    typer.echo(f"loading            {told([pair[1] for pair in pairs])}")
    typer.echo(f"the submission     {own:.2f} s")
    ratios = [(ours.seconds - own) / load.seconds for ours, load in pairs]
    typer.echo(
        f"check without the submission's own time / loading, pair by pair: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


def own_seconds(course: Course, notebook: Path, rounds: int) -> float:
    """The seconds that a submission takes itself, the median."""
    assignment = assignment_of(course, secret="")
    host.zygote(assignment.profile)
    found = []
    for number in range(rounds + 1):
        submission = Submission(f"student-{number}", {notebook.stem: notebook.read_bytes()})
        graded = grade_submission(assignment, submission).notebooks[notebook.stem]
        found.append(usage(nbformat.reads(graded.data.decode(), as_version=4))["seconds"])
    return statistics.median(found[1:])


def told(taken: list[Taken]) -> str:
    seconds, cpu = [one.seconds for one in taken], [one.cpu for one in taken]
    return (
        f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), "
        f"{statistics.median(cpu):.2f} core seconds ({min(cpu):.2f} to {max(cpu):.2f})"
    )


if __name__ == "__main__":
    typer.run(main)
