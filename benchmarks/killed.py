"""Kill the coordinator again and again, and compare the gradebook with that of a run that nobody disturbed.

``python -m benchmarks.killed [--kills 50]``

Each time, SIGKILL comes a random moment after the first submission of a run was graded, and a run starts again. When
all are graded, some hand in another solution, and it goes on. At the end, the gradebook, the autograded notebooks and
the pages must be those of one undisturbed run.
"""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import typer

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT

from .classes import machine, make_class


def main(kills: int = 50, students: int = 12, seed: int = 7) -> None:
    """Kill, resume, compare."""
    typer.echo(machine())
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder, "killed"))
        course.root.mkdir()
        names = make_class(course, students)
        solutions = [course.notebook("submitted", name).read_bytes() for name in names]
        killed = runs = 0
        while killed < kills:
            runs += 1
            if run(course, rng):
                killed += 1
                typer.echo(f"\rkilled {killed} times", nl=False)
            else:
                for name in rng.sample(names, students // 2):
                    course.notebook("submitted", name).write_bytes(rng.choice(solutions))
        subprocess.run(command(course), check=True, capture_output=True)

        undisturbed = Course(Path(folder, "undisturbed"))
        undisturbed.root.mkdir()
        make_class(undisturbed, 0)
        shutil.copytree(course.root / "submitted", undisturbed.root / "submitted", dirs_exist_ok=True)
        subprocess.run(command(undisturbed), check=True, capture_output=True)
        same = state(course) == state(undisturbed)
    typer.echo(f"\n{killed} kills, {runs - killed} runs that ended first: the same gradebook and files: {same}")
    if not same:
        raise SystemExit(1)


def command(course: Course) -> list[str]:
    return [sys.executable, "-m", "grading", "autograde", "--course", str(course.root)]


def run(course: Course, rng: random.Random) -> bool:
    """Grade, and kill whoever does it. Returns whether it came to that."""
    before = newest(course)
    process = subprocess.Popen(
        command(course), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=DEFAULT_COURSE.parent
    )
    while process.poll() is None and newest(course) == before:
        time.sleep(0.005)
    try:
        process.wait(rng.uniform(0, 4))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def newest(course: Course) -> float:
    """When the gradebook was last written."""
    return (course.root / "gradebook.db").stat().st_mtime


def state(course: Course) -> dict:
    """What the gradebook and the folders say of everybody, without what differs from run to run."""
    with course.gradebook() as gradebook:
        grades = {
            submission.student.id: [
                (g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for g in grades_of(submission)
            ]
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }
    files = {
        path.relative_to(course.root)
        for step in ("autograded", "feedback", ".partial")
        for path in course.root.joinpath(step).rglob("*")
    }
    return {"grades": grades, "files": files}


def grades_of(submission) -> list:
    return sorted(submission.notebooks[0].grades, key=lambda grade: grade.name)


if __name__ == "__main__":
    typer.run(main)
