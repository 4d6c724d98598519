"""The recipes in docs/ work: their commands and settings are taken from there and run, one section after the other."""

import csv
import os
import pwd
import re
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import nbformat
import pytest
import yaml
from nbgrader.apps.nbgraderapp import NbGraderApp

from grading.cli import app
from nbs_export import REPOSITORY
from nbs_export.student import build_student_folder
from tests import forked
from tests.course07 import ASSIGNMENT, LESSON, cell_of, fill_in
from tests.test_docs import bash, copy  # noqa: F401 - a fixture

NOTEBOOK = Path("modules") / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
TEXT = (REPOSITORY / "docs" / "recipes.md").read_text(encoding="utf-8")
GIT = "git -c user.name=A -c user.email=a@example.org -c commit.gpgsign=false"


def blocks(section, language="bash"):
    """The blocks of a section, in order."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def course(copy, tmp_path_factory):  # noqa: F811 - that fixture
    """A copy of the repository in which one student is graded, and somebody's home: what runs commands in it."""
    home = tmp_path_factory.mktemp("home")

    def run(script):
        done = bash(f"export PATH=$PWD/.venv/bin:$PATH\n{script}", copy, home)
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    run(f"{GIT} commit --quiet -m first\nmake release")
    hand_in(copy, "ada")
    run("python -m grading autograde --no-feedback")
    return copy, home, run


def hand_in(folder, student):
    path = folder / "grading" / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(fill_in(nbformat.read(LESSON, as_version=4)), path)


def scores(path):
    with open(path, newline="") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_a_backup_has_all_that_cannot_be_made_anew(course):
    folder, home, run = course
    run(blocks("Back up")[0])
    (backup,) = (home / "backup").iterdir()
    assert {path.name for path in backup.iterdir()} == {"gradebook.db", "gradebook.secret", "submitted.tar.gz"}
    assert (backup / "gradebook.secret").read_bytes() == (folder / "grading" / "gradebook.secret").read_bytes()
    assert not any(path.stat().st_mode & 0o077 for path in backup.iterdir())
    for name in ("gradebook.db", "gradebook.secret"):
        (folder / "grading" / name).unlink()
        (backup / name).rename(folder / "grading" / name)
    with tarfile.open(backup / "submitted.tar.gz") as archive:
        assert f"submitted/ada/{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in archive.getnames()


def test_an_upgrade_keeps_settings_and_grades(course, tmp_path):
    folder, _, run = course
    branch = run("git branch --show-current").strip()
    run(f"git clone --quiet . {tmp_path}/origin && git remote add origin {tmp_path}/origin")
    run(f"cd {tmp_path}/origin && echo more >> README.md && {GIT} commit --quiet -am second")
    run(f"git fetch --quiet origin && git branch --quiet --set-upstream-to origin/{branch}")
    local = folder / "grading" / "nbgrader_config_local.py"
    local.write_text("c = get_config()\nc.PointsPerDay.points_per_day = 5.0\n")
    pull, regrade = blocks("Upgrade in mid-semester")
    run(pull)
    assert (folder / "README.md").read_text().endswith("more\n") and "5.0" in local.read_text()
    run(regrade)
    assert scores(folder / "before.csv") == scores(folder / "grading" / "grades.csv") == {"ada": 90.0}


def test_what_a_group_of_graders_leaves_can_be_written_by_all_of_it(course):
    folder, _, run = course
    (share,) = blocks("Several people grade one course")
    assert "chgrp -R graders ." in share
    # The environment is linked to here, and belongs to somebody else.
    run(share.replace("chgrp -R graders .", f"chgrp -R {os.getgid()} ."))
    run("umask 0007\npython -m grading autograde --force")
    for path in (folder / "grading").rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            assert mode & 0o2770 == 0o2770 and not mode & 0o007, path
    mode = {name: (folder / "grading" / name).stat().st_mode & 0o077 for name in ("gradebook.db", "gradebook.secret")}
    assert mode["gradebook.db"] == 0o060 and mode["gradebook.secret"] & 0o047 == 0o040


