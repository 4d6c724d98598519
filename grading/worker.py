"""What workers on this machine are forked with, and what each of them does first."""

import contextlib
import os

import dask

from .forkserver import CORES
from .loading import uncollected
from .sandbox.machine import CannotConfine
from .sandbox.template import template

with contextlib.suppress(CannotConfine):  # whoever needs a zygote will say so
    template()  # loads what submissions import, while here is loaded what workers do
with uncollected():
    from . import pool
    from .home import LESSON
    from .preprocessors.confined_execute import checks_of
    from .sandbox import host
    from .submission import NotGradable, parse_submission

    # What is found out here is the same for every submission, and is then known to all workers.
    pool.course_version()
    with contextlib.suppress(OSError, NotGradable):
        for cell in parse_submission(LESSON, LESSON.read_bytes()).cells:
            checks_of(cell)


def dask_setup(worker) -> None:
    """Go where this worker belongs, and start what submissions are forked from.

    Whether that is there, and why not, is asked when the worker has joined.
    """
    if cores := dask.config.get(CORES, None):
        with contextlib.suppress(OSError):  # if somebody has taken that core from us, another will do
            os.sched_setaffinity(0, {cores[worker.name % len(cores)]})  # a worker's name is its number
    with contextlib.suppress(CannotConfine):
        host.begin()


def dask_teardown(worker) -> None:
    """Leave nothing behind: a worker is ended in a way that has Python clean up nothing."""
    host.end()
