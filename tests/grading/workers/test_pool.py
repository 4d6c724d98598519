"""Workers die, hang and fail; every item comes back once, with its own result or with the reason why there is none."""

import os
import socket
import time
from contextlib import contextmanager

import dask
import odd_work
import pytest
from distributed import LocalCluster
from distributed.comm import CommClosedError

from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.util.errors import CourseError
from grading.workers import dask_pool
from grading.workers.dask_pool import DaskPool
from grading.workers.local_pool import LocalPool, local_workers
from grading.workers.pool import InProcess
from grading.workers.task import Failed


@pytest.fixture(scope="module")
def assignment(sample_class):
    return assignment_of(sample_class[0], secret="")


@contextmanager
def dask_workers(number):
    """A scheduler that somebody else has started, and workers that come back when they die."""
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}):
        with LocalCluster(number, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL") as cluster:
            yield cluster.scheduler_address


@pytest.fixture(scope="module", params=["local", "dask"])
def workers(request, assignment):
    """Two workers of either kind."""
    if request.param == "local":
        with local_workers(2) as crew, LocalPool(assignment, crew) as pool:
            yield pool
    else:
        with dask_workers(2) as scheduler, DaskPool(assignment, scheduler) as pool:
            yield pool


def wait_for_both(workers):
    """Wait for those that have died before, and have begun again."""
    until = time.monotonic() + 60
    while len(workers.workers()) < 2 and time.monotonic() < until:
        workers.finished([])
    assert len(workers.workers()) == 2


def test_every_item_comes_back_with_its_result(workers):
    assert sorted(workers.map(odd_work.double, range(50))) == [(n, 2 * n) for n in range(50)]


def test_items_are_taken_as_they_are_needed(workers):
    taken = []
    results = workers.map(odd_work.double, (taken.append(n) or n for n in range(100)))
    next(results)
    assert len(taken) <= 4  # one for each of two workers, and one each that followed
    results.close()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no process can be kept to a core here")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_workers_keep_to_a_core_each_where_there_are_enough_for_all(assignment, number):
    allowed = os.sched_getaffinity(0)
    ours = sorted(allowed)[:2]
    os.sched_setaffinity(0, ours)
    try:
        with local_workers(number) as crew, LocalPool(assignment, crew) as workers:
            while len(workers.workers()) < number:
                workers.finished([])
            seen = [where for _, where in workers.map(odd_work.cores, range(6 * number))]
    finally:
        os.sched_setaffinity(0, allowed)
    assert all(worker == submissions for worker, submissions in seen)
    kept = {frozenset(worker) for worker, _ in seen}
    assert kept == ({frozenset(ours)} if number < len(ours) else {frozenset([core]) for core in ours})


def test_an_item_over_which_a_worker_dies_is_done_by_another(workers, tmp_path):
    assert sorted(workers.map(odd_work.sometimes, [(n, str(tmp_path)) for n in range(3)])) == [
        ((n, str(tmp_path)), n) for n in range(3)
    ]


def test_an_item_that_kills_every_worker_is_given_up_and_the_others_are_not(workers, tmp_path):
    (tmp_path / "1").touch()
    results = dict(workers.map(odd_work.sometimes, [(0, None), (1, str(tmp_path))]))
    assert results == {(0, None): Failed("3 workers died while they were at it"), (1, str(tmp_path)): 1}


@pytest.mark.parametrize("kind", ["here", "workers"])
def test_an_item_whose_submission_is_killed_is_done_once_more(kind, workers, assignment, tmp_path):
    if kind == "here":
        workers = InProcess(assignment)
    else:
        wait_for_both(workers)
    folders = {times: tmp_path / str(times) for times in (0, 1, 2)}
    for folder in folders.values():
        folder.mkdir()
    results = {times: result for (times, _), result in workers.map(odd_work.interrupted, folders.items())}
    assert results == {0: 0, 1: 1, 2: Failed("it was killed; it was tried 2 times", interrupted=True)}
    tries = {times: [path.name.split()[1] for path in folder.iterdir()] for times, folder in folders.items()}
    assert {times: len(pids) for times, pids in tries.items()} == {0: 1, 1: 2, 2: 2}
    if kind == "workers":
        assert all(len(set(pids)) == len(pids) for pids in tries.values()), "another worker does it, if there is one"


def test_where_there_is_no_other_worker_the_same_one_does_it_again(assignment, tmp_path):
    with local_workers(1) as crew, LocalPool(assignment, crew) as alone:
        assert list(alone.map(odd_work.interrupted, [(1, str(tmp_path))])) == [((1, str(tmp_path)), 1)]
    assert len({path.name.split()[1] for path in tmp_path.iterdir()}) == 1


def test_an_item_that_never_ends_is_given_up_and_the_others_are_not(workers, monkeypatch):
    wait_for_both(workers)
    assert len(list(workers.map(odd_work.double, range(2)))) == 2  # and now both have loaded everything again
    monkeypatch.setattr(workers, "patience", 8.0)
    results = dict(workers.map(odd_work.hangs, ["hang", "a", "b"]))
    assert results == {"hang": Failed("took more than 8 s"), "a": "a", "b": "b"}


@pytest.mark.parametrize("kind", ["here", "workers"])
def test_an_error_at_one_item_is_its_own(kind, workers, assignment):
    workers = InProcess(assignment) if kind == "here" else workers
    results = {str(item): result for item, result in workers.map(odd_work.raises, [None, KeyError("grade")])}
    assert results == {"None": "well", "'grade'": Failed("the grader failed at it: KeyError: 'grade'")}


@pytest.mark.parametrize("kind", ["here", "workers"])
def test_nothing_is_graded_where_it_cannot_be_confined(kind, workers, assignment):
    workers = InProcess(assignment) if kind == "here" else workers
    with pytest.raises(CourseError, match="grading refused, .*: no Landlock here"):
        list(workers.map(odd_work.refuses, [1]))


def test_what_nobody_waits_for_any_more_is_not_taken_for_something_else(workers):
    results = workers.map(odd_work.slow, range(4))
    first = next(results)
    results.close()  # the other worker is still at it
    assert first in [(0, 0), (1, 1)]
    assert sorted(workers.map(odd_work.double, range(6))) == [(n, 2 * n) for n in range(6)]


def test_workers_start_again_with_the_assignment(workers, assignment):
    """Those that died above have it, too."""
    (held,) = {len(cells) for _, cells in workers.map(odd_work.cells, [1, 2, 3, 4])}
    assert held == len(next(iter(assignment.notebooks.values())).cells)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nowhere", "tcp://", "127.0.0.1:99999999"])
def test_a_scheduler_that_does_not_answer(address, assignment, monkeypatch):
    monkeypatch.setattr(dask_pool, "ANSWER", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address.format(port=free.getsockname()[1])
        with pytest.raises(CourseError, match="no scheduler answers at '"):
            DaskPool(assignment, address)


@pytest.fixture(scope="module")
def elsewhere():
    with dask_workers(1) as scheduler:
        yield scheduler


def test_a_running_scheduler(elsewhere, assignment):
    with DaskPool(assignment, elsewhere) as workers:
        assert sorted(workers.map(odd_work.double, range(5))) == [(n, 2 * n) for n in range(5)]


def test_a_worker_that_is_lost_while_all_are_asked(elsewhere, assignment, monkeypatch):
    """Nothing is known of it; the others are as fit as before."""
    lost, failures = "tcp://127.0.0.1:1", [CommClosedError("lost"), CommClosedError("lost")]
    with DaskPool(assignment, elsewhere) as workers:
        run, register = workers.client.run, workers.client.register_plugin

        def run_without_one(function, *arguments, **options):
            return run(function, *arguments, **options) | {lost: CommClosedError("lost")}

        def register_at_last(plugin):
            if failures:
                raise failures.pop()
            return register(plugin)

        monkeypatch.setattr(workers.client, "run", run_without_one)
        monkeypatch.setattr(workers.client, "register_plugin", register_at_last)
        workers.check(assignment)
        assert not failures and lost not in workers.ask_all(os.getpid)


def test_workers_with_another_version(elsewhere, assignment, monkeypatch):
    monkeypatch.setattr(dask_pool, "version", lambda package: "1.0")
    dask_pool.code_version.cache_clear()
    with pytest.raises(CourseError, match=r"has course \w+, Python .*, numpy 2.*, and here is course .* numpy 1.0"):
        DaskPool(assignment, elsewhere)
    dask_pool.code_version.cache_clear()


def test_a_scheduler_without_workers(assignment, monkeypatch):
    monkeypatch.setattr(dask_pool, "STARTING", 1.0)
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs="CRITICAL") as empty:
        with pytest.raises(CourseError, match="no worker has come"):
            DaskPool(assignment, empty.scheduler_address)


def test_an_assignment_that_was_never_generated(tmp_path):
    with pytest.raises(CourseError, match="no gradebook yet: run `nbgrader generate_assignment"):
        assignment_of(Course(tmp_path), secret="")
