"""The trusted side: starts the zygote, has it fork children, sends them cells, and ends those that take too much."""

import contextlib
import dataclasses
import json
import os
import selectors
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .channel import Channel, ChannelError, Closed, Unread
from .limits import Limits, MiB
from .machine import CannotConfine
from .template import hung_up, template
from .traces import Malformed, received_outputs

PREFIX = "grading-sandbox-"  # of the folders that zygotes' children write in
IDLE = object()  # there is nothing to do meanwhile
TICK = 0.05  # seconds between two looks at what a running child uses
GRACE = 2.0  # seconds to end in after an interrupt
START = 120.0  # seconds to load everything that a zygote needs, also from a cold disk
REPLY = 1 << 16  # bytes

Reply = Callable[[dict], dict | None]

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


class Ended(Exception):
    """The child is no more. The message says why, in words for a student."""


class ZygoteDied(Exception):
    """Somebody ended the zygote, and so the child too. It is not the submission's fault: run it again."""


class Zygote:
    """The process that children are forked from, and the folder in which they may write. First it is to be `tried`.

    Raises
    ------
    CannotConfine
        If this machine cannot confine them, with what it lacks.
    """

    def __init__(self) -> None:
        origin = template()
        sweep(Path(tempfile.gettempdir()))
        self.folder, lock = locked_folder()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.close = weakref.finalize(self, close_zygote, self.control, self.folder, lock)
        self.control.settimeout(START)
        self.pid, self.is_tried = 0, False
        with theirs, contextlib.suppress(OSError):  # whoever waits for it hears that nobody comes
            origin.fork(theirs, self.folder)

    def wait(self) -> None:
        """Wait until it is there; raises CannotConfine if it does not come."""
        try:
            self.pid = self.reply()["pid"]
            os.sched_setaffinity(self.pid, os.sched_getaffinity(0))  # it and its children run where we do
        except (OSError, ZygoteDied):
            self.close()
            raise CannotConfine("the process that runs submissions did not start; see above for its reason") from None

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
            raise ZygoteDied(f"the process that submissions are forked from does not answer: {error}") from None

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


def locked_folder() -> tuple[Path, int]:
    """A new temporary folder, and a descriptor that locks it for as long as this process has it open."""
    folder = Path(tempfile.mkdtemp(prefix="grading-new-")).resolve()
    lock = taken(folder)
    named = folder.with_name(folder.name.replace("grading-new-", PREFIX))  # only now can `sweep` find it
    return folder.rename(named), lock


