"""The template and the zygotes: processes with all libraries loaded, from which children are forked.

``python -m grading.sandbox.zygote FD MODULE...`` runs the template, which loads these modules too. A request that comes
by the socket FD has it fork a zygote. A zygote serves the requests that come by a socket of its own, and its children
may write in its folder only. Both have one thread, and end when nobody is at the other end.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

from landlockpy import Ruleset

from ..util.imports import gc_disabled
from . import child, confine, examine, namespaces, tracebacks
from .folders import temporary_folder
from .limits import Limits
from .profile import SandboxProfile
from .readable import readable
from .shell import Shell, make_shell

LOADED = (
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "IPython.core.logger",
    "bdb",
    "tracing.answers",
)
REQUEST = 1 << 16  # bytes


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which then hangs up
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # children must hear it, and whoever started us may not
    with gc_disabled():  # also because to look at it in a child would copy it
        shell = warm_up(sys.argv[2:])
    gc.set_threshold(2000, 10, 10)  # with Python's 700, to look takes a few hundredths of a child's time
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a zygote has ended
    while True:
        data, descriptors, *_ = socket.recv_fds(control, REQUEST, 1)
        if not data:
            return
        if not os.fork():
            control.close()
            run_zygote(shell, json.loads(data), descriptors[0])
        os.close(descriptors[0])


def warm_up(modules: list[str]) -> Shell:
    """Load and make everything that all children need."""
    with temporary_folder() as nowhere:  # IPython wants a folder for its settings; there are none
        os.environ["IPYTHONDIR"] = str(nowhere)
        shell = make_shell()
        del os.environ["IPYTHONDIR"]
    for name in (*LOADED, *modules):
        importlib.import_module(name)
    tracebacks.warm_up(shell)
    sys.modules["grading.examiner"] = examine
    for name, module in sys.modules.items():
        if name.partition(".")[0] == "grading":
            vars(module).pop("__file__", None)  # else %autoreload tries to read it, and says of each that it may not
    if (threads := len(os.listdir("/proc/self/task"))) > 1:
        raise RuntimeError(f"a process to fork from has one thread, this one {threads}")
    return shell


def run_zygote(shell: Shell, request: dict, fd: int) -> None:
    """Live as a zygote, and never return into the template's loop.

    Parameters
    ----------
    shell : Shell
    request : dict
        The ``folder`` that its children may write in, and their ``profile``.
    fd : int
        The connection to the worker.
    """
    control, folder = socket.socket(fileno=fd), Path(request["folder"])
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        profile = SandboxProfile(**{name: tuple(value) for name, value in request["profile"].items()})
        for name in profile.modules:
            importlib.import_module(name)  # as a rule the template has
        for name in profile.masked:
            sys.modules[name] = None  # importing it says that there is no such module
        namespaces.enter(path for path in map(Path, profile.unseen) if not folder.is_relative_to(path))
        rules = confine.ruleset(readable(profile), folder)
        control.send(json.dumps({"pid": os.getpid()}).encode())
        serve(control, shell, rules)
    except ConnectionError:
        pass
    except BaseException as error:  # noqa: BLE001 - whoever asked for this zygote hears of it
        traceback.print_exc()
        control.send(json.dumps({"error": f"{type(error).__name__}: {error}"[: REQUEST // 8]}).encode())
    finally:
        os._exit(0)


def serve(control: socket.socket, shell: Shell, rules: Ruleset) -> None:
    """Answer requests: one to fork brings a descriptor and gets a process id; one to reap is told how it ended.

    One to learn brings a cell of the lesson's, which its children will run, and its code.
    """
    while True:
        data, descriptors, *_ = socket.recv_fds(control, REQUEST, 1)
        if not data:
            return
        request = json.loads(data)
        if "reap" in request:
            _, status, usage = os.wait4(request["reap"], 0)
            how = {"status": status, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}
            control.send(json.dumps(how).encode())
            continue
        if "learn" in request:
            shell.compile.learn(request["learn"], request["prepared"])
            control.send(b"{}")
            continue
        zygote, pid = os.getpid(), os.fork()
        if not pid:
            run_child(shell, rules, request, descriptors[0], zygote)
        os.close(descriptors[0])
        control.send(json.dumps({"pid": pid}).encode())


def run_child(shell: Shell, rules: Ruleset, request: dict, fd: int, zygote: int) -> None:
    """What a child does with its life. It never returns into the zygote's loop."""
    try:
        child.serve(shell, rules, Limits(**request["limits"]), request["scratch"], fd, zygote)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
