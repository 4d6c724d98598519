"""Why the process of a submission is no more, and whose doing that was."""

import os
import signal

from .limits import Limits
from .zygote_process import Interrupted

# A submission may not send them to itself (`confine`): who is ended by one was ended by somebody else.
FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM)


class Ended(Exception):
    """The child is no more. The message says why, in words for a student."""


class ChildKilled(Interrupted):
    """The child was ended from outside the grader: by the kernel, as for want of memory, or by a person."""


def cause_of_death(usage: dict, limits: Limits) -> Ended | ChildKilled:
    """Why a child ended that we did not end: in words for a student if it was by its own doing."""
    code = os.waitstatus_to_exitcode(usage["status"])
    if code >= 0:
        return Ended(f"it ended itself (exit status {code})")
    number = -code
    if number in (signal.SIGXCPU, signal.SIGKILL) and usage["cpu"] > limits.cpu_seconds - 1:
        return Ended(f"it computed for more than {limits.cpu_seconds:g} s")
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number in FROM_OUTSIDE:
        return ChildKilled(f"its process was killed from outside the grader ({name}), as happens for want of memory")
    return Ended(f"it crashed ({name})")
