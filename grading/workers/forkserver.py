"""The process that workers on this machine are forked from, with all that they need loaded."""

import contextlib
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from multiprocessing import resource_tracker, util

from ..util.errors import CourseError
from ..util.imports import interrupts_delayed

WORKER = "grading.autograde.worker"  # the module that workers need; it needs this one, so it is not imported here
CORES = "grading.cores"  # the setting that says on which cores they run
# Windows has none, and what macOS's own libraries start at once does not survive a fork.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"


def load_and_start() -> None:
    """Load here what workers need, and start it as a copy of this process: another would have to load it all again.

    Raises
    ------
    CourseError
        As `start` does.
    """
    with single_threaded_blas():
        importlib.import_module(WORKER)
    alone = METHOD == "forkserver" and len(os.listdir("/proc/self/task")) == 1
    with copied() if alone else contextlib.nullcontext():  # what other threads hold, a copy would wait for
        start()


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

    util.abstract_sockets_supported = False  # anybody could talk to one (CVE-2022-42919)
    forkserver.set_forkserver_preload([WORKER])
    try:
        with interrupts_ignored(), single_threaded_blas():
            forkserver.ensure_running()
    except OSError as error:
        where = tempfile.gettempdir()
        raise CourseError(f"workers cannot be started from {where} ({error}): set TMPDIR to a short path") from None


@contextlib.contextmanager
def copied() -> Iterator[None]:
    """What multiprocessing starts in here, to run a command, is a copy of this process and no new Python."""
    resource_tracker.ensure_running()  # that one is to be a new one
    spawn, before = util.spawnv_passfds, open_files()

    def copy(path: str, args: list[str], passed: list[int]) -> int:
        util.spawnv_passfds = spawn
        if pid := os.fork():
            return pid
        try:
            # A new one would not get these. One is the end of a pipe by which it hears that nobody else has that end.
            for descriptor in open_files() - before - set(passed):
                os.close(descriptor)
            exec(args[-1], {})
        except SystemExit:
            pass
        except BaseException:  # noqa: BLE001 - of the copy nothing else is to run
            traceback.print_exc()
        finally:
            os._exit(0)

    util.spawnv_passfds = copy
    try:
        yield
    finally:
        util.spawnv_passfds = spawn


def open_files() -> set[int]:
    """The descriptors of this process."""
    folder = "/proc/self/fd"
    return {int(name) for name in os.listdir(folder) if os.path.lexists(f"{folder}/{name}")}  # to list them took one


@contextlib.contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Threads that start in here, and the processes that those start, hear no Ctrl-C: it is for the main thread.

    That one then stops the others; each of them would print a traceback otherwise.
    """
    if os.name == "posix":
        resource_tracker.ensure_running()  # lest the first process that is spawned do it, and unblock the signal
    with interrupts_delayed():
        yield


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
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
