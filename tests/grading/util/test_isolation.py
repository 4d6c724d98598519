"""Work that is done in a copy of this process, which can be killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grading.util import isolation
from grading.util.isolation import NotDone, isolated

MiB = 2**20


def children():
    """The processes that this one has started, also those that have ended and were not waited for."""
    return [Path(task, "children").read_text() for task in Path("/proc/self/task").iterdir()]


def not_done(work, seconds=20.0, memory=256 * MiB):
    with pytest.raises(NotDone) as raised:
        isolated(work, seconds, memory)
    return str(raised.value)


def test_the_result_comes_back_and_nothing_else():
    here = []
    assert isolated(lambda: here.append(1) or b"x" * MiB, 20, 256 * MiB) == b"x" * MiB
    assert here == []


def test_it_works_beside_other_threads_and_from_one():
    stop, results = threading.Event(), []
    others = [threading.Thread(target=stop.wait) for _ in range(3)]
    asking = threading.Thread(target=lambda: results.append(isolated(lambda: b"done", 20, 256 * MiB)))
    for thread in [*others, asking]:
        thread.start()
    asking.join()
    stop.set()
    assert results == [b"done"]


def test_what_does_not_end_is_killed_also_in_c():
    assert not_done(lambda: time.sleep(1000), seconds=0.2) == "takes more than 0.2 s"
    assert not_done(lambda: sum(range(10**15)), seconds=0.2) == "takes more than 0.2 s"


def test_memory_has_a_limit():
    assert not_done(lambda: b"x" * (300 * MiB)) == "takes more than 256 MiB of memory"


def test_what_fails_says_why_and_what_is_killed_that_it_was():
    assert not_done(lambda: 1 / 0) == "fails (ZeroDivisionError: division by zero)"
    assert not_done(lambda: os.kill(os.getpid(), signal.SIGUSR1)) == "ended its process (-10)"
    assert not_done(lambda: sys.exit(3)) == "fails (SystemExit: 3)"


def test_a_result_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(isolation, "LARGEST", MiB)
    assert not_done(lambda: b"x" * (2 * MiB)) == "is larger than 1 MiB"


def test_no_process_and_no_descriptor_is_left():
    before = os.listdir("/proc/self/fd"), children()
    for work in (lambda: b"", lambda: time.sleep(1000), lambda: 1 / 0):
        try:
            isolated(work, 0.2, 256 * MiB)
        except NotDone:
            continue
    assert (os.listdir("/proc/self/fd"), children()) == before


def test_it_ends_with_the_process_that_waits():
    program = (
        "import time\nfrom grading.util.isolation import isolated\n"
        "def work():\n    print('at work', flush=True)\n    time.sleep(1000)\n"
        "isolated(work, 1000, 2**28)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "at work\n"
        process.kill()
        assert process.communicate(timeout=60) == ("", None)  # nobody has the other end of the pipe any more


def test_where_no_process_can_be_copied_it_is_done_here(monkeypatch):
    monkeypatch.setattr(isolation, "IN_COPY", False)
    here = []
    assert isolated(lambda: here.append(1) or b"x", 20, 0) == b"x" and here == [1]
    assert not_done(lambda: 1 / 0).startswith("fails (ZeroDivisionError")

    def loops():
        while True:
            pass

    assert not_done(loops, seconds=0.2) == "takes more than 0.2 s"
