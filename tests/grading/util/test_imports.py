"""What commands leave unloaded, so that nobody waits for it."""

import subprocess
import sys

import pytest

COMMANDS = ["grading", "grading autograde", "grading report", "nbs_export", "nbs_export student"]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_loads_neither_nbgrader_nor_nbdev(words):
    command = [sys.executable, "-X", "importtime", "-m", *words.split(), "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in said.stderr.splitlines()}
    assert "typer" in loaded
    assert not loaded & {"nbgrader", "nbdev", "numpy", "sqlalchemy", "nbformat"} and "Usage" in said.stdout
