"""The workers of a Dask cluster, here or on other machines."""

import contextlib
import hashlib
import os
import platform
import signal
import socket
import time
import uuid
from collections.abc import Callable, Collection
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from distributed import Client, Future, Nanny, Worker, WorkerPlugin, get_worker, wait
from distributed.comm import get_address_host_port

from ..course.assignment import Assignment
from ..examiner.exam import preloaded_modules
from ..sandbox.zygote_process import Interrupted
from ..util.errors import CourseError
from .pool import (
    DEATHS,
    LOST,
    STARTING,
    TICK,
    Task,
    Work,
    WorkerPool,
    WrongVersion,
    collect_seldom,
    failed,
    refusal,
    why_unconfined,
)

ANSWER = 10.0  # seconds for a scheduler to answer, or for a result to come


class DaskPool(WorkerPool):
    """The workers of a Dask cluster. They share nothing with this process but the installed package.

    Parameters
    ----------
    assignment : Assignment
        Travels to each worker once.
    scheduler : str
        The address of the running scheduler, which knows them.

    Raises
    ------
    CourseError
        If there is no such scheduler, if its workers have another version of the course, or if they cannot confine
        submissions.
    """

    def __init__(self, assignment: Assignment, scheduler: str) -> None:
        super().__init__(assignment, f"the scheduler {scheduler}")
        self.client = connect(scheduler)
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
                raise refusal(f"on the worker {address}, {reason}", self.config_file)

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

    def hand_out(self, task: Task, work: Work) -> Future:
        # To this worker and no other: whose it is must not be the scheduler's decision.
        key = f"{work.__name__}-{uuid.uuid4()}"
        return self.client.submit(on_worker, work, task.item, code_version(), key=key, workers=[task.worker], retries=1)

    def workers(self) -> set[str]:
        until = time.monotonic() + STARTING
        while not (workers := set(self.client.scheduler_info(n_workers=-1)["workers"]) - self.shunned):
            if time.monotonic() > until:
                raise self.stopped("has no worker left")
            time.sleep(TICK / 10)
        return workers

    def outcome(self, future: Future) -> Any:
        if future.cancelled() or future.status == "lost":
            raise self.stopped("is gone")
        try:
            return future.result(timeout=ANSWER)
        except Exception as error:  # noqa: BLE001 - whatever the work raised, the rest of the class is to be graded
            return failed(error, self.config_file) if future.done() else LOST

    def finished(self, handles: Collection[Future]) -> list[Future]:
        if handles:
            with contextlib.suppress(TimeoutError):
                wait(list(handles), timeout=TICK, return_when="FIRST_COMPLETED")
        return [future for future in handles if future.done()]

    def cancel(self, handles: Collection[Future]) -> None:
        self.client.cancel(list(handles))

    def kill(self, worker: str) -> None:
        # Where no nanny is to start another one, this one gets no other task.
        self.client.run(kill_worker, workers=[worker], nanny=True, on_error="ignore")


class AssignmentPlugin(WorkerPlugin):
    """Keeps the assignment at each worker, also at one that comes later."""

    name = "assignment"

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment

    def setup(self, worker: Worker) -> None:
        collect_seldom()


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
