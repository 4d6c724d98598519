"""A submission finds no fellow student and no machine's name, where the kernel allows that; and all works where not."""

import os
import subprocess

import pytest

from grading.sandbox import host, namespaces
from grading.sandbox.host import child
from grading.sandbox.limits import Limits
from grading.sandbox.readable import hiding_course
from tests.course07 import PROFILE

LOOK = """
import os
names = {names!r}
print(os.uname().nodename == {machine!r}, [os.path.exists(name) for name in names])
"""


def are_allowed(folder):
    """Whether the kernel gives namespaces to whoever runs the tests, as a program of the system's finds."""
    mounts = ["sh", "-c", 'hostname x && mount -t tmpfs none "$0"', str(folder)]
    ways = (["unshare", "--mount", "--uts"], ["unshare", "--user", "--map-root-user", "--mount", "--uts"])
    return any(subprocess.run([*way, *mounts], capture_output=True).returncode == 0 for way in ways)


@pytest.fixture
def course(tmp_path):
    for name in ("submitted/ada/07_optimizers", "source/07_optimizers"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def seen_by_a_child(course, monkeypatch):
    """What a child sees of the machine's name and of two folders."""
    monkeypatch.setattr(host, "_zygote", None)
    names = [str(course / "submitted" / "ada"), str(course / "source" / "07_optimizers")]
    profile = hiding_course(PROFILE, course)
    with child(profile, Limits()) as process:
        (output,) = process.run(LOOK.format(names=names, machine=os.uname().nodename), None)
    host.end()
    return output.text


def test_it_finds_nobody(course, monkeypatch, tmp_path_factory):
    expected = "False [False, False]\n" if are_allowed(tmp_path_factory.mktemp("tried")) else "True [True, True]\n"
    assert seen_by_a_child(course, monkeypatch) == expected
    assert (course / "submitted" / "ada").exists()  # for everybody else nothing has changed


def test_who_fails_half_way_has_changed_nothing(monkeypatch, tmp_path):
    before = os.uname().nodename

    def refuse(folders):
        raise PermissionError("no namespaces here")

    monkeypatch.setattr(namespaces, "enter_now", refuse)
    assert not namespaces.enter([tmp_path]) and os.uname().nodename == before


def test_how_busy_the_machine_is_is_not_told():
    asked = "import ctypes\nprint(ctypes.CDLL(None).sysinfo(ctypes.create_string_buffer(512)))"
    with child(PROFILE, Limits()) as process:
        (output,) = process.run(asked, None)
    assert output.text == "-1\n"
