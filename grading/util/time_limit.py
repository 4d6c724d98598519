"""Stop Python code that takes too long, in a thread that gets no signals."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

RETRY = 0.05  # seconds until the exception is raised once more, in case the code swallowed it


class TimeLimitExceeded(BaseException):
    """Code ran longer than its limit. Not an Exception, so that no ``except Exception`` swallows it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimitExceeded in a block that runs longer than this; code in C is not stopped."""
    thread, over, lock = threading.get_ident(), threading.Event(), threading.Lock()

    def watch():
        wait = seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(thread), ctypes.py_object(TimeLimitExceeded)
                    )
            wait = RETRY

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        while not over.is_set():
            with suppress(TimeLimitExceeded):  # told once more on the way out
                with lock:
                    over.set()
    watcher.join()
