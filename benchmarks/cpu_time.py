"""Run a command and tell what it took, by the clock and in core seconds, with every process that came of it.

The kernel tells a process what its children took for which it has waited, and for some processes of the grader nobody
waits. So they are put into a control group of their own (cgroup v2), where that may be made: as root, or inside a
session of systemd. Elsewhere the whole machine's time is counted, which is right where nothing else runs.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """What a command took: seconds by the clock, and core seconds."""

    seconds: float
    cpu: float


class Counter:
    """Counts the core seconds of the processes that join it, and of those that they start."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def join(self) -> None:
        """Have the process that calls this counted."""
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def core_seconds(self) -> float:
        if self.folder:
            return int((self.folder / "cpu.stat").read_text().split()[1]) / 1e6
        with open("/proc/stat") as file:
            user, nice, system = (int(field) for field in file.readline().split()[1:4])
        return (user + nice + system) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def counter() -> Iterator[Counter]:
    """Make a counter for one command."""
    folder = None
    with contextlib.suppress(OSError, StopIteration):
        mounts = (line.split() for line in open("/proc/self/mounts"))
        root = next(where for _, where, kind, *_ in mounts if kind == "cgroup2")
        own = next(line.strip()[4:] for line in open("/proc/self/cgroup") if line.startswith("0::/"))
        folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=Path(root, own)))
    try:
        yield Counter(folder)
    finally:
        while folder:  # it may be removed when the last process has gone
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.05)


def timed(command: list[str], folder: Path | str, cores: int | None = None) -> Taken:
    """Run a command on so many cores, or on all that there are; end this program where the command fails."""
    taken = sorted(os.sched_getaffinity(0))[:cores]
    with counter() as counted, tempfile.TemporaryFile("w+") as said:  # a pipe would be waited for until all have left

        def begin() -> None:
            os.sched_setaffinity(0, taken)
            counted.join()

        before, start = counted.core_seconds(), time.perf_counter()
        done = subprocess.run(command, cwd=folder, stdout=said, stderr=said, preexec_fn=begin)
        seconds, cpu = time.perf_counter() - start, counted.core_seconds() - before
        if done.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read()[-2000:]}")
    return Taken(seconds, cpu)
