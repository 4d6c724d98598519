"""The trusted side of a zygote: start it, have it fork children, and end it."""

import contextlib
import dataclasses
import json
import os
import socket
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path

from .folders import locked_folder, remove, sweep
from .limits import Limits
from .machine import CannotConfine
from .plain_python import prepared
from .profile import SandboxProfile
from .template import hung_up, template

START = 120.0  # seconds to load everything that a zygote needs, also from a cold disk
GRACE = 2.0  # seconds to end in
NOT_STARTED = "the process that runs submissions did not start"
REPLY = 1 << 16  # bytes


class Interrupted(Exception):
    """Something outside the grader ended a submission's process. It is no fault of the submission: run it again."""


class ZygoteDied(Interrupted):
    """The zygote has ended, and the child with it."""


class Zygote:
    """The process that children are forked from, and the folder in which they may write. First it is to be `tried`.

    Parameters
    ----------
    profile : SandboxProfile
        What its children find.

    Raises
    ------
    CannotConfine
        If this machine cannot confine them, with what it lacks.
    """

    def __init__(self, profile: SandboxProfile) -> None:
        self.profile, self.template = profile, template(profile.modules)
        sweep(Path(tempfile.gettempdir()))
        self.folder, lock = locked_folder()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.close = weakref.finalize(self, close_zygote, self.control, self.folder, lock)
        self.control.settimeout(START)
        self.pid, self.is_tried = 0, False
        self.learned: set[str] = set()
        with theirs, contextlib.suppress(OSError):  # whoever waits for it hears that nobody comes
            self.template.fork(theirs, self.folder, profile)

    def wait(self) -> None:
        """Wait until it is there, if it is not yet.

        Raises
        ------
        CannotConfine
            If it cannot start.
        ZygoteDied
            If something outside the grader ended it, or the template, while it started.
        """
        if self.pid:
            return  # it says so once, and may be asked again: a child of its that was to be tried may have been killed
        try:
            started = self.reply()
            if "error" in started:
                raise CannotConfine(f"{NOT_STARTED}: {started['error']}")
            self.pid = started["pid"]
            os.sched_setaffinity(self.pid, os.sched_getaffinity(0))  # it and its children run where we do
        except TimeoutError:
            raise CannotConfine(f"{NOT_STARTED} within {START:g} s") from None
        except (OSError, ZygoteDied):
            if status := max(self.template.exit_status() or 0, 0):  # below 0 it was killed
                raise CannotConfine(f"{NOT_STARTED} (exit status {status}); see above for its reason") from None
            raise ZygoteDied("the process that submissions are forked from was ended while it started") from None
        finally:
            if not self.pid:
                self.close()

    @property
    def alive(self) -> bool:
        return self.close.alive and not hung_up(self.control) and self.folder.exists()

    def reply(self) -> dict:
        data = self.control.recv(REPLY)
        if not data:
            raise ZygoteDied("the process that submissions are forked from has ended")
        return json.loads(data)

    def request(self, message: dict, *descriptors: int) -> dict:
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], descriptors)
            return self.reply()
        except OSError as error:
            self.close()  # what it may still answer would be taken for the answer to something else
            raise ZygoteDied(f"the process that submissions are forked from does not answer: {error}") from None

    def learn(self, cells: Iterable[str]) -> None:
        """Give it the code of cells that all its children will run, so that they need not make it. None is run.

        Parameters
        ----------
        cells : iterable of str
            Of the lesson, as students have it: a submission can read them from its first cell on. Never of a
            submission: that one's error would be another's.
        """
        for cell in cells:
            if cell not in self.learned:
                self.learned.add(cell)
                request = {"learn": cell, "prepared": prepared(cell)}
                if request["prepared"] and len(json.dumps(request)) < REPLY:  # more than it reads at a time
                    self.request(request)

    def fork(self, limits: Limits, scratch: Path, fd: int) -> int:
        """Make a child, and return its process id."""
        return self.request({"limits": dataclasses.asdict(limits), "scratch": str(scratch)}, fd)["pid"]

    def reap(self, pid: int) -> dict:
        """Wait for a child that is ending: its ``status``, ``cpu`` seconds, and ``memory`` in bytes at most."""
        return self.request({"reap": pid})


def close_zygote(control: socket.socket, folder: Path, lock: int) -> None:
    """End the zygote, and with it its children; remove what they wrote."""
    control.settimeout(GRACE)
    with contextlib.suppress(OSError):
        control.shutdown(socket.SHUT_WR)  # for it to end
        while control.recv(REPLY):  # until it has
            pass
    control.close()
    remove(folder)
    os.close(lock)
