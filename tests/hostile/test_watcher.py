"""A child is looked at all the time, whatever the host does meanwhile: also while it judges, and sends nothing."""

import contextlib
import os
import select

import pytest

from grading.sandbox.host import Ended, Limits, child
from grading.sandbox.profile import SandboxProfile
from grading.sandbox.watcher import Watcher

MiB = 2**20
# Each begins when its cell has ended, as it would while a trace is judged.
LATER = """
import threading, time

def begin():
    while not cell_has_ended.wait(0.01):
        pass
    {}

cell_has_ended = threading.Event()
threading.Thread(target=begin, daemon=True).start()
get_ipython().events.register("post_run_cell", lambda result: cell_has_ended.set())
"""
THREADS = "for _ in range(20): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"
FILES = "for i in range(200): open(f'file-{i}', 'w').close()"
BYTES = "open('large', 'wb').write(bytes(6 * 2**20))"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (THREADS, "it had more than 10 threads"),
        (FILES, "it wrote more than 5 MiB, or more than 100 files"),
        (BYTES, "it wrote more than 5 MiB, or more than 100 files"),
    ],
    ids=["threads", "files", "bytes"],
)
def test_what_it_does_while_nobody_waits_for_it_is_seen(what, reason):
    limits = Limits(threads=10, scratch_files=100, scratch_size=5 * MiB)
    with child(SandboxProfile(), limits) as process:
        ended = os.pidfd_open(process.pid)
        with contextlib.suppress(Ended):  # it may be seen before the host has been told that the cell has ended
            process.run(LATER.format(what), lambda message: None)
        assert select.select([ended], [], [], 60)[0], "nobody has seen it"
        os.close(ended)
        with pytest.raises(Ended, match=reason):
            process.run("1", lambda message: None)


def test_who_cannot_be_looked_at_is_ended_and_that_is_no_fault_of_theirs(monkeypatch):
    def fails(watcher):
        raise PermissionError("not yours")

    with child(SandboxProfile(), Limits()) as process:
        monkeypatch.setattr(Watcher, "look_for_nameless", fails)
        with pytest.raises(PermissionError, match="not yours"):
            process.run("import time\ntime.sleep(1000)", lambda message: None)
