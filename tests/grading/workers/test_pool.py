"""Workers die, hang and fail; every item comes back once, with its own result or with the reason why there is none."""

import os
import socket

import dask
import odd_work
import pytest
from distributed import LocalCluster
from distributed.comm import CommClosedError

from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.util.errors import CourseError
from grading.workers import pool
from grading.workers.local_cluster import local_workers
from grading.workers.pool import DaskPool, InProcess
from grading.workers.task import Failed


@pytest.fixture(scope="module")
def assignment(sample_class):
    return assignment_of(sample_class[0], secret="")


@pytest.fixture(scope="module")
def cluster(assignment):
    with local_workers(2) as workers, DaskPool(assignment, workers) as cluster:
        yield cluster


def test_every_item_comes_back_with_its_result(cluster):
    assert sorted(cluster.map(odd_work.double, range(50))) == [(n, 2 * n) for n in range(50)]


def test_items_are_taken_as_they_are_needed(cluster):
    taken = []
    results = cluster.map(odd_work.double, (taken.append(n) or n for n in range(100)))
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
        with local_workers(number) as workers, DaskPool(assignment, workers) as cluster:
            cluster.client.wait_for_workers(number)
            seen = [where for _, where in cluster.map(odd_work.cores, range(6 * number))]
    finally:
        os.sched_setaffinity(0, allowed)
    assert all(worker == submissions for worker, submissions in seen)
    kept = {frozenset(worker) for worker, _ in seen}
    assert kept == ({frozenset(ours)} if number < len(ours) else {frozenset([core]) for core in ours})


def test_an_item_over_which_a_worker_dies_is_done_by_another(cluster, tmp_path):
    assert sorted(cluster.map(odd_work.sometimes, [(n, str(tmp_path)) for n in range(3)])) == [
        ((n, str(tmp_path)), n) for n in range(3)
    ]


def test_a_worker_that_dies_twice_is_not_given_up(cluster):
    """Dask looks for a lost worker once, by default after 15 s, and not whether it was there in the meantime."""
    patience = dask.utils.parse_timedelta(dask.config.get("distributed.deploy.lost-worker-timeout"))
    assert patience > 3600


def test_an_item_that_kills_every_worker_is_given_up_and_the_others_are_not(cluster, tmp_path):
    (tmp_path / "1").touch()
    results = dict(cluster.map(odd_work.sometimes, [(0, None), (1, str(tmp_path))]))
    assert results == {(0, None): Failed("3 workers died while they were at it"), (1, str(tmp_path)): 1}


@pytest.mark.parametrize("kind", ["here", "cluster"])
def test_an_item_whose_submission_is_killed_is_done_once_more(kind, cluster, assignment, tmp_path):
    workers = cluster if kind == "cluster" else InProcess(assignment)
    folders = {times: tmp_path / str(times) for times in (0, 1, 2)}
    for folder in folders.values():
        folder.mkdir()
    cluster.client.wait_for_workers(2)  # some have died above
    results = {times: result for (times, _), result in workers.map(odd_work.interrupted, folders.items())}
    assert results == {0: 0, 1: 1, 2: Failed("it was killed; it was tried 2 times", interrupted=True)}
    tries = {times: [path.name.split()[1] for path in folder.iterdir()] for times, folder in folders.items()}
    assert {times: len(pids) for times, pids in tries.items()} == {0: 1, 1: 2, 2: 2}
    if kind == "cluster":
        assert all(len(set(pids)) == len(pids) for pids in tries.values()), "another worker does it, if there is one"


def test_where_there_is_no_other_worker_the_same_one_does_it_again(assignment, tmp_path):
    with local_workers(1) as workers, DaskPool(assignment, workers) as alone:
        assert list(alone.map(odd_work.interrupted, [(1, str(tmp_path))])) == [((1, str(tmp_path)), 1)]
    assert len({path.name.split()[1] for path in tmp_path.iterdir()}) == 1


