"""The trusted side of a child: send it cells, take in what it tells, and end it when it takes too much."""

import contextlib
import os
import selectors
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..util.json_size import size_in_notebook
from ..util.untrusted_files import TooMuch
from .channel import Channel, ChannelError, Closed, Unread
from .ending import ChildKilled, Ended, cause_of_death
from .folders import check_room, copy_files, remove
from .limits import Limits, MiB
from .machine import CannotConfine
from .outputs import received_outputs
from .profile import SandboxProfile
from .untrusted import Malformed
from .usage import is_ending
from .watcher import Watcher
from .zygote_process import Interrupted, Zygote

IDLE = object()  # there is nothing to do meanwhile
TICK = 0.05  # seconds between two looks at how long it takes
GRACE = 2.0  # seconds to end in after an interrupt
MOST_KEPT = 512 * MiB  # that all it tells may take: traces and outputs are kept until its last cell has run
STARTS = 5  # how often a zygote is tried whose start something outside the grader ends

Receive = Callable[[dict], None]

# Tries what must not work. What it prints got through.
PROBE = f"""
import os, socket
for attempt in (os.fork, socket.socket, lambda: os.listdir("/"), lambda: open({str(Path(__file__).resolve())!r}),
                lambda: open("../file", "w"), lambda: os.chmod(".", 0o700), lambda: os.kill(os.getppid(), 0)):
    try:
        attempt()
    except PermissionError:
        continue
    print(attempt)
"""


