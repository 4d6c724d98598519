"""The workflow that publishes the site: its commands are there, in order, and one that fails ends it."""

import os
import subprocess
import sys

import pytest
import yaml

from nbs_export import REPOSITORY

WORKFLOW = REPOSITORY / ".github" / "workflows" / "site.yml"
PYTHON = '#!/bin/sh\necho "$*" >> "$LOG"\ncase "$*" in *"$FAILS"*) exit 1 ;; esac\n'


@pytest.fixture
def run(tmp_path):
    """Run the commands of the job that builds, as a runner does, with a Python that only notes what it is asked."""

    def run(fails="nothing", **environment):
        log = tmp_path / "log"
        log.write_text("")
        for name, text in ((".venv/bin/python", PYTHON), ("bin/make", '#!/bin/sh\necho "make $*" >> "$LOG"\n')):
            program = tmp_path / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(text)
            program.chmod(0o755)
        environment |= {"LOG": str(log), "FAILS": fails, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        for step in steps("build"):
            if "run" in step:
                done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=os.environ | environment)
                if done.returncode:
                    break
        return log.read_text().splitlines()

    return run


def steps(job):
    return yaml.safe_load(WORKFLOW.read_text())["jobs"][job]["steps"]


def test_it_builds_the_site_from_a_package_that_is_up_to_date(run):
    assert run(STUDENTS="") == ["make setup", "-m nbs_export package --check", "-m nbs_export site dist/site"]
    assert run(STUDENTS="github/a/b/main")[-1] == "-m nbs_export site dist/site --binder github/a/b/main"


def test_nothing_is_published_if_the_check_fails(run):
    assert run("--check", STUDENTS="") == ["make setup", "-m nbs_export package --check"]
    uses = [step.get("uses", step.get("run", "")).partition("@")[0] for step in steps("build")]
    assert uses.index("actions/upload-pages-artifact") == len(uses) - 1
    assert yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["needs"] == "build"


def test_its_commands_are_there(run):
    for line in run(STUDENTS="github/a/b/main")[1:]:
        words = line.split()
        options = [word for word in words if word.startswith("--")]
        done = subprocess.run(
            [sys.executable, *words[:3], "--help"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            env=os.environ | {"COLUMNS": "200"},
        )
        assert done.returncode == 0 and all(option in done.stdout for option in options), done.stdout


def test_what_is_published_is_what_is_built():
    upload = next(step for step in steps("build") if "upload-pages-artifact" in step.get("uses", ""))
    assert upload["with"]["path"] == "dist/site"
