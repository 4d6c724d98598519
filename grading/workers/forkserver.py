"""The fork server: the process with all modules loaded from which local workers are forked."""

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
# Windows has none, and what macOS's own libraries start at once does not survive a fork.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"


def load_and_start() -> None:
    """Import what workers need, and start the fork server as a copy of this process.

    Raises
    ------
    CourseError
        As `start` does.
    """
    with single_threaded_blas():
        importlib.import_module(WORKER)
    alone = METHOD == "forkserver" and len(os.listdir("/proc/self/task")) == 1
    # with other threads it is not copied: what they hold, the copy would wait for
    with forking_this_process() if alone else contextlib.nullcontext():
        start()


def start() -> None:
    """Start the fork server if it is not running; do not wait for it.

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
def forking_this_process() -> Iterator[None]:
    """Make multiprocessing fork this process in this block, where it would start a new Python."""
    resource_tracker.ensure_running()  # that one is to be a new one
    spawn, before = util.spawnv_passfds, open_descriptors()

    def copy(path: str, args: list[str], passed: list[int]) -> int:
        util.spawnv_passfds = spawn
        if pid := os.fork():
            return pid
        try:
            # A new one would not get these. One is the end of a pipe by which it hears that nobody else has that end.
            for descriptor in open_descriptors() - before - set(passed):
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


def open_descriptors() -> set[int]:
    """Return the open file descriptors of this process."""
    folder = "/proc/self/fd"
    return {int(name) for name in os.listdir(folder) if os.path.lexists(f"{folder}/{name}")}  # to list them took one


@contextlib.contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Start threads and processes in this block that ignore Ctrl-C; the main thread handles it.

    That one then stops the others; each of them would print a traceback otherwise.
    """
    if os.name == "posix":
        resource_tracker.ensure_running()  # lest the first process that is spawned do it, and unblock the signal
    with interrupts_delayed():
        yield


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Start processes in this block that use one BLAS thread each."""
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