def taken(folder: Path) -> int:
    """A descriptor that locks a folder.

    Raises
    ------
    OSError
        If somebody else has it locked, or if it is none of ours.
    """
    import fcntl  # here: Windows has none, and is to be told that it cannot confine

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def sweep(temporary: Path) -> None:
    """Remove what sandboxes have left whose owners were killed: nobody has their folders locked any more."""
    for folder in temporary.glob(f"{PREFIX}*"):
        try:
            lock = taken(folder)
        except OSError:
            continue
        remove(folder)
        os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder, however deep and whatever its modes; ``rm`` follows no links and knows no longest path."""
    with contextlib.suppress(OSError):
        folder.rmdir()  # most have nothing in them
        return
    command = ["rm", "-rf", "--", str(folder)]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(["chmod", "-R", "u+rwx", "--", str(folder)], check=True)
        subprocess.run(command, check=True)


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
    """

    def __init__(self, zygote: Zygote, limits: Limits, files: Path | None = None, meanwhile: Iterable = ()) -> None:
        self.zygote, self.limits, self.ended, self.usage = zygote, limits, None, None
        self.meanwhile = iter(meanwhile)
        self.cell_time = self.total_time = self.next_look = 0.0
        self.sent = self.nameless = 0  # bytes
        self.looks = 0
        self.timed_out = False
        self.scratch = Path(tempfile.mkdtemp(dir=zygote.folder))
        try:
            if files is not None:
                copy_files(files, self.scratch, limits.scratch_size)
        except BaseException:
            remove(self.scratch)
            raise
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self.pid = zygote.fork(limits, self.scratch, theirs.fileno())
        ours.settimeout(GRACE)
        self.channel = Channel(ours, limits.message)
        self.selector = selectors.DefaultSelector()
        self.selector.register(ours, selectors.EVENT_READ)
        if "unconfined" in (greeting := self.receive()):
            self.close()
            raise CannotConfine(greeting["unconfined"])

    def run(self, source: str, reply: Reply, cases: dict[str, list[dict]] | None = None) -> list:
        """Run a cell.

        Parameters
        ----------
        source : str
        reply : callable
            Answers the messages that are not outputs, what ``examine`` asks and tells; None is no answer.
        cases : dict of str to list of dict
            What ``examine`` is to do in this cell, by the names of checks.

        Returns
        -------
        list of NotebookNode
            Its outputs. An attribute of this object, ``timed_out``, says whether it had to be interrupted.

        Raises
        ------
        Ended
            If the child ended, or had to be; from then on, always.
        """
        if self.ended:
            raise self.ended
        self.cell_time, self.timed_out = 0.0, False
        try:
            self.send({"cell": source, "cases": cases or {}})
            while "outputs" not in (message := self.receive()):
                if (answer := reply(message)) is not None:
                    self.send(answer)
            return received_outputs(message["outputs"])
        except Closed:
            raise self.end("") from None
        except Unread:
            raise self.end("it did not read what the grader sent") from None
        except (ChannelError, Malformed) as error:
            raise self.end(f"it sent the grader what no notebook sends: {error}") from None

    def ask(self, message: dict) -> dict:
        """What the child answers, while one of its messages is being answered."""
        self.send(message)
        return self.receive()

    def send(self, message: dict) -> None:
        """Send a message, if anybody is there: what a child sent before it went is still to be read, and says more."""
        with contextlib.suppress(Closed):
            self.channel.send(message)

    def receive(self) -> dict:
        """The next message. Only the time that the child takes counts as its own."""
        before = time.monotonic()
        while True:
            message, now = self.channel.message(), time.monotonic()
            self.cell_time += now - before  # however little: there may be many messages
            self.total_time += now - before
            before = now
            if now >= self.next_look:
                self.next_look = now + TICK
                self.watch()
            if message is not None:
                self.sent += self.channel.length
                if self.sent > self.limits.outputs:
                    raise self.end(f"it showed and printed more than {self.limits.outputs // MiB} MiB in all")
                return message
            arrived = self.selector.select(0)
            if not arrived and next(self.meanwhile, IDLE) is IDLE:
                arrived = self.selector.select(TICK)
            if arrived:
                self.channel.read_some()

    def watch(self) -> None:
        """End the child if it takes more than it may, of what the kernel does not count for us."""
        limits = self.limits
        if self.total_time > limits.total_seconds:
            raise self.end(f"all cells together took more than {limits.total_seconds:g} s")
        if self.cell_time > limits.cell_seconds + GRACE:
            raise self.end(f"a cell took more than {limits.cell_seconds:g} s and could not be interrupted")
        if self.cell_time > limits.cell_seconds and not self.timed_out:
            self.timed_out = True
            os.kill(self.pid, signal.SIGINT)  # as Jupyter does
        if threads_of(self.pid) > limits.threads:
            raise self.end(f"it had more than {limits.threads} threads")
        size, count = usage(self.scratch, limits.scratch_files)
        if self.looks % 4 == 0:  # this takes a millisecond, and the kernel bounds it by itself
            self.nameless = nameless(self.pid, self.scratch)
        self.looks += 1
        size += self.nameless
        if size > limits.scratch_size or count > limits.scratch_files:
            raise self.end(
                f"it wrote more than {limits.scratch_size // MiB} MiB, or more than {limits.scratch_files} files"
            )

    def end(self, reason: str) -> Ended:
        """Kill the process if it is still there; what to raise, with the reason given or the one it died of.

        Raises
        ------
        ZygoteDied
            If the zygote has, and the child with it.
        """
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.usage = self.zygote.reap(self.pid)
            self.ended = Ended(reason or cause_of_death(self.usage, self.limits))
        return self.ended

    def close(self) -> None:
        """End the process and remove what it wrote."""
        try:
            if self.zygote.alive:
                self.end("it was closed")
        finally:
            self.selector.close()
            self.channel.sock.close()
            remove(self.scratch)


