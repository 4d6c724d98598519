"""Import modules faster, and without a Ctrl-C in the middle of an import."""

import contextlib
import gc
import signal
import sys
from collections.abc import Iterator

# What jsonschema loads to check the form of internet addresses. It builds a parser for them, which takes as long as all
# of nbgrader, and no address is checked here.
UNUSED = "rfc3987_syntax"


@contextlib.contextmanager
def fast_imports() -> Iterator[None]:
    """Import modules inside this block, also while other threads import some."""
    with interrupts_delayed(), gc_disabled(), unused_left_out():
        yield


@contextlib.contextmanager
def unused_left_out() -> Iterator[None]:
    """Leave out in this block what takes long to import and is not used; whoever can do without it does."""
    if UNUSED in sys.modules:
        yield
        return
    sys.modules[UNUSED] = None  # that is how Python is told that there is no such module
    try:
        yield
    finally:
        del sys.modules[UNUSED]


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
