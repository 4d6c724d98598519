"""The commands in the documents work: they are run in a copy of the repository, from top to bottom."""

import csv
import io
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from nbs_export import REPOSITORY
from tests import forked
from tests.course07 import ASSIGNMENT, LESSON, fill_in
from tests.repository import files

DOCUMENTS = (
    "README.md",
    "docs/instructor.md",
    "docs/assignments.md",
    "docs/contributing.md",
)  # each goes on where the one before has ended
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXCHANGE = "/srv/nbgrader/exchange"  # another place in the test
NOTEBOOK = f"modules/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"

# What is not run: why not, and a command that shows that there is such a command.
NOT_RUN = {
    "make test": ("it is what runs now", "make --dry-run test"),
    "python -m pytest": ("it is what runs now", "python -m pytest --version"),
    "make audit": ("it takes minutes; CI runs it", "make --dry-run audit && python -m grading audit --help"),
    "python -m grading fingerprints": ("it follows an audit", "python -m grading fingerprints --help"),
    "python3 -m venv .venv": ("CI installs everything by `make setup`", "python3 -m venv --help"),
    "pip install -r requirements.lock": ("as above", "test -s requirements.lock"),
    "pip install --no-deps --no-build-isolation -e .": ("as above", "test -s pyproject.toml"),
    "make lab": ("it does not end", "make --dry-run lab"),
    "jupyter lab": ("it does not end; test_formgrader_in_browser.py starts it", "jupyter lab --version"),
    f"jupyter lab {NOTEBOOK}": ("as above", f"test -s {NOTEBOOK}"),
    "uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url --no-annotate "
    "--no-header -o requirements.lock": ("uv is not among the packages", "test -s requirements.lock"),
}


def commands(document):
    """The lines of all bash blocks of a document."""
    return "".join(BLOCK.findall((REPOSITORY / document).read_text())).splitlines()


def bare(line):
    """A line without what is said about it."""
    return line.partition("  #")[0].strip()


@pytest.fixture(scope="module")
def copy(tmp_path_factory, lacks):
    """A copy of the repository whose environment is the one that the tests run in."""
    prefix, folder = Path(sys.prefix), tmp_path_factory.mktemp("docs") / "repository"
    if not (prefix / "bin" / "activate").exists():
        lacks(f"{prefix} is not a virtual environment")
    for name in files(REPOSITORY):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder / name, follow_symlinks=False)
    subprocess.run("git init --quiet && git add --all", shell=True, cwd=folder, check=True)
    (folder / ".venv").mkdir()
    for part in prefix.iterdir():
        if part.name != "installed":
            (folder / ".venv" / part.name).symlink_to(part)
    (folder / ".venv" / "installed").touch()
    return folder


def bash(script, copy, home):
    """Run a script in the copy, with the copy's packages, until a command fails; that one is named."""
    environment = os.environ | {"PYTHONPATH": str(copy), "HOME": str(home)}
    environment.pop("MAKEFLAGS", None)  # `make test` would hand down its own
    script = f"""set -eu; trap 'echo "failed: $BASH_COMMAND" >&2' ERR\n{script}"""
    return forked.bash(script, copy, environment)


@pytest.fixture(scope="module")
def run(copy, tmp_path_factory):
    """Every document's commands, run one document after the other; what became of each."""
    home = tmp_path_factory.mktemp("home")
    exchange = home / "exchange"
    hand_in(exchange)
    done = {}
    for document in DOCUMENTS:
        script = "\n".join(line for line in commands(document) if bare(line) not in NOT_RUN)
        done[document] = bash(script.replace(EXCHANGE, str(exchange)), copy, home)
    return copy, exchange, done


def hand_in(exchange):
    """What `nbgrader submit` leaves in the exchange, from whoever runs the tests."""
    student = pwd.getpwuid(os.getuid()).pw_name
    time = "2030-01-30 12:00:00 UTC"
    folder = exchange / "tinytorch-07" / "inbound" / f"{student}+{ASSIGNMENT}+{time}+random"
    folder.mkdir(parents=True)
    nbformat.write(fill_in(nbformat.read(LESSON, as_version=4)), folder / f"{ASSIGNMENT}.ipynb")
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text("a secret")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_work(run, document):
    done = run[2][document]
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_they_leave_what_they_say(run):
    copy, exchange, done = run
    assert "sgd-averaged-velocity" in done["README.md"].stdout and "84 / 100" in done["README.md"].stdout
    assert (copy / "dist" / "student" / "README.md").exists()
    with open(copy / "grading" / "grades.csv", newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ada": 0.0, "emmy": 0.0, pwd.getpwuid(os.getuid()).pw_name: 90.0}
    assert len(list((exchange / "tinytorch-07" / "feedback").iterdir())) == 1
    changed = subprocess.run(["git", "diff", "--name-only"], cwd=copy, capture_output=True, text=True).stdout.split()
    assert set(changed) <= {"docs/optimizers.png"}, "what a class leaves and a site sets is no change"


def test_the_picture_is_what_its_script_draws(run):
    copy, _, done = run
    committed = (REPOSITORY / "docs" / "optimizers.png").read_bytes()
    ours, drawn = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        for png in (committed, (copy / "docs" / "optimizers.png").read_bytes())
    )
    assert ours.shape == drawn.shape and np.mean(np.abs(ours - drawn)) < 1
    assert len(committed) < 100_000
    alt = done["docs/contributing.md"].stdout.splitlines()[-1]
    assert f"![{alt}](docs/optimizers.png)" in (REPOSITORY / "README.md").read_text()


def test_what_is_not_run_is_there(copy, tmp_path):
    listed = {bare(line) for document in DOCUMENTS for line in commands(document)}
    assert set(NOT_RUN) <= listed, "nobody says these any more"
    checks = "\n".join(check for _, check in NOT_RUN.values())
    done = bash(f"export PATH=.venv/bin:$PATH\n{checks}", copy, tmp_path)
    assert done.returncode == 0, done.stderr


def test_every_link_between_the_documents_leads_somewhere():
    for document in ("README.md", *(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md"))):
        path = REPOSITORY / document
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            assert target.startswith("https://") or (path.parent / target).exists(), f"{document}: {target}"
