"""Who does the work: this very process, or the workers of a Dask cluster, here or on other machines."""

import contextlib
import gc
import hashlib
import logging
import os
import platform
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from distributed import Client, Future, LocalCluster, Nanny, Worker, WorkerPlugin, get_worker, wait
from distributed.comm import get_address_host_port

from ..course.assignment import Assignment
from ..examiner.exam import preloaded_modules
from ..nbgrader_plugins import ConfinedExecute
from ..sandbox import host
from ..sandbox.machine import CannotConfine
from ..sandbox.zygote_process import Interrupted
from ..util.errors import CourseError
from ..util.text import in_one_line
from .task import Failed

Work = Callable[[Assignment, Any], Any]

LOST = object()  # in place of a result
TICK = 2.0  # seconds between two looks at whether the workers still work
JUDGING = 120.0  # seconds that a task may take besides what its submission may
TRIES = 2  # of a submission whose process something outside the grader ends
DEATHS = 3  # of workers at one task, then it is given up
HANGS = 2  # the same, if one of them had to be killed: each has cost all its patience
ANSWER = 10.0  # seconds for a scheduler to answer, or for a result to come
STARTING = 60.0  # seconds for a worker to come, or to come back


class InProcess(contextlib.AbstractContextManager):
    """Do everything in this process, one after the other."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        if reason := why_unconfined(assignment):
            raise refusal(reason, assignment.config_file)

    def __exit__(self, *error) -> None:
        pass

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each item, and what `work` makes of it and the assignment, or Failed."""
        for item in items:
            for _ in range(TRIES):
                try:
                    result = work(self.assignment, item)
                except Exception as error:  # noqa: BLE001 - the rest of the class is to be graded all the same
                    result = failed(error, self.assignment.config_file)
                if not isinstance(result, Failed) or not result.interrupted:
                    break
            yield item, result


