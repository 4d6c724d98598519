"""Kill every kind of process that grading has, again and again, and compare with a run that nobody disturbed.

``python -m benchmarks.killed [--kills 50] [--students 12] [--seed 7]``

Each time, SIGKILL comes at a random moment, to a process of a kind that is drawn: the coordinator, a worker, the
template, a zygote, a child. A run that has ended, or whose coordinator was killed, is started again; when all are
graded, some hand in another solution, and it goes on. At the end, the gradebook, ``grades.csv``, the autograded
notebooks and the pages must be those of one undisturbed run, no process may be left, and no file among the temporary
ones.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import typer

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.examiner.secret import SECRET_FILE
from tests.course07 import ASSIGNMENT

from .classes import machine, make_class

KINDS = ("coordinator", "worker", "template", "zygote", "child")
LONGEST = 600.0  # seconds for whatever must come at some time
TICK = 0.002


def main(kills: int = 50, students: int = 12, seed: int = 7) -> None:
    """Kill, resume, compare."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        with Trial(Path(folder), students, random.Random(seed)) as trial:
            trial.kill(kills, lambda line: typer.echo(f"\r\033[K{line}", nl=False))
            trial.end()
            typer.echo(f"\r\033[K{kills} kills ({counted(trial.killed)}), {trial.runs} runs")
            differences = trial.differences()
    for difference in differences:
        typer.echo(difference)
    typer.echo("the same as one undisturbed run" if not differences else f"{len(differences)} differences")
    if differences:
        raise SystemExit(1)


