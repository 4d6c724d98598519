"""Stop what takes too long in a thread where no signal comes. What runs there must be Python, not C."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

AGAIN = 0.05  # seconds until it is told once more, in case it did not listen


class TookTooLong(BaseException):
    """Not an Exception, so that no ``except Exception`` takes it for its own."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in a block that does not end in time, whatever thread it runs in."""
    thread, over, lock = threading.get_ident(), threading.Event(), threading.Lock()

    def watch():
        wait = seconds
        while not over.wait(wait):
            with lock:
                if not over.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TookTooLong))
            wait = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        while not over.is_set():
            with suppress(TookTooLong):  # told once more on the way out
                with lock:
                    over.set()
    watcher.join()