class DaskPool(contextlib.AbstractContextManager):
    """The workers of a Dask cluster. They share nothing with this process but the installed package.

    Parameters
    ----------
    assignment : Assignment
        Travels to each worker once.
    workers : Future of LocalCluster, or str
        Those of this machine, as they start, or the address of a running scheduler, which knows others.

    Raises
    ------
    CourseError
        If there is no such scheduler, if its workers have another version of the course, or if they cannot confine
        submissions.
    """

    def __init__(self, assignment: Assignment, workers: futures.Future[LocalCluster] | str) -> None:
        a_notebook = ConfinedExecute(config=assignment.config).total_seconds + JUDGING
        self.patience = a_notebook * len(assignment.notebooks)
        self.shunned: set[str] = set()
        self.config_file = assignment.config_file
        self.where = f"the scheduler {workers}" if isinstance(workers, str) else "this machine"
        self.client = connect(workers) if isinstance(workers, str) else Client(workers.result())
        try:
            self.check(assignment)
        except BaseException:
            self.client.close()
            raise

    def __exit__(self, *error) -> None:
        self.client.close()

    def check(self, assignment: Assignment) -> None:
        """Give the workers what they need, and raise CourseError if they are not fit for it."""
        try:
            self.client.wait_for_workers(1, timeout=STARTING)
        except TimeoutError:
            raise CourseError(f"no worker has come to {self.where} for {STARTING:g} s") from None
        try:
            versions = self.ask_all(code_version)
        except ImportError as error:
            raise CourseError(f"the workers of {self.where} lack this package: {error}") from None
        for address, theirs in versions.items():
            if theirs != code_version():
                raise CourseError(f"the worker {address} has {theirs}, and here is {code_version()}: install the same")
        self.send_to_all(AssignmentPlugin(assignment))
        for address, reason in self.ask_all(why_unconfined, assignment).items():
            if reason:
                where = f"on the worker {address}, " if "127.0.0.1" not in address else ""
                raise refusal(f"{where}{reason}", self.config_file)

    def ask_all(self, function: Callable, *arguments: Any) -> dict[str, Any]:
        """What a function returns at each worker. One that is lost is left out: its next task asks the same of it."""
        answers = self.client.run(function, *arguments, on_error="return")
        for answer in answers.values():
            if isinstance(answer, Exception) and not isinstance(answer, OSError):
                raise answer
        return {address: answer for address, answer in answers.items() if not isinstance(answer, OSError)}

    def send_to_all(self, plugin: WorkerPlugin) -> None:
        """Give every worker a plugin. One that is lost meanwhile may keep it from others: then all get it again."""
        for left in reversed(range(DEATHS)):
            try:
                self.client.register_plugin(plugin)
                return
            except OSError:
                if not left:
                    raise

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each item, and what `work` makes of it and the assignment, or Failed; in the order in which they are done.

        Items are taken as they are needed. One over which a worker dies, or works far too long, is done again by
        another, up to a bound; so is one whose submission was killed from outside, by another worker if there is one.
        Each worker has one at a time: if it dies, it is over that one and no other.

        Raises
        ------
        CourseError
            If the scheduler is lost, or all workers for good.
        """
        fresh, again, running, done = map(Task, items), [], {}, []
        hopeless, looked = [], 0.0
        try:
            while True:
                if not running or time.monotonic() > looked + TICK:
                    workers, looked = self.workers(), time.monotonic()
                    for task in self.left_behind(running, workers):
                        (hopeless if task.hopeless else again).append(task)
                    free = workers - {task.worker for task in running.values()}
                # The next items first, so that no worker waits while the caller looks at the last results.
                for worker in free:
                    if task := next_task(again, fresh, worker, alone=len(workers) == 1):
                        running[self.begin(task, worker, work)] = task
                for future, task in done:
                    if (result := self.outcome(future)) is LOST:
                        running[future] = task
                    elif isinstance(result, Failed) and result.interrupted and task.interruptions < TRIES - 1:
                        task.interruptions += 1
                        again.append(task)
                    else:
                        yield task.item, result
                while hopeless:
                    task = hopeless.pop()
                    yield task.item, Failed(task.hopeless)
                if not running and not again:
                    return
                if running:
                    with contextlib.suppress(TimeoutError):
                        wait(list(running), timeout=TICK, return_when="FIRST_COMPLETED")
                done = [(future, running.pop(future)) for future in list(running) if future.done()]
                free = {task.worker for _, task in done} - self.shunned
                self.kill_stuck(running.values())
        finally:
            self.client.cancel(list(running))

    def begin(self, task: "Task", worker: str, work: Work) -> Future:
        """Give a task to a worker, and to no other: whose it is must not be the scheduler's decision."""
        task.worker, task.since = worker, time.monotonic()
        key = f"{work.__name__}-{uuid.uuid4()}"
        return self.client.submit(on_worker, work, task.item, code_version(), key=key, workers=[worker], retries=1)

    def workers(self) -> set[str]:
        """The addresses of those that can work; they may come and go.

        Raises
        ------
        CourseError
            If there are none at all, and none comes.
        """
        until = time.monotonic() + STARTING
        while not (workers := set(self.client.scheduler_info(n_workers=-1)["workers"]) - self.shunned):
            if time.monotonic() > until:
                raise self.stopped("has no worker left")
            time.sleep(TICK / 10)
        return workers

    def outcome(self, future: Future) -> Any:
        """The result of a task, Failed, or LOST if it went with its worker.

        Raises
        ------
        CourseError
            If no result means anything.
        """
        if future.cancelled() or future.status == "lost":
            raise self.stopped("is gone")
        try:
            return future.result(timeout=ANSWER)
        except Exception as error:  # noqa: BLE001 - whatever the work raised, the rest of the class is to be graded
            return failed(error, self.config_file) if future.done() else LOST

    def stopped(self, why: str) -> CourseError:
        return CourseError(f"{self.where} {why}; what is graded stays so, run the same again to go on")

    def kill_stuck(self, tasks: Iterable["Task"]) -> None:
        """Kill workers that take far too long over a task. Where no nanny is to do it, they get no other task."""
        now = time.monotonic()
        for task in tasks:
            if now - task.since > self.patience:
                task.stuck = f"took more than {self.patience:g} s"
                self.shunned.add(task.worker)
                self.client.run(kill_worker, workers=[task.worker], nanny=True, on_error="ignore")

    def left_behind(self, running: dict[Future, "Task"], workers: set[str]) -> Iterator["Task"]:
        """The tasks whose workers are no longer there."""
        for future in [future for future, task in running.items() if task.worker not in workers]:
            self.client.cancel([future])
            task = running.pop(future)
            task.deaths += 1
            yield task


