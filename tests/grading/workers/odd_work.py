"""Work for a pool's workers that goes wrong. It is imported by them, too."""

import os
import time
from pathlib import Path

from grading.sandbox import host
from grading.sandbox.host import ChildKilled
from grading.sandbox.machine import CannotConfine


def double(assignment, item):
    return 2 * item


def slow(assignment, item):
    """The first item is done at once, every other one takes a while."""
    time.sleep(0.5 * item)
    return item


def cores(assignment, item):
    """Where it runs, and where submissions do."""
    return os.sched_getaffinity(0), os.sched_getaffinity(host.zygote(assignment.profile).pid)


def sometimes(assignment, item):
    """Its own process dies the first time it is asked for an item with a folder; without one, every time."""
    number, folder = item
    if folder is None:
        os._exit(1)
    try:
        Path(folder, str(number)).touch(exist_ok=False)
    except FileExistsError:
        return number
    os._exit(1)


def interrupted(assignment, item):
    """Something outside kills its submission, so many times; the folder holds which processes had it."""
    times, folder = item
    tried = sorted(Path(folder).iterdir())
    Path(folder, f"{len(tried)} {os.getpid()}").touch()
    if len(tried) < times:
        raise ChildKilled("it was killed")
    return times


def hangs(assignment, item):
    while item == "hang":
        time.sleep(0.1)
    return item


def raises(assignment, item):
    if item:
        raise item
    return "well"


def refuses(assignment, item):
    raise CannotConfine("no Landlock here")


def cells(assignment, item):
    return next(iter(assignment.notebooks.values())).cells