def test_a_worker_that_is_lost_while_all_are_asked(cluster, assignment, monkeypatch):
    """Nothing is known of it; the others are as fit as before."""
    run, register = cluster.client.run, cluster.client.register_plugin
    lost, failures = "tcp://127.0.0.1:1", [CommClosedError("lost"), CommClosedError("lost")]

    def run_without_one(function, *arguments, **options):
        return run(function, *arguments, **options) | {lost: CommClosedError("lost")}

    def register_at_last(plugin):
        if failures:
            raise failures.pop()
        return register(plugin)

    monkeypatch.setattr(cluster.client, "run", run_without_one)
    monkeypatch.setattr(cluster.client, "register_plugin", register_at_last)
    cluster.check(assignment)
    assert not failures and lost not in cluster.ask_all(os.getpid)


def test_an_item_that_never_ends_is_given_up_and_the_others_are_not(cluster, monkeypatch):
    cluster.client.wait_for_workers(2)  # some have died above
    assert len(list(cluster.map(odd_work.double, range(2)))) == 2  # and now both have loaded everything again
    monkeypatch.setattr(cluster, "patience", 8.0)
    results = dict(cluster.map(odd_work.hangs, ["hang", "a", "b"]))
    assert results == {"hang": Failed("took more than 8 s"), "a": "a", "b": "b"}


@pytest.mark.parametrize("kind", ["here", "cluster"])
def test_an_error_at_one_item_is_its_own(kind, cluster, assignment):
    workers = cluster if kind == "cluster" else InProcess(assignment)
    results = {str(item): result for item, result in workers.map(odd_work.raises, [None, KeyError("grade")])}
    assert results == {"None": "well", "'grade'": Failed("the grader failed at it: KeyError: 'grade'")}


@pytest.mark.parametrize("kind", ["here", "cluster"])
def test_nothing_is_graded_where_it_cannot_be_confined(kind, cluster, assignment):
    workers = cluster if kind == "cluster" else InProcess(assignment)
    with pytest.raises(CourseError, match="grading refused, .*: no Landlock here"):
        list(workers.map(odd_work.refuses, [1]))


def test_workers_start_again_with_the_assignment(cluster, assignment):
    """Those that died above have it, too."""
    (held,) = {len(cells) for _, cells in cluster.map(odd_work.cells, [1, 2, 3, 4])}
    assert held == len(next(iter(assignment.notebooks.values())).cells)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nowhere", "tcp://", "127.0.0.1:99999999"])
def test_a_scheduler_that_does_not_answer(address, assignment, monkeypatch):
    monkeypatch.setattr(pool, "ANSWER", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address.format(port=free.getsockname()[1])
        with pytest.raises(CourseError, match="no scheduler answers at '"):
            DaskPool(assignment, address)


@pytest.fixture(scope="module")
def elsewhere():
    """A scheduler that somebody else has started, with one worker."""
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL") as cluster:
        yield cluster


def test_a_running_scheduler(elsewhere, assignment):
    with DaskPool(assignment, elsewhere.scheduler_address) as workers:
        assert sorted(workers.map(odd_work.double, range(5))) == [(n, 2 * n) for n in range(5)]


def test_workers_with_another_version(elsewhere, assignment, monkeypatch):
    monkeypatch.setattr(pool, "version", lambda package: "1.0")
    pool.code_version.cache_clear()
    with pytest.raises(CourseError, match=r"has course \w+, Python .*, numpy 2.*, and here is course .* numpy 1.0"):
        DaskPool(assignment, elsewhere.scheduler_address)
    pool.code_version.cache_clear()


def test_a_scheduler_without_workers(assignment, monkeypatch):
    monkeypatch.setattr(pool, "STARTING", 1.0)
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs="CRITICAL") as empty:
        with pytest.raises(CourseError, match="no worker has come"):
            DaskPool(assignment, empty.scheduler_address)


def test_an_assignment_that_was_never_generated(tmp_path):
    with pytest.raises(CourseError, match="no gradebook yet: run `nbgrader generate_assignment"):
        assignment_of(Course(tmp_path), secret="")
