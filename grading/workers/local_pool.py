"""Workers that are processes of this machine. Nobody else can talk to them: each has one end of a pipe."""

import contextlib
import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ..course.assignment import Assignment
from ..util.errors import CourseError
from . import forkserver
from .pool import LOST, STARTING, TICK, Task, Work, WorkerPool, collect_seldom, failed, refusal, why_unconfined

STARTS = 5  # of a worker in turn that end before it can work, then there is no hope
GRACE = 5.0  # seconds for a worker to end in
SOON = 0.5  # seconds in which one that has nothing to do has ended

# The first item of what a worker sends.
READY, DONE, REFUSED = "ready", "done", "refused"


@dataclass
class Member:
    """One worker: its process, this end of its pipe, whether it can take a task, and the number of that it has."""

    number: int
    name: str
    process: BaseProcess
    connection: Connection
    is_ready: bool = False
    task: int = 0


class Crew:
    """The workers of this machine. One that dies is started again, under another name.

    Parameters
    ----------
    number : int
        How many.
    """

    def __init__(self, number: int) -> None:
        forkserver.start()
        self.cores = cores(number)
        self.started = self.tasks = 0
        self.members: list[Member] = []
        for place in range(number):
            self.members.append(self.start(place))

    def start(self, number: int) -> Member:
        """Start a worker. It loads whatever it lacks, and then waits for the assignment."""
        ours, theirs = multiprocessing.Pipe()
        core = self.cores[number % len(self.cores)] if self.cores else None
        with forkserver.interrupts_ignored(), theirs:
            context = multiprocessing.get_context(forkserver.METHOD)
            process = context.Process(target=serve, args=(theirs, core), daemon=True)
            process.start()
        self.started += 1
        return Member(number, f"{number}.{self.started}", process, ours)

    def replace(self, member: Member) -> Member:
        """Start a worker in the place of one that is dead or of no more use."""
        end(member, at_once=True)
        self.members[member.number] = new = self.start(member.number)
        return new

    def close(self) -> None:
        """End all workers, also one that is at work, and wait until they have cleaned up."""
        for member in self.members:
            member.connection.close()
        for member in self.members:
            end(member)


def end(member: Member, at_once: bool = False) -> None:
    """Wait until a worker has ended; one that does not is told to, and then made to."""
    member.connection.close()
    if at_once:
        member.process.kill()
    member.process.join(SOON)
    if member.process.is_alive():
        member.process.terminate()
        member.process.join(GRACE)
    if member.process.is_alive():
        member.process.kill()
        member.process.join()
    member.process.close()


def cores(number: int) -> list[int]:
    """Return the cores to pin workers to; none if there are fewer workers than cores.

    A worker and the child that it judges take turns, and find in a core's cache what they left there. Where there are
    enough workers for all cores to be busy, each keeps to one.
    """
    if not hasattr(os, "sched_getaffinity"):  # macOS
        return []
    ours = sorted(os.sched_getaffinity(0))
    return ours if number >= len(ours) else []


@contextlib.contextmanager
def local_workers(number: int | None = None) -> Iterator[Crew]:
    """Start workers on this machine, and do not wait for them.

    Parameters
    ----------
    number : int or None
        How many, by default one for each core.
    """
    crew = Crew(number or core_count())
    try:
        yield crew
    finally:
        crew.close()


def core_count() -> int:
    """Return how many cores this process may use, also where a container may use a part of them only."""
    from dask.system import CPU_COUNT  # here, because it takes a while to load, and most say how many they want

    return CPU_COUNT


