"""The trusted side of the template: start it, and ask it for zygotes. What runs in it is in ``zygote``.

To load takes half a second, and the workers are forked too (``forkserver``). So it is begun before they are, and all
of them inherit the connection to it: whoever needs a zygote asks by that.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import weakref
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from .machine import check_machine
from .profile import SandboxProfile

ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")  # of ours, what it gets
GRACE = 2.0  # seconds to end in, when it has hung up


class Template:
    """The process that zygotes are forked from. It ends when nobody who could ask it is left.

    Parameters
    ----------
    modules : list of str
        What it loads for submissions, besides numpy, matplotlib and IPython.
    """

    def __init__(self, modules: list[str]) -> None:
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment |= {
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "OPENBLAS_NUM_THREADS": "1",  # it has one thread, and so can be forked
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-m", "grading.sandbox.zygote", str(theirs.fileno()), *modules],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.owner = os.getpid()
        self.close = weakref.finalize(self, close_template, self.process, self.control, self.owner)

    @property
    def alive(self) -> bool:
        return self.close.alive and not hung_up(self.control)

    def fork(self, control: socket.socket, folder: Path, profile: SandboxProfile) -> None:
        """Have it fork a zygote that gets its requests by `control` and whose children write in `folder`.

        It does so when it has loaded everything; the zygote's first message says that it is there.

        Raises
        ------
        OSError
            If it has ended.
        """
        socket.send_fds(
            self.control, [json.dumps({"folder": str(folder), "profile": asdict(profile)}).encode()], [control.fileno()]
        )

    def exit_status(self) -> int | None:
        """How it ended, as of `subprocess.Popen`; None if it has not, or if another process started it."""
        if os.getpid() != self.owner:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(GRACE)


def close_template(process: subprocess.Popen, control: socket.socket, owner: int) -> None:
    """End the template, if this process started it."""
    control.close()
    if os.getpid() == owner:
        process.kill()
        process.wait()


def hung_up(connection: socket.socket) -> bool:
    """Whether the other end has hung up, even if something is left to read."""
    poll = select.poll()
    poll.register(connection, 0)
    return bool(poll.poll(0))


_template: Template | None = None


def template(modules: Iterable[str] = ()) -> Template:
    """Return the template of this process, or of the one it was forked from; a new one where none lives.

    Parameters
    ----------
    modules : iterable of str
        What a new one loads for submissions. What a zygote wants besides, it loads itself.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission, as far as that is known without trying.
    """
    global _template
    check_machine()
    if _template is None or not _template.alive:
        _template = Template(list(modules))
    return _template
