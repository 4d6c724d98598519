"""Workers on this machine, to which nobody else can talk."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import dask
from distributed import Client, LocalCluster, Security
from distributed.gc import disable_gc_diagnosis

from . import forkserver

SETTINGS = {
    "distributed.worker.multiprocessing-method": forkserver.METHOD,
    "distributed.worker.preload": [forkserver.WORKER],
    "distributed.admin.tick.limit": "1h",  # that a worker is busy is no news
    "distributed.scheduler.http.routes": [],  # and nobody's business
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # looks at what a worker does a hundred times a second
    "distributed.admin.low-level-log-length": 10,  # each entry may hold a notebook
}


class LocalWorkers(contextlib.AbstractContextManager):
    """A Dask cluster that starts in the background: to load what the coordinator needs takes as long.

    Parameters
    ----------
    number : int or None
        How many workers, by default one for each core.
    """

    def __init__(self, number: int | None = None) -> None:
        forkserver.start()
        self.settings = dask.config.set(SETTINGS)
        starter = ThreadPoolExecutor(1)
        with forkserver.deaf():
            self.cluster = starter.submit(start, number)
        starter.shutdown(wait=False)

    def __exit__(self, *error) -> None:
        if not self.cluster.exception():  # if there is one, whoever has asked for a client has it
            self.cluster.result().close()
        self.settings.__exit__(*error)

    def client(self) -> Client:
        """Wait until they have started."""
        return Client(self.cluster.result())


def start(number: int | None) -> LocalCluster:
    cluster = LocalCluster(
        n_workers=number,
        threads_per_worker=1,
        security=Security.temporary(),  # other people on this machine could have code run here otherwise
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        silence_logs="CRITICAL",
    )
    disable_gc_diagnosis(force=True)  # a Ctrl-C amid a collection would be heard, and lost, in its callback
    return cluster
