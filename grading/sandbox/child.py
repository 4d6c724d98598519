"""The child process: confine itself, then run the cells that arrive, one at a time."""

import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

import numpy as np
from landlockpy import Ruleset

from ..util.isolation import die_with_parent
from . import examine
from .channel import Channel
from .confine import confine
from .limits import Limits
from .shell import Shell


def serve(shell: Shell, rules: Ruleset, limits: Limits, scratch: str, fd: int, zygote: int) -> None:
    """Run the cells of a submission until no more arrive. It is confined before the first one.

    Parameters
    ----------
    shell : Shell
    rules : landlockpy.Ruleset
    limits : Limits
    scratch : str
        The folder to run in, the only one that can be written to.
    fd : int
        A connection to the host.
    zygote : int
        The process that this one was forked from; it ends with it.
    """
    channel = Channel(socket.socket(fileno=fd), limits.message)
    try:
        die_with_parent(zygote)
        close_all_but(fd, rules.fileno())
        os.chdir(scratch)
        shell.history_manager.dir_hist[:] = [Path.cwd()]
        os.environ.update(HOME=scratch, TMPDIR=scratch, NBGRADER_EXECUTION="autograde")
        tempfile.tempdir = scratch  # the zygote has used another, and Python does not look again
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Where memory runs out, the kernel is to take a submission before whoever grades all of them.
        Path("/proc/self/oom_score_adj").write_text("1000")
        np.random.seed()  # noqa: NPY002 - not the zygote's state: another child would draw the same numbers
        confine(rules, limits, scratch)
    except Exception as error:  # noqa: BLE001 - whatever it was, the host must know that this child is unconfined
        channel.send({"unconfined": f"{type(error).__name__}: {error}"})
        return

    examine.tell = lambda message: channel.send(message, more="trace" in message)  # the last one has none
    examine.shown = shell.shown
    sys.path.insert(0, "")  # as in a kernel, a notebook finds the files beside it
    channel.send({"confined": True})
    while True:
        request = channel.receive()
        if "case" in request:
            answer = {"trace": examine.run_again(request["check"], request["tracer"], request["case"])}
        elif "put_off" in request:
            answer = {"traceback": shell.traceback(request["put_off"])}
        else:
            examine.questions = request["questions"]
            # what was examined will be judged, and the verdict may take the place of the traceback
            puts_off = bool(examine.questions)
            outputs = shell.run(request["cell"], limits.text, limits.pictures, request["prepared"], puts_off)
            answer = {"outputs": outputs}
        channel.send(answer)


def close_all_but(*kept: int) -> None:
    """Close every other descriptor; the standard ones lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    before = 3
    for fd in sorted(kept):
        os.closerange(before, fd)
        before = fd + 1
    os.closerange(before, os.sysconf("SC_OPEN_MAX"))