@pytest.fixture(scope="module")
def student_folder(tmp_path_factory):
    return build_student_folder(tmp_path_factory.mktemp("student") / "student")


def test_a_student_on_a_hub(course, student_folder, tmp_path):
    """Fetched from the exchange, written, exported, handed in, collected and graded."""
    folder, home, run = course
    exchange, given = tmp_path / "exchange", tmp_path / "srv" / "tinytorch-07"
    exchange.mkdir()
    exchange.chmod(0o777)
    given.parent.mkdir()
    make = blocks("A JupyterHub for the students")[0].replace("/srv/tinytorch-07", str(given))
    run(f"mkdir -p dist && cp -r {student_folder} dist/student && " + make.replace("make student\n", "true\n"))
    assert not (given / "modules" / ASSIGNMENT).exists() and (given / "modules" / "01_tensor").exists()
    settings, hub = blocks("A JupyterHub for the students", "python")
    site = tmp_path / "etc"
    site.mkdir()
    (site / "nbgrader_config.py").write_text(settings.replace("/srv/nbgrader/exchange", str(exchange)))
    run(f"cd grading && python -m nbgrader release_assignment {ASSIGNMENT} --Exchange.root={exchange}")

    student = tmp_path / "student"
    student.mkdir()
    environment = os.environ | {"HOME": str(student), "JUPYTER_CONFIG_PATH": str(site)}
    environment["PYTHONPATH"] = str(student / "tinytorch-07")

    def works(*command, cwd=student):
        return well(subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True))

    def well(done):
        assert done.returncode == 0, done.stderr
        return done.stdout

    names = {}
    exec(hub.partition("\ndef give")[0], names)
    works("sh", "-c", names["GIVE"].replace("/srv/tinytorch-07", str(given)))
    well(forked.run("nbgrader", "fetch_assignment", ASSIGNMENT, cwd=student, env=environment))
    place = student / "tinytorch-07" / NOTEBOOK
    nbformat.write(fill_in(nbformat.read(place, as_version=4)), place)
    says = works(
        sys.executable,
        "-c",
        f"from lesson_export import export_lesson; export_lesson('{place.name}')",
        cwd=place.parent,
    )
    assert "written: tinytorch/core/optimizers.py" in says
    where = works(sys.executable, "-c", "from tinytorch import Adam; import diagnosis, sys; print(Adam.__module__, "
                  "sys.modules['tinytorch'].__file__, diagnosis.__file__)")  # fmt: skip
    assert where.split()[0] == "tinytorch.core.optimizers"
    assert all(path.startswith(str(student / "tinytorch-07")) for path in where.split()[1:])
    well(forked.run("nbgrader", "submit", ASSIGNMENT, cwd=student, env=environment))

    run(f"cd grading && python -m nbgrader collect {ASSIGNMENT} --Exchange.root={exchange}")
    run("python -m grading autograde --no-feedback")
    assert scores(folder / "grading" / "grades.csv")[pwd.getpwuid(os.getuid()).pw_name] == 90.0


def test_what_the_hub_installs_is_what_the_student_folder_needs():
    (install,) = blocks("A JupyterHub for the students", "sh")
    asked = re.findall(
        r'^    "([a-z]+)",$', (REPOSITORY / "nbs_export/student/pyproject.toml").read_text(), re.MULTILINE
    )
    assert install.split() == ["pip", "install", "-c", "requirements.lock", *asked]


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((REPOSITORY / "docs" / "classroom" / "validate.yml").read_text())["jobs"]["validate"]["steps"]


def test_the_workflow_installs_what_the_students_readme_says(workflow):
    _, python, install, _ = workflow
    assert install["run"] == "pip install -r binder/requirements.txt"
    assert python["with"]["python-version"] == (REPOSITORY / "binder/runtime.txt").read_text().strip().split("-")[1]


