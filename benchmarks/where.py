"""Where the time goes for one submission: ``python -m benchmarks.where [--picture FILE.png]``."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import matplotlib.pyplot as plt
import typer

from grading.autograde import grade
from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.course.submission import Submission
from grading.exams.optimizers import illustration, judge
from grading.sandbox import host

from .classes import machine, make_class
from .parts import REST, Clock

PARTS = {
    "reading and restoring the notebook": [(grade, "parse_submission"), (grade, "restore")],
    "starting and ending the process": [(host.Child, "__init__"), (host.Child, "close")],
    "its cells and traces": [(host.Child, "receive")],
    "reading the traces": [(judge, "received_trace")],
    "drawing cases, judging": [(judge.ClassExamination, "__init__"), (judge.ClassJudgement, "take")],
    "naming the mistake": [(judge.ClassExamination, "nearest"), (illustration, "illustration")],
}
KINDS = {"perfect": "a right submission", "adam-epsilon-in-root": "one mistake", "untouched": "nothing written"}


def main(
    times: Annotated[int, typer.Option(help="Students of each kind.")] = 10,
    picture: Annotated[Path | None, typer.Option(help="Where to draw it.")] = None,
) -> None:
    """Grade some submissions in this process, with a clock at every part."""
    typer.echo(machine())
    clock = Clock(time.perf_counter)
    for part, functions in PARTS.items():
        for place, name in functions:
            setattr(place, name, clock.timed(part, getattr(place, name)))
    shares = {}
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        students = make_class(course, 24)
        assignment = assignment_of(course, secret="")
        handed_in = {kind: next(s for s in students if s.endswith(kind)) for kind in KINDS}
        host.zygote(assignment.profile)
        first = course.notebook("submitted", students[0]).read_bytes()
        grade.grade_submission(assignment, Submission("warm", {course.notebook_name: first}))
        for kind, student in handed_in.items():
            notebook = course.notebook("submitted", student).read_bytes()
            clock.restart()
            for number in range(times):
                grade.grade_submission(assignment, Submission(f"{kind}-{number}", {course.notebook_name: notebook}))
            clock.change()
            shares[kind] = {part: 1000 * clock.seconds[part] / times for part in [*PARTS, REST]}
            typer.echo(f"\n{KINDS[kind]}: {sum(shares[kind].values()):.0f} ms")
            for part, milliseconds in sorted(shares[kind].items(), key=lambda item: -item[1]):
                typer.echo(f"  {milliseconds:6.0f} ms  {part}")
    if picture:
        draw(shares, picture)


def draw(shares: dict[str, dict[str, float]], path: Path) -> None:
    """One bar for each kind of submission, the parts one after the other."""
    colors = ["#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#BBBBBB"]  # Okabe and Ito
    hatches = ["", "//", "", "..", "", "xx", ""]
    fig, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
    for row, kind in enumerate(reversed(shares)):
        left = 0.0
        for (part, width), color, hatch in zip(shares[kind].items(), colors, hatches, strict=True):
            ax.barh(
                row, width, left=left, color=color, hatch=hatch, edgecolor="white", label=part if row == 0 else None
            )
            if width > 45:
                ax.text(left + width / 2, row, f"{width:.0f}", ha="center", va="center",
                        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"})  # fmt: skip
            left += width
    ax.set(yticks=range(len(shares)), yticklabels=[KINDS[kind] for kind in reversed(shares)], xlabel="milliseconds")
    ax.spines[["top", "right"]].set_visible(False)
    fig.legend(loc="outside lower center", ncols=3, frameon=False)
    fig.savefig(path, dpi=110)


if __name__ == "__main__":
    typer.run(main)
