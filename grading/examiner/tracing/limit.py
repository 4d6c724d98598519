"""A limit to the time that a call of somebody else's code may take."""

import contextlib
import signal
import threading
from _signal import getsignal  # signal's own makes an enum of the answer, which takes longer than most calls

AGAIN = 0.5  # seconds after which a call is interrupted once more


class TookTooLong(BaseException):
    """Not an Exception, so that a student's ``except Exception`` does not hide it."""


class TimeLimit(contextlib.AbstractContextManager):
    """Raises TookTooLong in calls that do not end; where that cannot be done, whoever runs the cell must end it."""

    def __init__(self) -> None:
        self.possible = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
        self.running, self.message = False, ""

    def __enter__(self) -> "TimeLimit":
        self.before = signal.getsignal(signal.SIGALRM) if self.possible else None
        return self

    def __exit__(self, *error) -> None:
        self.running = False
        if self.possible:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)

    def begin(self, seconds: float, message: str) -> None:
        """From now on, so many seconds are left."""
        self.message = message
        if self.possible:
            if getsignal(signal.SIGALRM) != self.interrupt:  # the code may have put its own there
                signal.signal(signal.SIGALRM, self.interrupt)
            self.running = True
            # Again, in case the code catches the first one; but not before whoever waits for it has come to `end`.
            signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), AGAIN)

    def end(self) -> None:
        """No limit any more. The timer may run on: to set it takes longer than most calls."""
        self.running = False

    def interrupt(self, signum, frame) -> None:
        if self.running:
            raise TookTooLong(self.message)
