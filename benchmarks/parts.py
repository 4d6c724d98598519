"""A clock that says which part of a program the time goes to."""

import functools
from collections import defaultdict
from collections.abc import Callable

REST = "the rest"


class Clock:
    """Counts each second for the innermost part that is at work.

    Parameters
    ----------
    now : callable
        Returns seconds: ``time.perf_counter``, or ``time.process_time`` for those of this process's core.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.restart()

    def restart(self) -> None:
        self.seconds, self.stack, self.since = defaultdict(float), [REST], self.now()

    def change(self) -> None:
        now = self.now()
        self.seconds[self.stack[-1]] += now - self.since
        self.since = now

    def timed(self, part: str, function: Callable) -> Callable:
        """Wrap a function, whose time is then that part's."""

        @functools.wraps(function)
        def run(*args, **kwargs):
            self.change()
            self.stack.append(part)
            try:
                return function(*args, **kwargs)
            finally:
                self.change()
                self.stack.pop()

        return run