class Child:
    """A confined process, and the cells it is sent.

    Parameters
    ----------
    zygote : Zygote
    limits : Limits
    files : Path or None
        The folder whose files it gets a copy of, all but the notebooks.
    meanwhile : iterable
        What the host does while it waits for this child: a piece whenever the next item is taken. Short ones.

    Raises
    ------
    CannotConfine
        If it could not confine itself.
    Ended
        If the files are more than it may have.
    Interrupted
        If something outside the grader ended it.
    OSError
        If there is not the room on the disk that it may fill.
    """

    def __init__(self, zygote: Zygote, limits: Limits, files: Path | None = None, meanwhile: Iterable = ()) -> None:
        self.zygote, self.limits, self.ended, self.usage, self.pid = zygote, limits, None, None, 0
        self.meanwhile = iter(meanwhile)
        self.cell_time = self.total_time = 0.0
        self.sent = self.kept = self.shown = 0  # bytes
        self.timed_out, self.watcher = False, None
        self.put_off: list[tuple[NotebookNode, Any]] = []  # errors without a traceback yet, and its number
        with contextlib.ExitStack() as held:
            self.scratch = Path(tempfile.mkdtemp(dir=zygote.folder))
            held.callback(remove, self.scratch)
            self.selector = held.enter_context(selectors.DefaultSelector())
            self.held = held
            self.start(files)
            self.held = held.pop_all()  # until it is closed

    def start(self, files: Path | None) -> None:
        """Give it its files, and fork it."""
        check_room(self.scratch, self.limits.scratch_size)
        try:
            if files is not None:
                copy_files(files, self.scratch, self.limits)
        except TooMuch as error:
            raise Ended(f"the files beside the notebook are too much: {error}") from None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.held.enter_context(ours)
        with theirs:
            self.pid = self.zygote.fork(self.limits, self.scratch, theirs.fileno())
        ours.settimeout(GRACE)
        self.channel = Channel(ours, self.limits.message)
        self.selector.register(ours, selectors.EVENT_READ)
        try:
            greeting = self.receive()
        except Closed:  # nothing of the submission was there yet
            self.end("it ended before it was confined")
            raise ChildKilled("its process was ended from outside the grader before it had begun") from None
        if "unconfined" in greeting:
            self.end("it is not confined")
            raise CannotConfine(greeting["unconfined"])
        self.watcher = Watcher(self.pid, self.scratch, self.limits, lambda: self.signal(signal.SIGKILL))

    def run(self, source: str, receive: Receive, questions: dict[str, dict] | None = None, prepared: str = "") -> list:
        """Run a cell.

        Parameters
        ----------
        source : str
        receive : callable
            Takes in the messages that are not outputs: what ``examine`` tells. Nobody replies to them.
        questions : dict of str to dict
            What ``examine`` is to do in this cell, by the names of checks: the ``tracer`` and the ``cases``.
        prepared : str
            What `plain_python.prepared` has made of the cell, where the instructor wrote it.

        Returns
        -------
        list of NotebookNode
            Its outputs. An attribute of this object, ``timed_out``, says whether it had to be interrupted.

        Raises
        ------
        Ended
            If the child ended, or had to be; from then on, always.
        Interrupted
            If something outside the grader ended it.
        """
        with self.conversation():
            self.send({"cell": source, "questions": questions or {}, "prepared": prepared})
            while "outputs" not in (message := self.receive()):
                receive(message)
            if found := self.watcher.look():  # whether or not it has just looked: the same work gets the same grade
                raise self.end(found)
            outputs = received_outputs(message["outputs"], self.limits.text)
            numbered = [(o, sent) for o, sent in zip(outputs, message["outputs"], strict=True) if "put_off" in sent]
            for output, sent in numbered[:1]:  # of a cell there is one
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]  # until it is asked for
                    self.put_off.append((output, sent["put_off"]))
            self.count_shown(message["outputs"])
            return outputs

    def make_tracebacks(self, kept: Iterable[NotebookNode]) -> None:
        """Have the tracebacks made that were put off, of those errors that are kept.

        Raises
        ------
        Ended
            If the child ended, or had to be; from then on, always.
        Interrupted
            If something outside the grader ended it.
        """
        wanted = {id(output) for output in kept}
        for output, number in self.put_off:
            if id(output) not in wanted:
                continue
            with self.conversation():
                self.send({"put_off": number})
                whole = output | {"traceback": self.receive().get("traceback")}
                (whole,) = received_outputs([whole])
                self.count_shown(whole)
                output.traceback = whole.traceback or output.traceback

    def count_shown(self, outputs: Any) -> None:
        self.shown += size_in_notebook(outputs)
        if self.shown > self.limits.outputs:
            raise self.shows_too_much()

    def run_again(self, check: str, tracer: str, case: dict) -> Any:
        """Have one more case run on what a check has examined, and return the trace, which may be anything.

        Raises
        ------
        Ended
            If the child ended, or had to be; from then on, always.
        Interrupted
            If something outside the grader ended it.
        """
        with self.conversation():
            self.send({"check": check, "tracer": tracer, "case": case})
            return self.receive().get("trace")

    @contextlib.contextmanager
    def conversation(self) -> Iterator[None]:
        """Something sent, and what comes of it; a child that does not keep to the rules is ended."""
        if self.ended:
            raise self.ended
        self.cell_time, self.timed_out = 0.0, False
        try:
            yield
        except Closed:
            raise self.end("") from None
        except Unread:
            raise self.end("it did not read what the grader sent") from None
        except (ChannelError, Malformed) as error:
            raise self.end(f"it sent the grader what no notebook sends: {error}") from None

    def send(self, message: dict) -> None:
        """Send a message, if anybody is there: what a child sent before it went is still to be read, and says more."""
        before = time.monotonic()
        with contextlib.suppress(Closed):
            self.channel.send(message)
        self.total_time += time.monotonic() - before  # it may read slowly

    def receive(self) -> dict:
        """The next message. Only the time that the child takes counts as its own."""
        before = time.monotonic()
        while True:
            message, now = self.channel.message(), time.monotonic()
            self.cell_time += now - before  # however little: there may be many messages
            self.total_time += now - before
            before = now
            self.check_time()
            if message is not None:
                self.sent += self.channel.length
                self.kept += self.channel.memory
                if self.sent > self.limits.outputs:
                    raise self.shows_too_much()
                if self.kept > MOST_KEPT:
                    raise self.end("it told the grader more values than can be kept")
                return message
            if self.selector.select(0 if self.meanwhile else TICK):
                self.channel.read_some()
            elif self.meanwhile and next(self.meanwhile, IDLE) is IDLE:
                self.meanwhile = None

    def check_time(self) -> None:
        """End the child if it takes longer than it may; interrupt a cell that does, first."""
        limits = self.limits
        if self.total_time > limits.total_seconds:
            raise self.end(f"all cells together took more than {limits.total_seconds:g} s")
        if self.cell_time > limits.cell_seconds + GRACE:
            raise self.end(f"a cell took more than {limits.cell_seconds:g} s and could not be interrupted")
        if self.cell_time > limits.cell_seconds and not self.timed_out:
            self.timed_out = True
            self.signal(signal.SIGINT)  # as Jupyter does

    def shows_too_much(self) -> Ended:
        return self.end(f"it showed and printed more than {self.limits.outputs // MiB} MiB in all")

    def end(self, reason: str) -> Ended | ChildKilled:
        """Kill the process if it is still there; what to raise, with the reason given or the one it died of.

        Raises
        ------
        ZygoteDied
            If the zygote has, and the child with it.
        """
        if not self.ended:
            watcher, self.watcher = self.watcher, None
            if watcher:
                reason = watcher.stop() or reason
            if not reason and not is_ending(self.pid):
                reason = "it broke off its connection to the grader"
            self.signal(signal.SIGKILL)
            self.usage = self.zygote.reap(self.pid)
            self.ended = Ended(reason) if reason else cause_of_death(self.usage, self.limits)
        return self.ended

    def signal(self, number: int) -> None:
        """Send it a signal. Without a zygote that keeps its process id for it, that may be another's by now."""
        if self.zygote.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def close(self) -> None:
        """End the process and remove what it wrote."""
        with self.held:
            if self.zygote.alive:
                self.end("it was closed")


