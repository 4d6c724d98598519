"""Load modules in less time, and whole."""

import contextlib
import gc
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Modules are loaded in here while other threads may load some, too."""
    with uninterrupted(), uncollected():
        yield


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """What is made in here is never looked at as garbage: of modules there is hardly any, and to look takes long."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """A Ctrl-C in here is heard at the end. Amid an import it would leave a lock for which other threads wait."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
