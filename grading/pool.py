"""Who does the work: this very process, or the workers of a Dask cluster, here or on other machines."""

import contextlib
import hashlib
import itertools
import logging
import os
import platform
import signal
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dask
import diagnosis
from distributed import Client, Future, LocalCluster, Nanny, Security, WorkerPlugin, get_worker, wait
from distributed.scheduler import KilledWorker

import tinytorch

from .assignment import Assignment
from .course import HOME, CourseError
from .preprocessors import ConfinedExecute
from .sandbox import host
from .sandbox.machine import CannotConfine
from .work import Failed

Work = Callable[[Assignment, Any], Any]

BEGUN = "grading-begun"  # the topic of what workers say when they begin a task
TICK = 2.0  # seconds between two looks at whether the workers still work
JUDGING = 120.0  # seconds that a task may take besides what its submission may
DEATHS = 2  # of workers at one task, then it is given up
ANSWER = 10.0  # seconds for a scheduler to answer
STARTING = 60.0  # seconds for a worker to come, or to come back


class Here(contextlib.AbstractContextManager):
    """Do everything in this process, one after the other."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        if reason := why_unconfined(assignment):
            raise refusal(reason)

    def __exit__(self, *error) -> None:
        pass

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each item, and what `work` makes of it and the assignment."""
        for item in items:
            try:
                result = work(self.assignment, item)
            except Exception as error:  # noqa: BLE001 - the rest of the class is to be graded all the same
                result = failed(error)
            yield item, result


class Cluster(contextlib.AbstractContextManager):
    """The workers of a Dask cluster. They share nothing with this process but the installed package.

    Parameters
    ----------
    assignment : Assignment
        Travels to each worker once.
    workers : int or None
        How many to start on this machine, one for each core by default.
    scheduler : str
        The address of a running scheduler; if there is one, none is started here.

    Raises
    ------
    CourseError
        If there is no such scheduler, if its workers have another version of the course, or if they cannot confine
        submissions.
    """

    def __init__(self, assignment: Assignment, workers: int | None = None, scheduler: str = "") -> None:
        self.patience = ConfinedExecute(config=assignment.config).total_seconds + JUDGING
        self.begun: dict[str, Begun] = {}
        self.where = f"the scheduler {scheduler}" if scheduler else "this machine"
        self.stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            self.client = stack.enter_context(connect(scheduler) if scheduler else start(stack, workers))
            self.check(assignment)
            self.stack = stack.pop_all()

    def __exit__(self, *error) -> None:
        self.stack.close()

    def check(self, assignment: Assignment) -> None:
        """Give the workers what they need, and raise CourseError if they are not fit for it."""
        try:
            self.client.wait_for_workers(1, timeout=STARTING)
        except TimeoutError:
            raise CourseError(f"no worker has come to {self.where} for {STARTING:g} s") from None
        try:
            versions = self.client.run(course_version)
        except ImportError as error:
            raise CourseError(f"the workers of {self.where} lack this package: {error}") from None
        for address, theirs in versions.items():
            if theirs != course_version():
                raise CourseError(
                    f"the worker {address} has {theirs}, and here is {course_version()}: install the same"
                )
        self.client.register_plugin(Hold(assignment))
        self.client.subscribe_topic(BEGUN, self.note)
        for address, reason in self.client.run(why_unconfined, assignment).items():
            if reason:
                raise refusal(f"on the worker {address}, {reason}" if "127.0.0.1" not in address else reason)

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each item, and what `work` makes of it and the assignment, or Failed; in the order in which they are done.

        Items are taken as they are needed. One over which a worker dies, or works far too long, is done again by
        another, up to a bound.

        Raises
        ------
        CourseError
            If the scheduler is lost, or all workers for good.
        """
        waiting, running, done = iter(items), {}, []
        self.last_seen = time.monotonic()
        try:
            while True:
                # The next items first, so that no worker waits while the caller looks at the last results.
                for item in itertools.islice(waiting, max(self.size() - len(running), 0)):
                    key = f"{work.__name__}-{uuid.uuid4()}"
                    call = on_worker, key, work, item, course_version()
                    running[self.client.submit(*call, key=key, retries=1)] = Task(item)
                for task, future in done:
                    yield task.item, self.outcome(future)
                if not running:
                    return
                with contextlib.suppress(TimeoutError):
                    wait(list(running), timeout=TICK, return_when="FIRST_COMPLETED")
                done = [(running.pop(future), future) for future in list(running) if future.done()]
                for task in self.give_up_stuck(running):
                    yield task.item, Failed(f"took more than {self.patience:g} s at {DEATHS} workers")
        finally:
            self.client.cancel(list(running))

    def note(self, event: tuple[float, dict]) -> None:
        """A worker says which task it begins."""
        self.begun[event[1]["key"]] = Begun(event[1]["worker"], time.monotonic())

    def size(self) -> int:
        """How many workers there are; they may come and go. Each has one task: if it dies, it is over that one.

        Raises
        ------
        CourseError
            If they have all gone, and do not come back.
        """
        if workers := len(self.client.scheduler_info(n_workers=-1)["workers"]):
            self.last_seen = time.monotonic()
        elif time.monotonic() - self.last_seen > STARTING:
            raise CourseError(f"{self.where} has no worker left; what is graded stays so, run the same again to go on")
        return max(workers, 1)

    def outcome(self, future: Future) -> Any:
        """The result of a task, or Failed.

        Raises
        ------
        CourseError
            If no result means anything.
        """
        self.begun.pop(future.key, None)
        if future.cancelled() or future.status == "lost":
            raise CourseError(f"{self.where} is gone; what is graded stays so, run the same again to go on")
        try:
            return future.result()
        except Exception as error:  # noqa: BLE001 - whatever the work raised, the rest of the class is to be graded
            return failed(error)

    def give_up_stuck(self, running: dict[Future, "Task"]) -> Iterator["Task"]:
        """Kill workers that take far too long over a task; the tasks for which that has not helped."""
        now, stuck = time.monotonic(), set()
        for future, task in list(running.items()):
            begun = self.begun.get(future.key)
            if not begun or now - begun.since < self.patience:
                continue
            del self.begun[future.key]
            stuck.add(begun.worker)
            task.deaths += 1
            if task.deaths == DEATHS:
                self.client.cancel([future])
                yield running.pop(future)
        if stuck:
            self.client.run(kill_worker, workers=sorted(stuck), nanny=True, on_error="ignore")


@dataclass
class Task:
    """An item, and how many workers were stopped because they took too long over it."""

    item: Any
    deaths: int = 0


@dataclass(frozen=True)
class Begun:
    """Which worker began a task, and when."""

    worker: str
    since: float


class WrongVersion(Exception):
    """A worker has another version of the course than whoever asks it."""


class Hold(WorkerPlugin):
    """Keeps the assignment at each worker, also at one that comes later."""

    name = "assignment"

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment


def on_worker(key: str, work: Work, item: Any, expected: str) -> Any:
    """What runs at a worker."""
    worker = get_worker()
    worker.log_event(BEGUN, {"key": key, "worker": worker.address})
    if course_version() != expected:
        raise WrongVersion(f"a worker has {course_version()}, and whoever asks it has {expected}: install the same")
    return work(worker.plugins[Hold.name].assignment, item)


def kill_worker(dask_worker: Nanny) -> None:
    """What runs at a worker's nanny, which then starts a new one."""
    os.kill(dask_worker.pid, signal.SIGKILL)