_lock = threading.Lock()  # one submission at a time
_zygote: Zygote | None = None


@contextlib.contextmanager
def child(
    profile: SandboxProfile,
    limits: Limits,
    files: Path | None = None,
    meanwhile: Iterable = (),
    given: Iterable[str] = (),
) -> Iterator[Child]:
    """Fork a child from this process's zygote, which is started when first needed, and again if it has died.

    Parameters
    ----------
    profile : SandboxProfile
    limits, files, meanwhile
        As for Child.
    given : iterable of str
        Cells that the instructor wrote, and that are the same for everybody; see `Zygote.learn`.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission.
    """
    with _lock:
        parent = zygote(profile)
        parent.learn(given)
        made = Child(parent, limits, files, meanwhile)
        try:
            yield made
        finally:
            made.close()


def begin(profile: SandboxProfile) -> None:
    """Have the zygote of this process start and load, if there is none that serves, and do not wait for it.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission, as far as that is known without trying.
    """
    global _zygote
    if _zygote is not None and _zygote.alive:
        if _zygote.profile == profile:
            return
        _zygote.close()
    _zygote = Zygote(profile)


def end() -> None:
    """End the zygote of this process, if there is one; what it was given to write in goes with it."""
    if _zygote is not None:
        _zygote.close()


def zygote(profile: SandboxProfile) -> Zygote:
    """Return the zygote of this process; a new one where it has none that serves.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission.
    Interrupted
        If something outside the grader ended it, and every one that followed.
    """
    for _ in range(STARTS - 1):
        with contextlib.suppress(Interrupted):
            return serving(profile)
    return serving(profile)


def serving(profile: SandboxProfile) -> Zygote:
    begin(profile)
    return _zygote if _zygote.is_tried else tried(_zygote)


def tried(zygote: Zygote) -> Zygote:
    """The zygote, when it has loaded, and its children have been seen to be confined."""
    zygote.wait()
    with contextlib.closing(Child(zygote, Limits())) as probed:
        outputs = probed.run(PROBE, lambda message: None)
    if outputs:
        zygote.close()
        raise CannotConfine(f"a confined process could do what it must not: {outputs}")
    zygote.is_tried = True
    return zygote
