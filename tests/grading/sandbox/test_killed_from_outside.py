"""Who ended a submission's process: itself, a limit of ours, or something outside. Only the first two are verdicts."""

import os
import select
import signal
import threading
from pathlib import Path

import pytest
from cells import notebook, run, texts

from grading.nbgrader_plugins import ConfinedExecute
from grading.sandbox import host
from grading.sandbox import template as templates
from grading.sandbox.host import ChildKilled, Ended, check_room, child
from grading.sandbox.limits import Limits
from grading.sandbox.template import Template, template
from grading.sandbox.zygote_process import Zygote
from tests.course07 import PROFILE

FROM_OUTSIDE = pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])


def kill(pid, number=signal.SIGKILL):
    """Kill a process, and wait until it has ended."""
    handle = os.pidfd_open(pid)
    os.kill(pid, number)
    assert select.select([handle], [], [], 60)[0], "it has outlived a signal"
    os.close(handle)


@pytest.fixture
def killed(monkeypatch):
    """Kills the children of as many runs as it is told, after their first cell; holds whom it has killed."""
    run_cell, pids = ConfinedExecute.run_cell, []

    def kill_first(runs, number=signal.SIGKILL):
        def and_kill(self, process, *more):
            outputs = run_cell(self, process, *more)
            if process.pid not in pids and len(pids) < runs:
                pids.append(process.pid)
                kill(process.pid, number)
            return outputs

        monkeypatch.setattr(ConfinedExecute, "run_cell", and_kill)
        return pids

    return kill_first


@FROM_OUTSIDE
def test_who_is_killed_from_outside_is_run_again(number, killed, tmp_path, caplog):
    pids = killed(1, number)
    with caplog.at_level("WARNING"):
        assert texts(run(notebook("seen = []", "seen.append(1)", "seen"), tmp_path)) == ["", "", "[1]"]
    assert len(pids) == 1
    assert f"A submission is run again: its process was killed from outside the grader ({number.name})" in caplog.text


@FROM_OUTSIDE
def test_who_is_killed_again_gets_no_verdict(number, killed, tmp_path):
    pids = killed(5, number)
    with pytest.raises(ChildKilled, match=f"killed from outside the grader .{number.name}., as happens for want"):
        run(notebook("1", "2", "3"), tmp_path)
    assert len(pids) == 2
    assert not list(host.zygote(PROFILE).folder.iterdir())


def test_one_that_is_killed_while_it_computes(tmp_path):
    """As by the kernel, for want of memory."""
    with child(PROFILE, Limits()) as process:
        threading.Timer(0.2, os.kill, (process.pid, signal.SIGKILL)).start()
        with pytest.raises(ChildKilled):
            process.run("while True: pass", None)
        with pytest.raises(ChildKilled):
            process.run("1", None)


ATTEMPTS = {
    "os.kill": "os.kill(os.getpid(), {number})",
    "raise": "signal.raise_signal({number})",
    "a thread": "signal.pthread_kill(threading.get_ident(), {number})",
    "tkill": "libc.syscall(200, os.getpid(), {number})",
    "high bits": "libc.syscall(62, ctypes.c_long(os.getpid()), ctypes.c_long({number} | 1 << 32))",
    "more bits": "libc.syscall(62, ctypes.c_long(os.getpid()), ctypes.c_long({number} | 1 << 7))",
}


