"""The zygote and its children: one that dies is replaced, and none outlives its owner."""

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from cells import notebook, run, texts

from grading.autograde import worker
from grading.course.paths import DEFAULT_COURSE
from grading.nbgrader_plugins import ConfinedExecute
from grading.sandbox import folders, host, zygote_process
from grading.sandbox import template as templates
from grading.sandbox.folders import PREFIX, sweep
from grading.sandbox.host import ChildKilled, Ended, child
from grading.sandbox.limits import Limits
from grading.sandbox.machine import CannotConfine
from grading.sandbox.template import Template, template
from grading.sandbox.zygote_process import Zygote, ZygoteDied
from tests.course07 import PROFILE

OWNER = """
import json
from grading.sandbox import folders, host
from grading.sandbox.limits import Limits
from grading.sandbox.profile import SandboxProfile
from grading.sandbox.template import template
PROFILE = SandboxProfile()
child = host.Child(host.zygote(PROFILE), Limits())
child.run("open('left', 'w').write('x')", None)
zygote, pids = host.zygote(PROFILE), [template().process.pid, host.zygote(PROFILE).pid, child.pid]
print(json.dumps([pids, str(zygote.folder), str(child.scratch)]), flush=True)
child.run("while True: pass", None)
"""

OWNERS = """
import os
from grading.sandbox import folders, host
from grading.sandbox.profile import SandboxProfile
from grading.sandbox.template import template
PROFILE = SandboxProfile()
origin = template().process.pid
read, write = os.pipe()
for n in range(3):
    if not os.fork():
        with host.child(PROFILE, host.Limits()) as child:
            parent = int(open(f"/proc/{host.zygote(PROFILE).pid}/stat").read().rpartition(")")[2].split()[1])
            shown = child.run("6 * 7", None)[0].data["text/plain"]
            os.write(write, f"{shown} {parent == template().process.pid == origin}\\n".encode())
        os._exit(0)
os.close(write)
print(open(read).read())
"""


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_for(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def kill(process):
    process.kill()
    process.wait()


def kill_zygote(zygote):
    os.kill(zygote.pid, signal.SIGKILL)
    wait_for(lambda: not zygote.alive, "a zygote has outlived its end")


def test_a_killed_zygote_is_started_again_and_the_submission_is_graded_anew(tmp_path, monkeypatch, caplog):
    first, run_cell, killed = host.zygote(PROFILE), ConfinedExecute.run_cell, []

    def and_kill(self, process, *more):
        outputs = run_cell(self, process, *more)
        if not killed:
            killed.append(process.pid)
            kill_zygote(process.zygote)
        return outputs

    monkeypatch.setattr(ConfinedExecute, "run_cell", and_kill)
    nb = notebook("seen = []", "seen.append(1)", "seen")
    with caplog.at_level("WARNING"):
        assert texts(run(nb, tmp_path)) == ["", "", "[1]"]
    assert "A submission is run again: the process that submissions are forked from" in caplog.text
    assert killed and not first.alive and host.zygote(PROFILE) is not first and host.zygote(PROFILE).alive
    wait_for(lambda: not is_running(killed[0]), "a child has outlived its zygote")


def test_a_zygote_that_was_begun_is_the_one_that_is_used(monkeypatch):
    monkeypatch.setattr(host, "_zygote", None)
    host.begin(PROFILE)
    begun = host._zygote
    with contextlib.closing(host.zygote(PROFILE)) as used:
        assert used is begun and used.alive


def test_one_that_was_begun_and_died_is_started_again(monkeypatch):
    monkeypatch.setattr(host, "_zygote", None)
    host.begin(PROFILE)
    begun = host._zygote
    begun.wait()
    kill_zygote(begun)
    with contextlib.closing(host.zygote(PROFILE)) as used:
        assert used is not begun and used.alive


@pytest.mark.parametrize("killed", [host.STARTS - 1, host.STARTS])
def test_one_that_is_killed_while_it_starts_is_started_again_a_few_times(monkeypatch, killed):
    starts = []

    def serving(profile):
        starts.append(profile)
        if len(starts) <= killed:
            raise ZygoteDied("it was killed")
        return "a zygote"

    monkeypatch.setattr(host, "serving", serving)
    if killed < host.STARTS:
        assert host.zygote(PROFILE) == "a zygote"
    else:
        with pytest.raises(ZygoteDied, match="it was killed"):  # not that it cannot start: no run is refused for it
            host.zygote(PROFILE)
    assert len(starts) == host.STARTS


def test_a_template_that_was_killed_is_started_again():
    first, kept = template(), host.zygote(PROFILE)
    kill(first.process)
    assert not first.alive and kept.alive and host.zygote(PROFILE) is kept
    kill_zygote(kept)
    assert host.zygote(PROFILE).alive and template() is not first


def test_a_template_that_cannot_load_is_no_place_to_run_submissions(monkeypatch):
    monkeypatch.setattr(templates, "_template", None)
    monkeypatch.setattr(host, "_zygote", None)
    monkeypatch.setattr(templates.sys, "executable", shutil.which("false"))
    with pytest.raises(CannotConfine, match=r"did not start \(exit status 1\); see above"):
        host.zygote(PROFILE)


def test_a_template_that_is_killed_whenever_it_starts_is_no_reason_to_refuse_a_run(monkeypatch):
    def killed_at_once(modules):
        made = Template(modules)
        made.process.kill()
        return made

    monkeypatch.setattr(templates, "_template", None)
    monkeypatch.setattr(host, "_zygote", None)
    monkeypatch.setattr(templates, "Template", killed_at_once)
    with pytest.raises(ZygoteDied, match="was ended while it started"):
        host.zygote(PROFILE)


def test_a_zygote_whose_first_child_is_killed_is_tried_with_another(monkeypatch):
    monkeypatch.setattr(host, "_zygote", None)
    monkeypatch.setattr(zygote_process, "START", 20.0)  # it waited for a second greeting, which never comes
    runs = []

    def run(self, source, receive, questions=None):
        runs.append(self.pid)
        if len(runs) == 1:
            raise ChildKilled("by somebody")
        return []

    monkeypatch.setattr(host.Child, "run", run)
    with contextlib.closing(host.zygote(PROFILE)) as tried:
        assert tried.is_tried and len(runs) == 2


def test_a_zygote_that_cannot_start_says_why(monkeypatch, capfd):
    monkeypatch.setattr(host, "_zygote", None)
    with pytest.raises(CannotConfine, match="did not start: ModuleNotFoundError: No module named 'no_such_module'"):
        host.zygote(dataclasses.replace(PROFILE, modules=("no_such_module",)))


def test_zygotes_of_several_owners_are_forked_from_one_template():
    """Workers inherit the connection to it, and so ask at the same time."""
    done = subprocess.run([sys.executable, "-c", OWNERS], capture_output=True, text=True, cwd=DEFAULT_COURSE.parent)
    assert done.stdout.split("\n")[:3] == ["42 True"] * 3, done.stderr


def test_where_a_zygote_cannot_be_begun_whoever_needs_it_is_told(monkeypatch):
    def refuse():
        raise CannotConfine("no Landlock here")

    monkeypatch.setattr(host, "_zygote", None)
    monkeypatch.setattr(templates, "check_machine", refuse)
    worker.begin()
    with pytest.raises(CannotConfine, match="no Landlock here"):
        host.zygote(PROFILE)


def test_while_a_child_runs_the_host_does_something_else():
    def pieces():
        for n in range(3):
            done.append(n)
            yield

    done = []
    with child(PROFILE, Limits(), None, pieces()) as process:
        process.run("import time; time.sleep(0.2)", None)
        assert done == [0, 1, 2]
        assert process.run("1 + 1", None)[0].data["text/plain"] == "2"


def test_a_zygote_killed_between_two_submissions_is_started_again(tmp_path):
    kill_zygote(host.zygote(PROFILE))
    assert texts(run(notebook("1 + 1"), tmp_path)) == ["2"]


def test_a_zygote_that_dies_again_and_again_is_no_verdict(tmp_path, monkeypatch):
    def run_cell(self, process, cell, *more):
        kill_zygote(process.zygote)
        return process.run(cell.source, None)

    monkeypatch.setattr(ConfinedExecute, "run_cell", run_cell)
    with pytest.raises(ZygoteDied):
        run(notebook("1"), tmp_path)


def test_a_child_that_ends_takes_nobody_along(tmp_path):
    with child(PROFILE, Limits()) as mine:
        with pytest.raises(Ended, match=r"it crashed \(SIGABRT\)"):
            mine.run("import os; os.abort()", None)
        scratch = mine.scratch
    assert not scratch.exists() and host.zygote(PROFILE).alive
    assert texts(run(notebook("1 + 1"), tmp_path)) == ["2"]


def test_a_submission_sees_nothing_of_the_one_before(tmp_path):
    run(notebook("import builtins, json\nbuiltins.left = json.left = 1\nopen('left', 'w').close()"), tmp_path)
    nb = notebook("import builtins, json, os\n[hasattr(builtins, 'left'), hasattr(json, 'left'), os.listdir('.')]")
    assert texts(run(nb, tmp_path)) == ["[False, False, []]"]


@pytest.mark.parametrize("kill_group", [False, True], ids=["the owner alone", "its zygote too"])
def test_nothing_outlives_an_owner_that_is_killed(kill_group, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, cwd=DEFAULT_COURSE.parent)
    pids, folder, scratch = json.loads(owner.stdout.readline())
    assert all(map(is_running, pids)) and Path(scratch, "left").exists()
    sweep(tmp_path)  # somebody else who begins to grade
    assert Path(scratch, "left").exists(), "the folder of somebody who is at work was removed"

    if kill_group:
        os.kill(pids[1], signal.SIGKILL)
    kill(owner)
    owner.stdout.close()
    wait_for(lambda: not any(map(is_running, pids)), "a process has outlived its owner")
    assert Path(folder).exists()  # nobody was left to remove it
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.closing(Zygote(PROFILE)) as next_one:
        assert list(tmp_path.iterdir()) == [next_one.folder]
    assert list(tmp_path.iterdir()) == []


def test_sweeping_leaves_alone_what_is_not_its_own(tmp_path):
    (tmp_path / f"{PREFIX}locked").mkdir()
    (tmp_path / "victim").mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "victim")
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / f"{PREFIX}left" / "deep").mkdir(parents=True)
    locked = os.open(tmp_path / f"{PREFIX}locked", os.O_RDONLY)
    fcntl.flock(locked, fcntl.LOCK_EX)
    sweep(tmp_path)
    os.close(locked)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{PREFIX}locked", f"{PREFIX}link", f"{PREFIX}file", "victim"
    }  # fmt: skip


KEEPER = """
import sys
from pathlib import Path
from grading.sandbox.folders import temporary_folder
with temporary_folder() as folder:
    (folder / "a student's").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_the_folder_of_somebody_who_was_killed_is_swept(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", KEEPER]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=DEFAULT_COURSE.parent
    ) as keeper:
        folder = Path(keeper.stdout.readline().strip())
        sweep(tmp_path)
        assert (folder / "a student's").exists(), "whoever is at work keeps it"
        kill(keeper)
    assert folder.exists()
    sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made, make = [], tempfile.mkdtemp

    def and_sweep(**options):
        made.append(make(**options))
        if len(made) == 1:
            sweep(tmp_path)
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", and_sweep)
    with folders.temporary_folder() as folder:
        assert [str(folder)] == made[1:] and list(tmp_path.iterdir()) == [folder]
        sweep(tmp_path)
        assert folder.exists()
    assert not list(tmp_path.iterdir())
