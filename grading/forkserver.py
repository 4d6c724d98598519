"""The process that workers on this machine are forked from, with all that they need loaded."""

import contextlib
import multiprocessing
import multiprocessing.util
import os
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import resource_tracker

from .home import CourseError
from .loading import uninterrupted

WORKER = "grading.worker"  # the module that workers need
# Windows has none, and what macOS's own libraries start at once does not survive a fork.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"


def start() -> None:
    """Start it, and do not wait for it; if it is there, leave it as it is.

    Raises
    ------
    CourseError
        If its socket, which is among the temporary files, cannot be made.
    """
    if METHOD != "forkserver":
        return
    from multiprocessing import forkserver

    multiprocessing.util.abstract_sockets_supported = False  # anybody could talk to one (CVE-2022-42919)
    forkserver.set_forkserver_preload([WORKER])
    try:
        with deaf(), one_thread():
            forkserver.ensure_running()
    except OSError as error:
        where = tempfile.gettempdir()
        raise CourseError(f"workers cannot be started from {where} ({error}): set TMPDIR to a short path") from None


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Threads that start in here, and the processes that those start, hear no Ctrl-C: it is for the main thread.

    That one then stops the others; each of them would print a traceback otherwise.
    """
    if os.name == "posix":
        resource_tracker.ensure_running()  # lest the first process that is spawned do it, and unblock the signal
    with uninterrupted():
        yield


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Processes that start in here compute in one thread each: there is one for each core, and some are forked from."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