def cause_of_death(usage: dict, limits: Limits) -> str:
    """Why a child ended by itself, in words for a student."""
    code = os.waitstatus_to_exitcode(usage["status"])
    if usage["cpu"] > limits.cpu_seconds - 1 and code < 0:
        return f"it computed for more than {limits.cpu_seconds:g} s"
    if code == -signal.SIGKILL:
        return "it broke off its connection to the grader, or was killed"
    return f"it crashed ({signal.Signals(-code).name})" if code < 0 else f"it ended itself (exit status {code})"


def threads_of(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except FileNotFoundError:  # it has ended; whoever waits for its message will notice
        return 0


def usage(folder: Path, most: int) -> tuple[int, int]:
    """Bytes on disk and number of entries below a folder, counted up to one more than `most` entries."""
    size, count, folders = 0, 0, [folder]
    while folders and count <= most:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError:  # a path too long, or a folder that may not be looked into: no notebook needs either
            return size, most + 1
    return size, count


def nameless(pid: int, folder: Path) -> int:
    """Bytes of files of a folder that have been removed, and that a process keeps: open, or mapped into memory."""
    sizes, below = {}, os.fsencode(f"{folder}/")
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                info = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(info.st_mode) and not info.st_nlink:
                    sizes[info.st_ino] = info.st_blocks * 512
        with open(f"/proc/{pid}/maps", "rb") as file:
            maps = file.read()
        for line in maps.split(b"\n") if b"(deleted)" in maps else ():  # as a rule there is none
            if line.endswith(b" (deleted)") and below in line:
                addresses, *_, inode, _ = line.split(maxsplit=5)
                start, end = (int(address, 16) for address in addresses.split(b"-"))
                sizes[int(inode)] = max(sizes.get(int(inode), 0), end - start)
    return sum(sizes.values())


def copy_files(source: Path, target: Path, most: int) -> None:
    """Copy the files of a folder, all but notebooks and links, if they are no more than `most` bytes."""
    total = 0
    for folder, folders, names in os.walk(source):
        place = target / os.path.relpath(folder, source)
        for name in folders:
            (place / name).mkdir(exist_ok=True)
        for name in names:
            path = Path(folder, name)
            if name.endswith(".ipynb") or path.is_symlink() or not path.is_file():
                continue
            total += path.stat().st_size
            if total > most:
                raise Ended(f"the files beside the notebook have more than {most // MiB} MiB")
            shutil.copyfile(path, place / name)


_lock = threading.Lock()  # one submission at a time
_zygote: Zygote | None = None


@contextlib.contextmanager
def child(limits: Limits, files: Path | None = None, meanwhile: Iterable = ()) -> Iterator[Child]:
    """A child of this process's zygote, which is started when first needed, and again if it has died.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission.
    """
    with _lock:
        made = Child(zygote(), limits, files, meanwhile)
        try:
            yield made
        finally:
            made.close()


def begin() -> None:
    """Have the zygote of this process start and load, if there is none that lives, and do not wait for it.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission, as far as that is known without trying.
    """
    global _zygote
    if _zygote is None or not _zygote.alive:
        _zygote = Zygote()


def end() -> None:
    """End the zygote of this process, if there is one; what it was given to write in goes with it."""
    if _zygote is not None:
        _zygote.close()


def zygote() -> Zygote:
    """The zygote of this process; a new one where it has none that lives.

    Raises
    ------
    CannotConfine
        If this machine cannot confine a submission.
    """
    begin()
    return _zygote if _zygote.is_tried else tried(_zygote)


def tried(zygote: Zygote) -> Zygote:
    """The zygote, when it has loaded, and its children have been seen to be confined."""
    zygote.wait()
    with contextlib.closing(Child(zygote, Limits())) as probed:
        outputs = probed.run(PROBE, lambda message: {})
    if outputs:
        zygote.close()
        raise CannotConfine(f"a confined process could do what it must not: {outputs}")
    zygote.is_tried = True
    return zygote
