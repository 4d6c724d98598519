"""Dask workers on this machine, which nobody else can talk to."""

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import dask
from dask.system import CPU_COUNT
from distributed import LocalCluster, Security
from distributed.gc import disable_gc_diagnosis

from . import forkserver

SETTINGS = {
    "distributed.worker.multiprocessing-method": forkserver.METHOD,
    "distributed.worker.preload": [forkserver.WORKER],
    # A worker that dies is started again. After this time Dask gives it up for good if it happens to be away once more.
    "distributed.deploy.lost-worker-timeout": "1 day",
    "distributed.admin.tick.limit": "1h",  # that a worker is busy is no news
    "distributed.scheduler.http.routes": [],  # and nobody's business
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # looks at what a worker does a hundred times a second
    "distributed.admin.low-level-log-length": 10,  # each entry may hold a notebook
}


@contextlib.contextmanager
def local_workers(number: int | None = None) -> Iterator[Future[LocalCluster]]:
    """Start a local Dask cluster in the background.

    Parameters
    ----------
    number : int or None
        How many workers, by default one for each core.
    """
    forkserver.start()
    number = number or CPU_COUNT
    with dask.config.set(SETTINGS | {forkserver.CORES: cores(number)}), ThreadPoolExecutor(1) as starter:
        with forkserver.interrupts_ignored():
            cluster = starter.submit(start, number)
        try:
            yield cluster
        finally:
            if not cluster.exception():  # if there is one, whoever has waited for the cluster has it
                cluster.result().close()


def cores(number: int) -> list[int]:
    """Return the cores to pin workers to; none if there are fewer workers than cores.

    A worker and the child that it judges take turns, and find in a core's cache what they left there. Where there are
    enough workers for all cores to be busy, each keeps to one.
    """
    if not hasattr(os, "sched_getaffinity"):  # macOS
        return []
    ours = sorted(os.sched_getaffinity(0))
    return ours if number >= len(ours) else []


def start(number: int) -> LocalCluster:
    cluster = LocalCluster(
        n_workers=number,
        threads_per_worker=1,
        security=Security.temporary(),  # other people on this machine could have code run here otherwise
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        silence_logs="CRITICAL",
    )
    disable_gc_diagnosis(force=True)  # a Ctrl-C amid a collection would be heard, and lost, in its callback
    return cluster
