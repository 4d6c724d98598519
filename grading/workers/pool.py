"""Who does the work: this very process, or workers, which other modules start."""

import contextlib
import gc
import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..course.assignment import Assignment
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


class WorkerPool(contextlib.AbstractContextManager):
    """Workers that do one task at a time each. They may die, hang, and come back.

    Parameters
    ----------
    assignment : Assignment
    where : str
        Where they are, in words.
    """

    def __init__(self, assignment: Assignment, where: str) -> None:
        a_notebook = ConfinedExecute(config=assignment.config).total_seconds + JUDGING
        self.patience = a_notebook * len(assignment.notebooks)
        self.shunned: set[str] = set()
        self.config_file, self.where = assignment.config_file, where
        self.looked = 0.0  # when it was last asked who is there; to be set to 0 where somebody has come or gone

    @abstractmethod
    def workers(self) -> set[str]:
        """The names of those that can work; they may come and go.

        Raises
        ------
        CourseError
            If there are none at all, and none comes.
        """

    @abstractmethod
    def hand_out(self, task: "Task", work: Work) -> Hashable:
        """Give a task to the worker that it names, and return what stands for it."""

    @abstractmethod
    def finished(self, handles: Collection[Hashable]) -> list[Hashable]:
        """Wait until some tasks are done, for at most a tick; and return those that are."""

    @abstractmethod
    def outcome(self, handle: Hashable) -> Any:
        """The result of a task, Failed, or LOST if it went with its worker.

        Raises
        ------
        CourseError
            If no result means anything.
        """

    @abstractmethod
    def cancel(self, handles: Collection[Hashable]) -> None:
        """Forget tasks that are not done."""

    @abstractmethod
    def kill(self, worker: str) -> None:
        """Have a worker killed, and another one started."""

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Each item, and what `work` makes of it and the assignment, or Failed; in the order in which they are done.

        Items are taken as they are needed. One over which a worker dies, or works far too long, is done again by
        another, up to a bound; so is one whose submission was killed from outside, by another worker if there is one.
        Each worker has one at a time: if it dies, it is over that one and no other.

        Raises
        ------
        CourseError
            If all workers are lost for good.
        """
        fresh, again, running, done = map(Task, items), [], {}, []
        hopeless, self.looked = [], 0.0
        try:
            while True:
                if not running or time.monotonic() > self.looked + TICK:
                    self.looked = time.monotonic()
                    workers = self.workers()
                    for task in self.left_behind(running, workers):
                        (hopeless if task.hopeless else again).append(task)
                    free = workers - {task.worker for task in running.values()}
                # The next items first, so that no worker waits while the caller looks at the last results.
                for worker in free:
                    if task := next_task(again, fresh, worker, alone=len(workers) == 1):
                        task.worker, task.since = worker, time.monotonic()
                        running[self.hand_out(task, work)] = task
                for handle, task in done:
                    if (result := self.outcome(handle)) is LOST:
                        running[handle] = task
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
                done = [(handle, running.pop(handle)) for handle in self.finished(running)]
                free = {task.worker for _, task in done} - self.shunned
                self.kill_stuck(running.values())
        finally:
            self.cancel(list(running))

    def stopped(self, why: str) -> CourseError:
        return CourseError(f"{self.where} {why}; what is graded stays so, run the same again to go on")

    def kill_stuck(self, tasks: Iterable["Task"]) -> None:
        """Kill workers that take far too long over a task, and give them no other."""
        now = time.monotonic()
        for task in tasks:
            if now - task.since > self.patience:
                task.stuck = f"took more than {self.patience:g} s"
                self.shunned.add(task.worker)
                self.kill(task.worker)

    def left_behind(self, running: dict[Hashable, "Task"], workers: set[str]) -> Iterator["Task"]:
        """The tasks whose workers are no longer there."""
        for handle in [handle for handle, task in running.items() if task.worker not in workers]:
            self.cancel([handle])
            task = running.pop(handle)
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


def collect_seldom() -> None:
    """Have a worker look seldom for garbage: what is loaded is none, and what a submission leaves is hardly any."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, *gc.get_threshold()[1:])


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
