"""Run a command and tell its time, its core seconds, and the memory that it and its processes have held at most."""

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .child import memory_of
from .cpu_time import counter

EVERY = 0.1  # seconds between two looks


@dataclass
class Used:
    """What a command took: seconds by the clock, core seconds, and MB.

    Attributes
    ----------
    seconds, cpu : float
    own : float
        The most that the command itself has held.
    others : float
        The most that all processes together have held that came of it; what several share is counted once.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    own: float = 0.0
    others: float = 0.0

    def look(self, pid: int) -> None:
        """See what the processes hold now."""
        with contextlib.suppress(OSError, ValueError):  # it has ended
            self.own = max(self.own, memory_of(pid, "VmHWM"))
        others = 0.0
        for child in descendants(pid):
            with contextlib.suppress(OSError, ValueError):
                others += memory_of(child, "Pss")
        self.others = max(self.others, others)


def descendants(pid: int) -> Iterator[int]:
    """Find the processes that came of one and are still its own."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))


def used(command: list[str], folder: Path | str) -> Used:
    """Run a command; end this program where the command fails."""
    found, ended = Used(), threading.Event()
    with counter() as counted, tempfile.TemporaryFile("w+") as said:
        before, start = counted.core_seconds(), time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, preexec_fn=counted.join)

        def watch() -> None:
            while not ended.wait(EVERY):
                found.look(process.pid)

        watcher = threading.Thread(target=watch)
        watcher.start()
        status = process.wait()
        found.seconds, found.cpu = time.perf_counter() - start, counted.core_seconds() - before
        ended.set()
        watcher.join()
        if status:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read()[-2000:]}")
    return found
