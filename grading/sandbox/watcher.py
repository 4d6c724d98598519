"""Look at what a running child uses of what the kernel does not count for us, whatever else the host does meanwhile."""

import threading
from collections.abc import Callable
from pathlib import Path

from .limits import Limits, MiB
from .usage import Unmeasurable, is_ending, nameless, threads_of, usage

PAUSE = 0.05  # seconds between two looks


class Watcher:
    """A thread that looks at a child's threads and files until it is stopped, and ends a child that has too many.

    Judging takes its time, and so does reading a long message: whoever did both and looked would look too late.

    Parameters
    ----------
    pid : int
    scratch : Path
        The folder that the child writes in.
    limits : Limits
    kill : callable
        Ends the child.
    """

    def __init__(self, pid: int, scratch: Path, limits: Limits, kill: Callable[[], None]) -> None:
        self.pid, self.scratch, self.limits, self.kill = pid, scratch, limits, kill
        self.found, self.fault, self.nameless = "", None, 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, name="watcher", daemon=True)
        self.thread.start()

    def stop(self) -> str:
        """Look no more, and return why the child was ended, in words for a student; empty if it was not.

        Afterwards its process id may be another's.

        Raises
        ------
        OSError
            If the child was ended because it could not be looked at, by no fault of its own.
        """
        self.stopped.set()
        self.thread.join()
        if self.fault:
            raise self.fault
        return self.found

    def run(self) -> None:
        looks = 0
        try:
            while not self.stopped.wait(PAUSE):
                if looks % 4 == 0:
                    self.look_for_nameless()
                looks += 1
                if found := self.look():
                    self.found = found
                    self.kill()
                    return
        except Exception as error:  # noqa: BLE001 - whoever waits for the child is told
            self.fault = error
            self.kill()

    def look_for_nameless(self) -> None:
        """Measure the files without a name. It takes a millisecond, and the kernel bounds them by itself."""
        try:
            self.nameless = nameless(self.pid, self.scratch)
        except PermissionError:  # of a process that is ending, the kernel tells nobody but root
            if not is_ending(self.pid):
                raise

    def look(self) -> str:
        """Why the child is to end, in words for a student; empty if it may go on."""
        limits = self.limits
        if threads_of(self.pid) > limits.threads:
            return f"it had more than {limits.threads} threads"
        try:
            size, count = usage(self.scratch, limits.scratch_files)
        except Unmeasurable as unmeasurable:
            return str(unmeasurable)
        if size + self.nameless > limits.scratch_size or count > limits.scratch_files:
            return f"it wrote more than {limits.scratch_size // MiB} MiB, or more than {limits.scratch_files} files"
        return ""
