"""`make setup` where something is missing: one line says what, and nothing half-made is left."""

import os
import shutil
import subprocess

import pytest

from nbs_export import REPOSITORY

OLD = '#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\n[ "$1" = -V ]\n'


@pytest.fixture
def folder(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "old").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("python", "what"), [("./old", "Python 3.9.2"), ("./none", "not found")])
def test_a_python_that_will_not_do(folder, need_program, python, what):
    make = [need_program("make"), "setup", f"PYTHON={python}"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # not one below another
    done = subprocess.run(make, cwd=folder, env=alone, capture_output=True, text=True)
    assert done.returncode == 2
    *_, ours, makes = done.stderr.splitlines()  # before them, find misses the folders that are not here
    assert ours.startswith(f"error: Python 3.11 or newer is needed, with venv; {python} is: ") and what in ours
    assert ours.endswith("Say: make PYTHON=python3.11 setup") and makes.startswith("make: ***")
    assert not (folder / ".venv").exists()