class Trial:
    """A class that is graded while processes are killed.

    Parameters
    ----------
    folder : Path
        An empty one. The temporary files of all runs lie in it, too.
    students : int
    rng : random.Random
        Draws whom to kill, and when; but a machine is never twice as fast.
    """

    def __init__(self, folder: Path, students: int, rng: random.Random) -> None:
        self.rng, self.temporary = rng, folder / "tmp"
        self.temporary.mkdir()
        self.course, self.undisturbed = (made_course(folder / name) for name in ("killed", "undisturbed"))
        self.students = make_class(self.course, students)
        make_class(self.undisturbed, 0)
        self.solutions = [self.course.notebook("submitted", name).read_bytes() for name in self.students]
        self.killed: Counter[str] = Counter()
        self.runs = 0
        self.coordinator: subprocess.Popen | None = None

    def __enter__(self) -> "Trial":
        return self

    def __exit__(self, *error) -> None:
        if self.coordinator and self.coordinator.poll() is None:
            self.coordinator.kill()
            self.coordinator.wait()

    def kill(self, kills: int, show: Callable[[str], None] = lambda line: None) -> None:
        """Kill so many processes, of each kind the same number."""
        kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
        self.rng.shuffle(kinds)
        for number, kind in enumerate(kinds):
            show(f"{number} of {kills} killed, run {self.runs}, waiting for a {kind}")
            self.go_on()
            wait_until = time.monotonic() + self.rng.uniform(0, 3)
            while time.monotonic() < wait_until or not self.kill_one(kind):
                if time.monotonic() > wait_until + LONGEST:
                    raise TimeoutError(f"there was no {kind} to kill for {LONGEST:g} s")
                self.go_on()
                time.sleep(TICK)
            self.killed[kind] += 1

    def kill_one(self, kind: str) -> bool:
        """Kill a process of a kind; returns whether there was one."""
        alive = [process for process in self.processes() if process.kind == kind]
        if not alive:
            return False
        victim = self.rng.choice(alive)
        try:
            handle = os.pidfd_open(victim.pid)
        except ProcessLookupError:
            return False
        try:
            if victim not in self.processes():  # between two looks, its number may have become another's
                return False
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        if kind == "coordinator":
            self.coordinator.wait()
        return True

    def go_on(self) -> None:
        """Start a run if there is none; if one has graded everybody, some hand in something else before that."""
        if self.coordinator is not None:
            status = self.coordinator.poll()
            if status is None:
                return
            if status not in (0, 1, -signal.SIGKILL):  # 1: somebody was killed twice, and is to be tried again
                raise RuntimeError(f"a run ended with status {status}:\n{self.log.read_text()}")
            if status == 0:
                for name in self.rng.sample(self.students, len(self.students) // 2):
                    self.course.notebook("submitted", name).write_bytes(self.rng.choice(self.solutions))
        self.start()

    def start(self) -> None:
        self.runs += 1
        environment = os.environ | {"TMPDIR": str(self.temporary)}
        with open(self.log, "w") as log:
            self.coordinator = subprocess.Popen(
                command(self.course), stdout=log, stderr=log, cwd=DEFAULT_COURSE.parent, env=environment
            )

    @property
    def log(self) -> Path:
        return self.temporary.with_name("log")

    def end(self) -> None:
        """Let the last run end, and have one more that nobody disturbs; then grade the same without any kills."""
        self.coordinator.wait(LONGEST)
        self.wait_for_the_end()
        self.start()
        if self.coordinator.wait(LONGEST):
            raise RuntimeError(f"the last run, which nobody has disturbed, failed:\n{self.log.read_text()}")
        self.wait_for_the_end()
        shutil.copytree(self.course.root / "submitted", self.undisturbed.root / "submitted", dirs_exist_ok=True)
        shutil.copy(self.course.root / SECRET_FILE, self.undisturbed.root)  # with another, other numbers are drawn
        subprocess.run(command(self.undisturbed), check=True, capture_output=True)

    def wait_for_the_end(self) -> None:
        """Wait until no process is left of those that the runs have started."""
        until = time.monotonic() + LONGEST
        while left := self.processes():
            if time.monotonic() > until:
                raise RuntimeError(f"still running: {left}")
            time.sleep(TICK)

    def differences(self) -> list[str]:
        """What is not as it would be without the kills, in words; empty if nothing."""
        ours, theirs = state(self.course), state(self.undisturbed)
        names = sorted(ours.keys() | theirs.keys())
        found = [f"{name}: differs" for name in names if ours.get(name) != theirs.get(name)]
        return found + [f"left among the temporary files: {path}" for path in sorted(self.temporary.rglob("*"))]

    def processes(self) -> list["Process"]:
        """The processes of all runs that have not ended."""
        marker, seen = os.fsencode(self.temporary), {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    if marker in Path("/proc", entry, "environ").read_bytes():
                        seen[int(entry)] = parent_and_command(int(entry))
                except OSError:  # it has ended meanwhile, or is somebody else's
                    continue
        coordinator = self.coordinator.pid if self.coordinator else 0
        return [Process(pid, kind_of(pid, seen, coordinator)) for pid in seen]


@dataclass(frozen=True)
class Process:
    """A process of a run, and which kind it is; another one, such as that which tracks resources, is of no kind."""

    pid: int
    kind: str


def kind_of(pid: int, seen: dict[int, tuple[int, bytes]], coordinator: int) -> str:
    """Tell the kind of a process by who has started it."""
    if pid == coordinator:
        return "coordinator"
    parent, command = seen[pid]
    sandboxed = 0
    while b"grading.sandbox.zygote" in command:
        sandboxed += 1
        parent, command = seen.get(parent, (0, b""))
    if sandboxed:
        return ("template", "zygote", "child")[sandboxed - 1]
    above, _ = seen.get(parent, (0, b""))
    return "worker" if above == coordinator and b"tracker" not in command else ""


def parent_and_command(pid: int) -> tuple[int, bytes]:
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(status[1]), Path(f"/proc/{pid}/cmdline").read_bytes()


def made_course(root: Path) -> Course:
    root.mkdir()
    return Course(root)


def command(course: Course) -> list[str]:
    return [sys.executable, "-m", "grading", "autograde", "--course", str(course.root)]


def state(course: Course) -> dict[str, object]:
    """What grading has made, without what differs from run to run: the times that it took."""
    found = {str(path.relative_to(course.root)): None for path in course.root.glob(".*.partial")}
    for name in ("autograded", "feedback", ".partial", "grades.csv"):
        for path in [course.root / name, *(course.root / name).rglob("*")]:
            if path.is_file():
                found[str(path.relative_to(course.root))] = contents(path)
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            (notebook,) = submission.notebooks
            grades = {
                (g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade) for g in notebook.grades
            }
            comments = {(c.name, c.auto_comment, c.manual_comment) for c in notebook.comments}
            found[f"gradebook: {submission.student.id}"] = grades, comments, notebook.late_submission_penalty
    return found


def contents(path: Path) -> object:
    if path.suffix != ".ipynb":
        return path.read_bytes()
    nb = nbformat.read(path, as_version=4)
    nb.metadata.pop("usage", None)
    return nb


def counted(killed: Counter[str]) -> str:
    return ", ".join(f"{killed[kind]} {kind}" for kind in KINDS)


if __name__ == "__main__":
    typer.run(main)
