"""One lock file says what is installed, and everything else agrees with it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.repository import files

REPOSITORY = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def locked():
    versions = {}
    for name, version in PINNED.findall((REPOSITORY / "requirements.lock").read_text()):
        versions.setdefault(name.lower(), set()).add(version)
    return versions


def toml(path):
    return tomllib.loads((REPOSITORY / path).read_text())


def test_the_lock_file_pins_every_line():
    for line in (REPOSITORY / "requirements.lock").read_text().splitlines():
        assert PINNED.match(line), line


def test_pyproject_agrees_with_the_lock():
    project = toml("pyproject.toml")["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    for requirement in wanted + toml("pyproject.toml")["build-system"]["requires"]:
        name, version = PINNED.match(requirement).groups()
        assert locked()[name] == {version}


@pytest.mark.parametrize("path", ["environment.yml", "nbs_export/student/environment.yml"])
def test_conda_installs_from_the_lock_and_the_oldest_python(path):
    dependencies = yaml.safe_load((REPOSITORY / path).read_text())["dependencies"]
    assert "python=3.11" in dependencies
    installed = dependencies[-1]["pip"]
    assert installed in (["-r requirements.lock", "-e ."], ["-r binder/requirements.txt"])


def test_binder_installs_from_the_lock_and_the_oldest_python():
    lines = (REPOSITORY / "binder/requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-c ../requirements.lock", "-e ."]
    assert (REPOSITORY / "binder/runtime.txt").read_text().strip() == "python-3.11"


def test_the_student_folder_asks_for_what_is_locked():
    student, ours = toml("nbs_export/student/pyproject.toml"), toml("pyproject.toml")
    assert set(student["project"]["dependencies"]) <= set(locked())
    assert all(PINNED.match(requirement) for requirement in student["build-system"]["requires"])
    assert student["project"]["requires-python"] == ours["project"]["requires-python"]
    theirs = {**student["tool"]["nbdev"]}
    assert theirs.pop("export_procs") == ours["tool"]["nbdev"]["export_procs"][1:]  # they have no markers to strip
    assert theirs == {key: value for key, value in ours["tool"]["nbdev"].items() if key != "export_procs"}


def test_no_registry_host_is_named():
    for name in files(REPOSITORY):
        path = REPOSITORY / name
        if path.is_file() and path.suffix not in (".npz", ".png", ".woff", ".woff2"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"pypi\.o[r]g|pythonhosted\.o[r]g|--(extra-)?index-u[r]l", text), name


def test_the_code_passes_the_linter():
    subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=REPOSITORY, check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--check", "."], cwd=REPOSITORY, check=True)
