"""What a class leaves in the repository is ignored by git, whichever commands were run."""

import os
import shutil
import subprocess
import sys

import pytest

from nbs_export import REPOSITORY
from tests import forked

COMMANDS = """
printf 'c.PointsPerDay.points_per_day = 1.0\\n' > grading/nbgrader_config_local.py
printf 'id;name\\nperfect;Ada L.\\nzed;Zed Z.\\n' > roster.csv
cp roster.csv grading/roster.csv
(cd grading && nbgrader generate_assignment 07_optimizers --force)
(cd grading && nbgrader db assignment add 07_optimizers --duedate '2030-01-31 23:59:00 UTC')
python -m grading roster roster.csv
python -m grading sample
python make_archive.py grading/submitted/perfect/07_optimizers/07_optimizers.ipynb submissions.zip
rm make_archive.py
rm -rf grading/submitted/[a-o]* grading/submitted/[q-z]*
printf 'Full name,Submitted\\nZed Z,2026-10-05 10:00 UTC\\n' > times.csv
python -m grading collect submissions.zip --times times.csv
python -m grading collect submissions.zip
python -m grading autograde --workers 1
python -m grading report --csv numbers.csv
for system in canvas moodle blackboard gradescope; do python -m grading export --to $system; done
python -m grading export --to moodle --feedback feedback.zip --workers 1 -o grades-out.csv
(cd grading && nbgrader autograde 07_optimizers --student=zed --force)
(cd grading && nbgrader generate_feedback 07_optimizers --force)
(cd grading && nbgrader export --to grades.csv && nbgrader export --to grades-2.csv)
cp grading/gradebook.db grading/gradebook.db.2026-11-30-12-00-00
cp grading/gradebook.db grading/gradebook.db.bak
cp grading/gradebook.secret gradebook.secret
python -m grading collect --undo
"""
ARCHIVE = """
import sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w") as archive:
    archive.write(sys.argv[1], "Zed Z_77_assignsubmission_file_/07_optimizers.ipynb")
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the repository as it is now, and what its git says after the commands."""
    folder = tmp_path_factory.mktemp("clone") / "repository"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines():
        if (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    (folder / "make_archive.py").write_text(ARCHIVE)
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
    }
    done = forked.bash(f"set -eu; {COMMANDS}", folder, environment)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return folder


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_git_sees_nothing_of_it(clone):
    assert git(clone, "ls-files", "--others", "--exclude-standard").splitlines() == []
    assert git(clone, "diff", "--name-only").splitlines() == []


def test_nothing_that_is_part_of_the_repository_is_ignored(clone):
    assert git(clone, "ls-files", "--cached", "--ignored", "--exclude-standard").splitlines() == []
    for name in ("tests/data/new.csv", "docs/new.zip", "grading/exams/optimizers/new.npz", "modules/07/new.json"):
        with pytest.raises(subprocess.CalledProcessError):
            git(clone, "check-ignore", name)
