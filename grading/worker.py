"""What workers on this machine are forked with, and what each of them does first."""

from .loading import uncollected

with uncollected():
    from . import pool as pool  # the work itself
    from .sandbox import host


def dask_setup(worker) -> None:
    """Start what submissions are forked from; that it is there is asked for later, when the worker has joined."""
    host.begin()
