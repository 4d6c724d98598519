"""A Ctrl-C that always arrives."""

import _thread
import signal
import sys
import threading
from collections.abc import Callable

AGAIN_AFTER = 0.02  # seconds; by then whatever has swallowed it has ended


def repeat_lost_interrupts() -> Callable[[], None]:
    """Let a Ctrl-C come again that Python has swallowed; call what is returned when none need come any more.

    Where it arrives while an object is being destroyed, as in the middle of an import, Python prints "Exception
    ignored" and goes on as if nothing had been.
    """
    otherwise, timers = sys.unraisablehook, []

    def repeat(lost: "sys.UnraisableHookArgs") -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            timer = threading.Timer(AGAIN_AFTER, interrupt_main_thread)
            timer.daemon = True
            timer.start()
            timers.append(timer)
        else:
            otherwise(lost)

    def end() -> None:
        sys.unraisablehook = otherwise
        for timer in timers:
            timer.cancel()

    sys.unraisablehook = repeat
    return end


def interrupt_main_thread() -> None:
    """Send a Ctrl-C to the main thread, which wakes it if it waits for something."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:  # Windows
        _thread.interrupt_main()