@pytest.mark.parametrize("right", [True, False])
def test_the_workflow_passes_what_passes_the_visible_tests(workflow, student_folder, tmp_path, right):
    """Run as GitHub runs a step of shell."""
    subprocess.run(["cp", "-r", str(student_folder), str(tmp_path / "repository")], check=True)
    repository = tmp_path / "repository"
    nb = fill_in(nbformat.read(repository / NOTEBOOK, as_version=4))
    if not right:
        cell_of(nb, "adam").source += "\nAdam.step = lambda self: None"
    nbformat.write(nb, repository / NOTEBOOK)
    environment = os.environ | {"PYTHONPATH": str(repository), "JUPYTER_CONFIG_PATH": str(repository / "settings")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    (tmp_path / "step.sh").write_text(workflow[-1]["run"])
    done = subprocess.run(
        ["bash", "-e", str(tmp_path / "step.sh")], cwd=repository, env=environment, capture_output=True, text=True
    )
    assert (done.returncode == 0) == right, done.stdout + done.stderr
    assert ("Success! Your notebook passes all the tests." in done.stdout) == right


def test_what_classroom_has_is_taken_as_git_knows_it(tmp_path):
    """A link in a student's repository leads nowhere."""
    (loop,) = blocks("GitHub Classroom", "sh")
    first, _, loop = loop.partition("\n")
    assert first.startswith("gh classroom clone student-repos ")
    for student, link in (("ada", False), ("eve", True)):
        folder = tmp_path / "module-07-submissions" / f"module-07-{student}" / "modules"
        folder.mkdir(parents=True)
        if link:
            (folder / ASSIGNMENT).symlink_to(f"../../module-07-ada/modules/{ASSIGNMENT}")
        else:
            (folder / ASSIGNMENT).mkdir()
            (folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("{}\n")
        commit = f"git init --quiet && git add . && {GIT} commit --quiet -m work --date 2030-01-30T12:00:00+0100"
        subprocess.run(commit, shell=True, cwd=folder.parent, check=True)
    done = subprocess.run(["bash", "-c", loop], cwd=tmp_path, capture_output=True, text=True)
    taken = {path.parts[-3]: path.read_text() for path in tmp_path.glob(f"grading/submitted/*/{ASSIGNMENT}/*.ipynb")}
    assert taken == {"module-07-ada": "{}\n", "module-07-eve": ""}, done.stderr
    times = [path.read_text() for path in tmp_path.glob(f"grading/submitted/*/{ASSIGNMENT}/timestamp.txt")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\n", time) for time in times)


def test_a_new_semester_begins_with_nothing_and_loses_nothing(course):
    folder, home, run = course
    secret = (folder / "grading" / "gradebook.secret").read_bytes()
    run(blocks("A new semester")[0])
    (path,) = (home / "archive").iterdir()
    assert not path.stat().st_mode & 0o077
    with tarfile.open(path) as archive:
        assert archive.extractfile("gradebook.secret").read() == secret
        assert {"gradebook.db", "grades.csv", f"submitted/ada/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"} <= set(
            archive.getnames()
        )
    assert not [
        name
        for name in ("gradebook.db", "gradebook.secret", "submitted", "autograded")
        if (folder / "grading" / name).exists()
    ]
    run(f"cd grading && python -m nbgrader generate_assignment {ASSIGNMENT} --force")
    hand_in(folder, "emmy")
    run("python -m grading autograde --no-feedback")
    assert (folder / "grading" / "gradebook.secret").read_bytes() != secret
    assert scores(folder / "grading" / "grades.csv") == {"emmy": 90.0}


def test_what_the_page_on_containers_runs_is_there():
    text = (REPOSITORY / "docs" / "container.md").read_text(encoding="utf-8")
    commands = re.findall(r"^in_container .*tinytorch-grading python -m (\w+) (\w+)", text, re.MULTILINE)
    known = {("grading", command.callback.__name__) for command in app.registered_commands}
    known |= {("nbgrader", name) for name in NbGraderApp.subcommands}
    assert len(commands) == 3 and set(commands) <= known
    copied = re.findall(r"^COPY (\S+) ", (REPOSITORY / "Containerfile").read_text(), re.MULTILINE)
    assert copied and all((REPOSITORY / name).is_file() for name in copied)