@dataclass
class Task:
    """An item, which worker has it since when, how many died over it, and whether one had to be killed.

    ``interruptions`` counts how often its submission was killed, and not the worker.
    """

    item: Any
    worker: str = ""
    since: float = 0.0
    deaths: int = 0
    interruptions: int = 0
    stuck: str = ""

    @property
    def hopeless(self) -> str:
        """Why no other worker is to try; empty if one is."""
        if self.stuck and self.deaths >= HANGS:
            return self.stuck
        return f"{DEATHS} workers died while they were at it" if self.deaths == DEATHS else ""


def next_task(again: list[Task], fresh: Iterator[Task], worker: str, alone: bool) -> Task | None:
    """What a worker is to do next; it gets nothing for a second time that another worker can do."""
    for place, task in enumerate(again):
        if alone or task.worker != worker:
            return again.pop(place)
    return next(fresh, None)


class WrongVersion(Exception):
    """A worker has another version of the course than whoever asks it."""


class AssignmentPlugin(WorkerPlugin):
    """Keeps the assignment at each worker, also at one that comes later."""

    name = "assignment"

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment

    def setup(self, worker: Worker) -> None:
        gc.collect()
        gc.freeze()  # what is loaded by now is garbage to no task, and looking at it again and again takes long
        gc.set_threshold(5_000, *gc.get_threshold()[1:])


def on_worker(work: Work, item: Any, expected: str) -> Any:
    """What runs at a worker."""
    if code_version() != expected:
        raise WrongVersion(f"a worker has {code_version()}, and whoever asks it has {expected}: install the same")
    try:
        return work(get_worker().plugins[AssignmentPlugin.name].assignment, item)
    except Interrupted as error:  # raised, it would be tried again right here
        return failed(error)


def kill_worker(dask_worker: Nanny) -> None:
    """What runs at a worker's nanny, which then starts a new one."""
    os.kill(dask_worker.pid, signal.SIGKILL)


def connect(scheduler: str) -> Client:
    """Join a running scheduler.

    Raises
    ------
    CourseError
        If there is none.
    """
    try:
        # First by hand: where nobody listens, Client tries until its time is up, and at times (2026.8) without end.
        socket.create_connection(get_address_host_port(scheduler), timeout=ANSWER).close()
        return Client(scheduler, timeout=ANSWER)
    except (OSError, ValueError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise CourseError(f"no scheduler answers at {scheduler!r}: {reason}") from None


@cache
def code_version() -> str:
    """Return what must be the same wherever a class is graded: the code that runs and judges, Python and numpy."""
    digest = hashlib.sha256()
    given = {name.partition(".")[0] for name in preloaded_modules()}
    for name in ("grading", "tracing", *sorted(given)):
        package = Path(find_spec(name).origin).parent
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
        host.zygote(assignment.profile)
    except CannotConfine as error:
        return str(error)
    except Interrupted:  # it could be confined; whether it still can is found out with the first submission
        return ""
    return ""


def failed(error: Exception, config_file: str = "") -> Failed:
    """What an error at one item means; `config_file` holds the settings of the course.

    Raises
    ------
    CourseError
        If it means that no result is worth anything.
    """
    match error:
        case CannotConfine():
            raise refusal(str(error), config_file) from error
        case WrongVersion():
            raise CourseError(str(error)) from error
        case Interrupted():
            return Failed(f"{error}; it was tried {TRIES} times", interrupted=True)
    return Failed(in_one_line(f"the grader failed at it: {type(error).__name__}: {error}"))


def refusal(reason: str, config_file: str) -> CourseError:
    return CourseError(
        f"grading refused, because submissions cannot be confined here: {reason}. docs/container.md says how to grade "
        "here all the same. If you trust everybody in the class with your files, set "
        f"c.ConfinedExecute.run_strangers_code_unconfined = True in {config_file}"
    )
