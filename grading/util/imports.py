"""Import modules faster, and without a Ctrl-C in the middle of an import."""

import contextlib
import gc
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def fast_imports() -> Iterator[None]:
    """Import modules inside this block, also while other threads import some."""
    with interrupts_delayed(), gc_disabled():
        yield


@contextlib.contextmanager
def gc_disabled() -> Iterator[None]:
    """Switch garbage collection off in this block, and never look again at what it made.

    Modules contain hardly any garbage, and looking for it takes long.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def interrupts_delayed() -> Iterator[None]:
    """Delay a Ctrl-C until this block ends.

    In the middle of an import it would leave a lock for which other threads wait.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
