"""Where submissions cannot be confined, nothing is run, and it is said what is missing."""

import logging
import platform
import shutil
import subprocess
import sys

import pytest
from cells import notebook, run, texts
from nbgrader.preprocessors import Execute

from grading.course.assignment import Assignment
from grading.course.course import Course
from grading.examiner.secret import SECRET_FILE
from grading.nbgrader_plugins import ConfinedExecute
from grading.sandbox import host, machine
from grading.sandbox.machine import CannotConfine, check_machine
from grading.sandbox.zygote_process import Zygote
from grading.util.errors import CourseError
from grading.workers.pool import InProcess
from tests.course07 import ASSIGNMENT, PROFILE, make_sample_class

# Runs Python under a kernel that refuses one system call, for good, as an older one or a container does.
REFUSING = """
import errno, os, sys
import pyseccomp as seccomp
call, error, *arguments = sys.argv[1:]
rules = seccomp.SyscallFilter(seccomp.ALLOW)
rules.add_rule(seccomp.ERRNO(getattr(errno, error)), call)
rules.load()
os.execv(sys.executable, [sys.executable, *arguments])
"""


def without(call, error, *arguments):
    command = [sys.executable, "-c", REFUSING, call, error, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with a gradebook and submissions, in which nobody has been graded."""
    course = Course(tmp_path_factory.mktemp("refused"))
    make_sample_class(course)
    return course


def everything(root):
    """All files but the secret that cases are drawn from, which is made before anybody is graded."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != SECRET_FILE)
    return {path: path.read_bytes() for path in files}


def test_without_landlock_the_machine_is_refused():
    source = "from grading.sandbox.machine import check_machine; check_machine()"
    done = without("landlock_create_ruleset", "ENOSYS", "-c", source)
    assert done.returncode == 1
    assert f"CannotConfine: the kernel, {platform.release()}, has no Landlock" in done.stderr


def test_nothing_is_graded_and_nothing_touched(course):
    before = everything(course.root)
    for command, told in (
        (("check", course.notebook("submitted", "perfect")), ""),
        (("autograde", "--course", course.root), "grading 14: 14 are new\n"),
    ):
        done = without("landlock_create_ruleset", "ENOSYS", "-m", "grading", *command)
        assert (done.returncode, done.stdout) == (2, told)
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: grading refused, because submissions cannot be confined here: the kernel, ")
        assert "has no Landlock" in line and "run_strangers_code_unconfined = True" in line
    assert everything(course.root) == before


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("landlock_restrict_self", "LandlockError: [Errno 1] Operation not permitted"),
        ("capset", "PermissionError: [Errno 1] the capabilities could not be dropped"),
        ("prctl", "PermissionError: [Errno 1] this process could not be tied to its parent"),
    ],
)
def test_a_child_that_cannot_confine_itself_is_refused(call, reason):
    """Where the machine seemed able to: the child itself says so, before it is sent anything."""
    program = "from grading.sandbox import host, profile; host.zygote(profile.SandboxProfile())"
    done = without(call, "EPERM", "-c", program)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"grading.sandbox.machine.CannotConfine: {reason}")


def test_nbgraders_own_command_refuses_too(course):
    shutil.copy(Course().root / "nbgrader_config.py", course.root)
    shutil.copytree(Course().root / "source", course.root / "source")
    command = ["autograde", ASSIGNMENT, "--student", "perfect", f"--CourseDirectory.root={course.root}"]
    done = subprocess.run(
        [sys.executable, "-c", REFUSING, "landlock_create_ruleset", "ENOSYS", "-m", "nbgrader", *command],
        capture_output=True, text=True, cwd=course.root,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Grading refused: submissions cannot be confined here: the kernel" in done.stderr
    assert everything(course.root / "autograded") == {}


@pytest.mark.parametrize(
    ("system", "kind", "reason"),
    [
        ("darwin", "Darwin", "it takes Linux, and this is Darwin"),
        ("win32", "Windows", "it takes Linux, and this is Windows"),
    ],
)
def test_another_system_is_named(monkeypatch, tmp_path, system, kind, reason):
    """What is said there, before anything that only Linux has is asked for."""
    monkeypatch.setattr(machine.sys, "platform", system)
    monkeypatch.setattr(machine.platform, "system", lambda: kind)
    with pytest.raises(CannotConfine, match=f"^{reason}$"):
        check_machine()
    monkeypatch.setattr(host, "_zygote", None)
    with pytest.raises(CourseError, match=reason):
        InProcess(ungenerated(Course(tmp_path)))


def test_another_architecture_is_named(monkeypatch):
    monkeypatch.setattr(machine.platform, "machine", lambda: "riscv64")
    with pytest.raises(CannotConfine, match="it takes x86_64 or aarch64, and this machine is riscv64"):
        check_machine()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "landlockpy", None)
    with pytest.raises(CannotConfine, match="the package landlockpy is not installed"):
        check_machine()


def test_a_child_that_could_do_what_it_must_not_is_not_used(monkeypatch):
    monkeypatch.setattr(host, "PROBE", "print('got through')")
    zygote = Zygote(PROFILE)
    with pytest.raises(CannotConfine, match="a confined process could do what it must not"):
        host.tried(zygote)
    assert not zygote.alive


def ungenerated(course):
    """An assignment without cells; its settings are the course's."""
    return Assignment("ps1", {}, PROFILE, {}, course.config(), exam=None, secret="")


class Unconfined(Course):
    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.ConfinedExecute.run_strangers_code_unconfined = True
        return config


def test_unconfined_is_nbgraders_own_way_and_a_warning(tmp_path, monkeypatch, caplog):
    ran = []
    original = Execute.preprocess
    monkeypatch.setattr(Execute, "preprocess", lambda self, *a: ran.append(self) or original(self, *a))
    monkeypatch.setattr(host, "_zygote", None)
    nb = notebook("import os\nos.path.exists('/etc/passwd') and len(os.listdir('/')) > 3", "left = 'out'")
    nb.cells[1].metadata["tags"] = ["explore"]
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with caplog.at_level(logging.WARNING):
        InProcess(ungenerated(Unconfined(tmp_path)))
        assert texts(run(nb, tmp_path, run_strangers_code_unconfined=True, skip_cells_with_tag="explore"))[0] == "True"
    assert len(ran) == 1 and ran[0].skip_cells_with_tag == "explore"
    assert host._zygote is None
    assert caplog.text.lower().count("submissions run with all your rights") == 2


def test_by_default_it_is_confined():
    assert ConfinedExecute().run_strangers_code_unconfined is False
    assert ConfinedExecute(config=Course().config()).run_strangers_code_unconfined is False