class LocalPool(WorkerPool):
    """The workers of this machine.

    Parameters
    ----------
    assignment : Assignment
        Travels to each worker once.
    crew : Crew

    Raises
    ------
    CourseError
        If they cannot confine submissions.
    """

    def __init__(self, assignment: Assignment, crew: Crew) -> None:
        super().__init__(assignment, "this machine")
        self.assignment, self.crew = assignment, crew
        self.results: dict[int, Any] = {}  # by the numbers of the tasks
        self.stillborn = 0  # workers in turn that ended before they could work
        for member in list(crew.members):
            self.prepare(member)
        self.workers()

    def __exit__(self, *error) -> None:
        pass

    def prepare(self, member: Member) -> None:
        """Give a worker the assignment."""
        member.is_ready = False
        self.send(member, (READY, self.assignment))

    def send(self, member: Member, message: tuple) -> None:
        with contextlib.suppress(OSError):  # that it is dead is seen where it is listened to
            member.connection.send(message)

    def workers(self) -> set[str]:
        until = time.monotonic() + STARTING
        while not (ready := {member.name for member in self.crew.members if member.is_ready}):
            if time.monotonic() > until or self.stillborn >= STARTS:
                raise self.stopped("has no worker left")
            self.listen()
        return ready

    def hand_out(self, task: Task, work: Work) -> int:
        self.crew.tasks += 1
        for member in self.crew.members:
            if member.name == task.worker:
                member.task = self.crew.tasks
                self.send(member, (DONE, member.task, work, task.item))
        return self.crew.tasks

    def finished(self, handles: Collection[int]) -> list[int]:
        if not self.results.keys() & handles:
            self.listen()
        return [number for number in handles if number in self.results]

    def outcome(self, handle: int) -> Any:
        return self.results.pop(handle)

    def cancel(self, handles: Collection[int]) -> None:
        for member in self.crew.members:
            if member.task in handles and self.results.pop(member.task, LOST) is LOST:
                member.task, member.is_ready = 0, False  # until it has done what nobody waits for

    def kill(self, worker: str) -> None:
        for member in self.crew.members:
            if member.name == worker:
                member.process.kill()

    def listen(self) -> None:
        """Take in what workers say, or that they have died; wait for it for at most a tick."""
        members = {member.connection: member for member in self.crew.members}
        for connection in wait(list(members), TICK):
            member = members[connection]
            try:
                kind, number, said = connection.recv()
            except (EOFError, OSError):
                self.stillborn = 0 if member.is_ready else self.stillborn + 1
                self.replace(member)
                continue
            if kind == REFUSED:
                raise CourseError(said)
            if kind == READY and said:
                raise refusal(said, self.config_file)
            if kind == DONE and number == member.task:
                self.results[number] = said
            else:
                member.is_ready, self.stillborn, self.looked = True, 0, 0.0

    def replace(self, member: Member) -> None:
        self.looked = 0.0
        self.prepare(self.crew.replace(member))


def serve(connection: Connection, core: int | None) -> None:
    """Live as a worker, until nobody is at the other end of the pipe.

    Parameters
    ----------
    connection : Connection
    core : int or None
        Where to run, if that matters.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever has started this, and then hangs up
    signal.signal(signal.SIGTERM, leave)
    if core is not None:
        with contextlib.suppress(OSError):  # if somebody has taken that core from us, another will do
            os.sched_setaffinity(0, {core})
    worker = importlib.import_module(forkserver.WORKER)
    worker.begin()
    try:
        work(connection)
    except (EOFError, OSError):  # whoever has started this is gone
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        worker.end()


def leave(*of_signal: Any) -> None:
    """End this process in order: what is open is closed, and what is temporary removed."""
    raise SystemExit(0)


def work(connection: Connection) -> None:
    """Do what comes, one after the other."""
    assignment = None
    while True:
        kind, *asked = connection.recv()
        if kind == READY:
            (assignment,) = asked
            collect_seldom()
            connection.send((READY, 0, why_unconfined(assignment)))
            continue
        number, function, item = asked
        try:
            result = function(assignment, item)
        except Exception as error:  # noqa: BLE001 - the rest of the class is to be graded all the same
            try:
                result = failed(error, assignment.config_file)
            except CourseError as refused:
                connection.send((REFUSED, number, str(refused)))
                continue
        connection.send((DONE, number, result))
