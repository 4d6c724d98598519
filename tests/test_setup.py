"""`make setup` where something is missing: one line says what, and nothing half-made is left."""

import os
import shutil
import subprocess

import pytest

from nbs_export import REPOSITORY

OLD = '#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\n[ "$1" = -V ]\n'


def make(program, folder, *arguments, **variables):
    """Run make in a folder, with the variables of the environment; not as one make below another."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run([program, *arguments], cwd=folder, env=alone | variables, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "old").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("python", "what"), [("./old", "Python 3.9.2"), ("./none", "not found")])
def test_a_python_that_will_not_do(folder, need_program, python, what):
    done = make(need_program("make"), folder, "setup", f"PYTHON={python}")
    assert done.returncode == 2
    *_, ours, makes = done.stderr.splitlines()  # before them, find misses the folders that are not here
    assert ours.startswith(f"error: Python 3.11 or newer is needed, with venv; {python} is: ") and what in ours
    assert ours.endswith("Say: make PYTHON=python3.11 setup") and makes.startswith("make: ***")
    assert not (folder / ".venv").exists()


def test_settings_of_the_shell_do_not_reach_pip_and_python(folder, need_program):
    with open(folder / "Makefile", "a") as file:
        file.write("\nshown:\n\t@env\n")
    lead_elsewhere = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONSAFEPATH")
    variables = dict.fromkeys(lead_elsewhere, "1") | {"PIP_INDEX_URL": "kept"}
    done = make(need_program("make"), folder, "shown", **variables)
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert done.returncode == 0 and not shown.keys() & set(lead_elsewhere) and shown["PIP_INDEX_URL"] == "kept"


@pytest.mark.parametrize(("made_in", "anew"), [("", False), ("{here}", False), ("/where/it/was", True)])
def test_a_renamed_folder_gets_a_new_environment(folder, need_program, made_in, anew):
    (folder / ".venv").mkdir()
    (folder / ".venv" / "installed").write_text(made_in.format(here=folder.resolve()))
    done = make(need_program("make"), folder, "--dry-run", "setup")
    assert done.returncode == 0
    assert ("-m venv --clear .venv" in done.stdout) == anew == ("pip install" in done.stdout)
