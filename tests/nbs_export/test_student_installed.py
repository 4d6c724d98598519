"""The student folder, cloned and installed by Binder's very steps in a clean environment."""

import platform
import re

from students_machine import binders_steps, readme_steps


def test_what_binder_would_run(pushed):
    installing, afterwards = binders_steps(pushed)
    assert installing == ['${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"']
    assert afterwards == ["binder/postBuild"]


def test_the_readme_says_the_same_as_binder_does(pushed):
    make, install, start = readme_steps(pushed)
    assert (make, install) == ("python3 -m venv .venv", ".venv/bin/pip install -r binder/requirements.txt")
    assert start == ".venv/bin/jupyter lab"


def test_versions_are_those_of_the_lock(students_machine):
    installed = set(students_machine.run(".venv/bin/pip freeze --exclude-editable").split())
    locked = {
        line.partition(" ;")[0] for line in (students_machine.folder / "requirements.lock").read_text().split("\n")
    }
    normal = {re.sub(r"[-_.]+", "-", line).lower() for line in locked}
    assert {re.sub(r"[-_.]+", "-", line).lower() for line in installed} <= normal
    for unneeded in ("mini-racer", "playwright", "pyseccomp", "landlockpy", "dask", "torch", "pytest", "typer"):
        assert not [line for line in installed if line.lower().replace("_", "-").startswith(f"{unneeded}==")], unneeded


def test_it_takes_less_room_than_the_readme_says(students_machine):
    megabytes = int(re.search(r"(\d+) MB of disk", (students_machine.folder / "README.md").read_text())[1])
    assert students_machine.size() < megabytes * 1e6
    for step, seconds in students_machine.seconds.items():
        print(f"{seconds:6.1f} s  {step}")
    print(f"{students_machine.size() / 1e6:.0f} MB installed")


def test_installing_leaves_a_clone_clean(students_machine):
    assert students_machine.changed == ""


def test_of_nbgraders_extensions_a_student_has_validate(students_machine):
    listed = students_machine.run(".venv/bin/jupyter server extension list 2>&1")
    listed = re.sub(r"\x1b\[\d+m", "", listed)
    enabled = re.findall(r"nbgrader\.server_extensions\.(\w+) enabled", listed)
    assert enabled == ["validate_assignment"]


def test_a_wrong_python_is_said_in_one_line(students_machine, tmp_path):
    students_machine.run(f"git clone --quiet . '{tmp_path}/future'")
    settings = tmp_path / "future" / "pyproject.toml"
    settings.write_text(settings.read_text().replace(">=3.11", ">=3.99"))
    pip = students_machine.folder / ".venv" / "bin" / "pip"
    said = students_machine.run(f"! '{pip}' install --dry-run -r binder/requirements.txt 2>&1", settings.parent)
    assert f"requires a different Python: {platform.python_version()} not in '>=3.99'" in said
