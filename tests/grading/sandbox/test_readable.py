"""Which files a submission may read, in this environment and where the course is installed for good.

That a child is held to it, is for the attacks of ``tests/hostile/``.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy
import pytest

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.sandbox.readable import readable, without_hidden
from tests.course07 import ASSIGNMENT, PROFILE

REPOSITORY = DEFAULT_COURSE.parent
ASK = f"""
import json
from grading.examiner.exam import sandbox_profile
from grading.sandbox.readable import readable
print(json.dumps([str(path) for path in readable(sandbox_profile({ASSIGNMENT!r}))]))
"""


def covered(path, roots):
    return any(Path(path).resolve().is_relative_to(root) for root in roots)


def secrets_of(package_folder):
    """What of an installed course leads to an answer, a verdict or the oracle; all that is there."""
    grading, core = package_folder / "grading", package_folder / "tinytorch" / "core"
    found = [core / "optimizers.py", *core.glob("__pycache__/optimizers.*"), package_folder / "nbs_export"]
    return [*found, grading, *(p for p in grading.rglob("*") if not {"public", "tracing"} & set(p.parts))]


@pytest.fixture(scope="module")
def roots():
    return list(readable(PROFILE))


def test_what_leads_to_an_answer_is_not_readable(roots):
    secrets = secrets_of(REPOSITORY)
    assert {"oracle.py", "answers.py", "checks.py", "optimizers.py", "nbgrader_config.py"} <= {p.name for p in secrets}
    secrets += [REPOSITORY / name for name in ("modules", "nbs_export/markers.py", ".git", "tests", "pyproject.toml")]
    secrets += [REPOSITORY / "modules" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", REPOSITORY, REPOSITORY.parent]
    assert [path for path in secrets if covered(path, roots)] == []


def test_no_class_is_readable(roots, tmp_path):
    for course in (Course(), Course(tmp_path)):
        for step in ("submitted", "autograded", "feedback", "release", "source", ".partial"):
            assert not covered(course.notebook(step, "somebody"), roots)
        assert not covered(course.root / "gradebook.db", roots) and not covered(course.root / "grades.csv", roots)


def test_nothing_personal_is_readable(roots):
    for path in ("/", "/etc/passwd", "/etc/shadow", Path.home(), Path.home() / ".ssh", "/tmp", "/proc", "/sys", "/var",
                 "/usr", "/usr/share", "/dev", "/dev/tty", "/run", sys.prefix, sys.base_prefix):  # fmt: skip
        assert not covered(path, roots), path


def test_what_a_notebook_imports_is_readable(roots):
    package = REPOSITORY / "tinytorch"
    modules = [package / f"{name}.py" for name in ("viz", "sizing", "core/tensor", "core/autograd", "core/dataloader")]
    for path in (
        *modules,
        DEFAULT_COURSE / "exams" / "optimizers" / "public" / "trace.py",
        numpy.__file__,
        json.__file__,
        "/dev/null",
    ):
        assert covered(path, roots), path


def test_a_hidden_folder_is_walked_around(tmp_path):
    for name in ("a/b/secret", "a/b/open", "a/c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "b" / "secret")
    (tmp_path / "a" / "file").touch()
    found = set(without_hidden(tmp_path, (tmp_path / "a" / "b" / "secret",)))
    assert found == {tmp_path / name for name in ("a/b/open", "a/c", "a/file", "d")}
    assert list(without_hidden(tmp_path / "a" / "b" / "secret" / "deeper", (tmp_path / "a" / "b" / "secret",))) == []
    assert list(without_hidden(tmp_path / "nowhere", ())) == []


def test_it_holds_where_the_course_is_installed_for_good(tmp_path):
    """As ``pip install .`` does it: the course lies among the libraries, which can be read."""
    source, place = tmp_path / "source", tmp_path / "venv"
    ignored = shutil.ignore_patterns("__pycache__", "submitted", "autograded", "feedback", "release", "gradebook.db*")
    for name in ("tinytorch", "grading", "nbs_export"):
        shutil.copytree(REPOSITORY / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"

    def paths(name):
        ask = f"import sysconfig; print(sysconfig.get_path({name!r}))"
        return Path(subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip())

    libraries = paths("purelib")
    (libraries / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")  # the libraries of this environment
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--no-build-isolation", source],
        check=True, cwd=tmp_path,
    )  # fmt: skip
    done = subprocess.run([python, "-I", "-c", ASK], check=True, capture_output=True, text=True, cwd=tmp_path)
    roots = [Path(path) for path in json.loads(done.stdout)]
    assert libraries not in roots and (libraries / "grading" / "exams" / "optimizers" / "oracle.py").exists()
    assert [path for path in secrets_of(libraries) if covered(path, roots)] == []
    for name in ("tinytorch/core/tensor.py", "tinytorch/viz.py", "diagnosis/trace.py", "tracing/data.py"):
        assert (libraries / name).exists() and covered(libraries / name, roots), name