def start(stack: contextlib.ExitStack, workers: int | None) -> Client:
    """Start workers on this machine, to which nobody else can talk."""
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.admin.tick.limit": "1h",  # that a worker is busy is no news
    }
    stack.enter_context(dask.config.set(settings))
    security = Security.temporary()  # other people on this machine could have code run here otherwise
    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, security=security, silence_logs="CRITICAL"
    )
    return Client(stack.enter_context(cluster))


def connect(scheduler: str) -> Client:
    """Join a running scheduler.

    Raises
    ------
    CourseError
        If there is none.
    """
    try:
        return Client(scheduler, timeout=ANSWER)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise CourseError(f"no scheduler answers at {scheduler!r}: {reason}") from None


@cache
def course_version() -> str:
    """What must be the same wherever a class is graded: the code that runs and judges, Python and numpy."""
    digest = hashlib.sha256()
    for package in (HOME, Path(diagnosis.__file__).parent, Path(tinytorch.__file__).parent):
        sources = (path for path in package.rglob("*") if path.suffix in (".py", ".npz"))
        for path in sorted(path for path in sources if path.with_name("__init__.py").exists()):
            digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return f"course {digest.hexdigest()[:12]}, Python {platform.python_version()}, numpy {version('numpy')}"


def why_unconfined(assignment: Assignment) -> str:
    """Why submissions cannot be confined here; empty if they can, or if somebody has said to run them all the same."""
    if ConfinedExecute(config=assignment.config).run_strangers_code_unconfined:
        logging.getLogger(__name__).warning(
            "warning: submissions run with all your rights, because run_strangers_code_unconfined is set"
        )
        return ""
    try:
        host.zygote()
    except CannotConfine as error:
        return str(error)
    return ""


def failed(error: Exception) -> Failed:
    """What an error at one item means.

    Raises
    ------
    CourseError
        If it means that no result is worth anything.
    """
    match error:
        case CannotConfine():
            raise refusal(str(error)) from error
        case WrongVersion():
            raise CourseError(str(error)) from error
        case KilledWorker():
            return Failed(f"{DEATHS + 1} workers died while they were at it")
    return Failed(f"the grader failed at it: {type(error).__name__}: {error}")


def refusal(reason: str) -> CourseError:
    return CourseError(
        f"grading refused, because submissions cannot be confined here: {reason}. If you trust everybody in the class "
        f"with your files, set c.ConfinedExecute.run_strangers_code_unconfined = True in {HOME / 'nbgrader_config.py'}"
    )