@FROM_OUTSIDE
@pytest.mark.parametrize("way", ATTEMPTS)
def test_a_submission_cannot_end_itself_as_somebody_outside_would(number, way, tmp_path):
    if "syscall" in ATTEMPTS[way] and os.uname().machine != "x86_64":
        way = "os.kill"  # the numbers are those of another machine
    attempt = ATTEMPTS[way].format(number=int(number))
    source = f"""
import ctypes, os, signal, threading
libc = ctypes.CDLL(None, use_errno=True)
try:
    print({attempt}, ctypes.get_errno())
except PermissionError as error:
    print(-1, error.errno)
"""
    assert texts(run(notebook(source, "'and goes on'"), tmp_path)) == ["-1 1\n", "'and goes on'"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "it ended itself (exit status 3)"),
        ("import ctypes; ctypes.string_at(8)", "it crashed (SIGSEGV)"),
        ("import os; os.abort()", "it crashed (SIGABRT)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGHUP)", "it crashed (SIGHUP)"),
        ("import os; os.kill(os.getpid(), 40)", "it crashed (signal 40)"),
        ("import signal, time; signal.setitimer(signal.ITIMER_REAL, 0.1); time.sleep(9)", "it crashed (SIGALRM)"),
        ("import os, time; os.closerange(3, 1000); time.sleep(9)", "it broke off its connection to the grader"),
        (
            "import ctypes, os, threading, time\n"
            "threading.Thread(target=lambda: [time.sleep(0.3), os.closerange(3, 1000), time.sleep(9)]).start()\n"
            "ctypes.CDLL(None).pthread_exit(None)",  # one thread has ended, and the process has not
            "it broke off its connection to the grader",
        ),
    ],
)
def test_what_a_submission_does_to_itself_is_told(source, reason):
    with child(PROFILE, Limits()) as process, pytest.raises(Ended) as ended:
        process.run(source, None)
    assert str(ended.value) == reason


def test_our_own_limits_are_verdicts():
    with child(PROFILE, Limits(cpu_seconds=1)) as process, pytest.raises(Ended, match="computed for more than 1 s"):
        process.run("import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", None)
    with child(PROFILE, Limits(scratch_files=1)) as process, pytest.raises(Ended, match="more than 1 files"):
        process.run("for n in range(9): open(str(n), 'w').close()\nimport time; time.sleep(9)", None)


def test_one_that_is_killed_before_it_has_begun(monkeypatch):
    fork = Zygote.fork

    def and_kill(self, *arguments):
        pid = fork(self, *arguments)
        os.kill(pid, signal.SIGKILL)
        return pid

    zygote = host.zygote(PROFILE)
    monkeypatch.setattr(Zygote, "fork", and_kill)
    for _ in range(20):
        try:
            host.Child(zygote, Limits()).close()  # on a busy machine it had begun first
        except ChildKilled:
            break
    else:
        pytest.fail("each had begun before it was killed")
    assert not list(zygote.folder.iterdir())


def test_the_kernel_is_to_take_a_submission_before_the_grader():
    with child(PROFILE, Limits()) as process:
        assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) == 1000
        assert int(Path(f"/proc/{process.zygote.pid}/oom_score_adj").read_text()) < 1000


def test_a_template_that_is_killed_while_a_zygote_starts(monkeypatch):
    monkeypatch.setattr(host, "_zygote", None)
    monkeypatch.setattr(templates, "_template", None)
    fork, pids = Template.fork, []

    def kill_it_first(self, *arguments):
        if not pids:
            pids.append(self.process.pid)
            kill(self.process.pid)
        return fork(self, *arguments)

    monkeypatch.setattr(Template, "fork", kill_it_first)
    try:
        assert host.zygote(PROFILE).alive
        assert len(pids) == 1 and template().process.pid not in pids
    finally:
        host.end()
        template().close()


def test_a_zygote_that_is_killed_while_it_is_tried(monkeypatch):
    monkeypatch.setattr(host, "_zygote", None)
    probed, fork = [], Zygote.fork

    def kill_it_first(self, *arguments):
        if not probed:
            probed.append(self.pid)
            kill(self.pid)
        return fork(self, *arguments)

    monkeypatch.setattr(Zygote, "fork", kill_it_first)
    try:
        assert host.zygote(PROFILE).is_tried and probed
    finally:
        host.end()


def test_a_full_disk_is_no_fault_of_a_submission(tmp_path):
    disk = os.statvfs(tmp_path)
    free = disk.f_bavail * disk.f_frsize
    check_room(tmp_path, free // 2)
    with pytest.raises(OSError, match="No space|less room"):
        check_room(tmp_path, 2 * free)
    with pytest.raises(OSError, match="the disk has less room than the .* MiB that a submission may write"):
        run(notebook("1"), tmp_path, scratch_size=2 * free // 2**20)
    assert not list(host.zygote(PROFILE).folder.iterdir())
