"""Work on a stranger's data in a process of its own, which is killed when it takes too long or too much."""

import ctypes
import gc
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable

from .time_limit import TimeLimitExceeded, time_limit

PR_SET_PDEATHSIG = 1
IN_COPY = sys.platform == "linux"  # macOS's own libraries do not survive a fork, and Windows has none
LARGEST = 256 * 2**20  # bytes of a result
DONE, FAILED = b"+", b"-"  # with what the message begins that comes back


class NotDone(Exception):
    """The work is not done: it took too long or too much, or failed. The message says which, after "it"."""


def isolated(work: Callable[[], bytes], seconds: float, memory: int) -> bytes:
    """Have a copy of this process do some work, and return its result.

    What is loaded here is loaded there, and nothing that is done there is done here. Where there is no such copy, the
    work is done in this process, with a limit of time that only Python code keeps to.

    Parameters
    ----------
    work : callable
        Returns bytes. It may not need a lock that another thread of this process holds.
    seconds : float
        By the clock.
    memory : int
        Bytes of address space besides those that this process has.

    Raises
    ------
    NotDone
        If it takes more, or raises anything.
    """
    if not IN_COPY:
        return in_this_process(work, seconds)
    deadline, (ours, theirs) = time.monotonic() + seconds, os.pipe()
    parent, pid = os.getpid(), os.fork()
    if not pid:
        serve(work, theirs, memory, parent)
    os.close(theirs)
    ended = os.pidfd_open(pid)
    try:
        data = receive(ours, ended, deadline)
    except TimeoutError:
        raise NotDone(f"takes more than {seconds:g} s") from None
    finally:
        os.close(ours)
        os.close(ended)
        os.kill(pid, signal.SIGKILL)  # nobody else waits for it, so the number is still its own
        _, status = os.waitpid(pid, 0)
    if data[:1] == DONE:
        return data[1:]
    if data[:1] == FAILED:
        raise NotDone(data[1:].decode(errors="replace"))
    raise NotDone(f"ended its process ({os.waitstatus_to_exitcode(status)})")


def receive(connection: int, ended: int, deadline: float) -> bytes:
    """What comes by a pipe until it is closed, or its writer has ended.

    Raises
    ------
    TimeoutError
        If that takes too long.
    NotDone
        If it is far too much.
    """
    data = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select(max(0.0, deadline - time.monotonic()))}
            if not ready:
                raise TimeoutError
            if connection not in ready:  # it has ended, and all that it wrote is read
                return bytes(data)
            piece = os.read(connection, 1 << 20)
            if not piece:
                return bytes(data)
            data += piece
            if len(data) > LARGEST:
                raise NotDone(f"is larger than {LARGEST // 2**20} MiB")


def serve(work: Callable[[], bytes], connection: int, memory: int, parent: int) -> None:
    """What the copy does with its life. It never returns."""
    try:
        die_with_parent(parent)
        signal.set_wakeup_fd(-1)  # whoever started this may wait at the other end
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
        gc.freeze()  # to look at what is there already would copy it
        limit_memory(memory)
        message = DONE + work()
    except MemoryError:
        message = FAILED + f"takes more than {memory // 2**20} MiB of memory".encode()
    except BaseException as error:  # noqa: BLE001 - whatever it is, nothing else of this copy may run
        message = FAILED + f"fails ({type(error).__name__}: {error})"[:1000].encode(errors="replace")
    try:
        while message:
            message = message[os.write(connection, message) :]
    finally:
        os._exit(0)


def limit_memory(memory: int) -> None:
    """Allow this process so many more bytes of address space than it has now."""
    import resource  # here, because Windows has none

    with open("/proc/self/statm") as file:
        most = int(file.read().split()[0]) * resource.getpagesize() + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this process could not be tied to its parent")
    if os.getppid() != parent:  # it ended before it could be told
        os._exit(1)


def in_this_process(work: Callable[[], bytes], seconds: float) -> bytes:
    try:
        with time_limit(seconds):
            return work()
    except TimeLimitExceeded:
        raise NotDone(f"takes more than {seconds:g} s") from None
    except Exception as error:  # noqa: BLE001 - as in a process of its own
        raise NotDone(f"fails ({type(error).__name__}: {error})"[:1000]) from error
