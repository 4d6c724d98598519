"""Work on the data of many strangers in processes of their own, several at once, each piece within limits."""

import os
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from . import isolation
from .isolation import NotDone, isolated

PART = 25  # pieces for which one process is started: to copy this one takes as long as to read a short notebook
LENGTH = struct.Struct("!Q")


def isolated_map(
    work: Callable[[Any], bytes], items: Iterable[Any], seconds: float, memory: int, processes: int | None = None
) -> Iterator[bytes | NotDone]:
    """Yield what copies of this process make of each item, in the order of the items.

    A few items share a process. Where one of them takes too long or too much, or ends it, each of them gets a process
    of its own: so only that one is not done. Items are taken as they are needed, and results do not pile up.

    Parameters
    ----------
    work : callable
        Returns bytes, as for `isolated`.
    items : iterable
    seconds, memory : float, int
        The limits of a process, as for `isolated`.
    processes : int or None
        How many at once; by default one for each core.
    """
    if not isolation.IN_COPY:  # there is no process of its own, and the limit is one of the main thread
        yield from (result_of(work, item, seconds, memory) for item in items)
        return
    items, running, number = iter(items), deque(), processes or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(number) as threads:  # each waits for one process
        while part := list(islice(items, PART)):
            running.append(threads.submit(results_of, work, part, seconds, memory))
            if len(running) > 2 * number:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def results_of(work: Callable[[Any], bytes], items: list, seconds: float, memory: int) -> list[bytes | NotDone]:
    """Have one process work on all items; each on its own if that fails."""
    try:
        data = memoryview(isolated(lambda: b"".join(map(with_length, map(work, items))), seconds, memory))
    except NotDone:
        return [result_of(work, item, seconds, memory) for item in items]
    found = []
    while data:
        (length,) = LENGTH.unpack_from(data)
        found.append(bytes(data[LENGTH.size : LENGTH.size + length]))
        data = data[LENGTH.size + length :]
    return found


def result_of(work: Callable[[Any], bytes], item: Any, seconds: float, memory: int) -> bytes | NotDone:
    try:
        return isolated(lambda: work(item), seconds, memory)
    except NotDone as error:
        return error


def with_length(result: bytes) -> bytes:
    return LENGTH.pack(len(result)) + result
