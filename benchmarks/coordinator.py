"""The coordinator's own ceiling: submissions a second that it can hand out and write down, and the memory it takes.

``python -m benchmarks.coordinator [--students 5000]``

Workers, the gradebook and the files are real; only grading is replaced by recorded results.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import typer

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.workers.local_pool import local_workers

from .child import memory_of
from .classes import machine, make_class
from .recorded import RecordedPool


def main(students: int = 5000, workers: int = 2) -> None:
    """Grade a class whose results are known."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        make_class(course, students)
        marks = {}

        def watched(what: str, done: Iterator, total: int) -> Iterator:
            for number, one in enumerate(done):
                if number in (30, 100, students // 2, students - 1):  # by the 30th, every kind is recorded
                    marks[number] = time.perf_counter(), time.process_time(), memory_of("self", "VmRSS")
                yield one

        with local_workers(workers) as crew:
            autograde_class(course, lambda assignment: RecordedPool(assignment, crew), False, watched, False)
        first, *_, last = marks
        for number, (*_, memory) in marks.items():
            typer.echo(f"memory after {number + 1:5} submissions  {memory:.0f} MB")
        rate = (last - first) / (marks[last][0] - marks[first][0])
        typer.echo(f"ceiling  {rate:.1f} submissions a second, {1000 / rate:.1f} ms each")
        cpu = 1000 * (marks[last][1] - marks[first][1]) / (last - first)
        typer.echo(f"of its core  {cpu:.1f} ms each, so {1000 / cpu:.1f} a second if it has one to itself")


if __name__ == "__main__":
    typer.run(main)
