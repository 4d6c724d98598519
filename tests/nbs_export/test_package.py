"""tinytorch/ is what the notebooks export, and stands on its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nbs_export import REPOSITORY
from nbs_export.package import export_package, stale_files


def test_the_package_is_a_fresh_export():
    assert stale_files() == []


@pytest.fixture
def repository(tmp_path):
    for name in ("modules", "tinytorch"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_check_names_the_files_that_differ(repository):
    core = repository / "tinytorch" / "core"
    (core / "tensor.py").write_text((core / "tensor.py").read_text() + "# by hand\n")
    (core / "left_over.py").write_text("")
    (core / "losses.py").unlink()
    changed = [Path("core/left_over.py"), Path("core/losses.py"), Path("core/tensor.py")]
    assert stale_files(repository) == changed
    assert export_package(repository) == changed
    assert stale_files(repository) == []
    assert export_package(repository) == []


def test_line_ends_that_git_has_changed_are_no_difference(repository):
    for path in repository.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert stale_files(repository) == []


def test_the_check_command_fails_and_says_so(repository):
    (repository / "tinytorch" / "core" / "optimizers.py").unlink()
    shutil.copytree(REPOSITORY / "nbs_export", repository / "nbs_export")
    done = subprocess.run(
        [sys.executable, "-m", "nbs_export", "package", "--check"], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "tinytorch/core/optimizers.py" in done.stderr


def test_no_marker_of_nbgrader_is_exported():
    for path in (REPOSITORY / "tinytorch").rglob("*.py"):
        assert "SOLUTION" not in path.read_text(), path


def test_one_import_has_all_that_the_modules_define():
    import tinytorch

    for name in [*tinytorch.__all__, "Optimizer", "SGD", "Adam", "AdamW"]:
        thing = getattr(tinytorch, name)
        assert getattr(sys.modules[thing.__module__], name) is thing
        assert name in dir(tinytorch)
    with pytest.raises(ImportError, match="cannot import name 'RMSprop' from 'tinytorch'"):
        from tinytorch import RMSprop  # noqa: F401
    with pytest.raises(AttributeError, match="module 'tinytorch' has no attribute 'RMSprop'"):
        tinytorch.RMSprop  # noqa: B018


def test_without_optimizers_everything_else_is_there(tmp_path):
    shutil.copytree(REPOSITORY / "tinytorch", tmp_path / "tinytorch")
    (tmp_path / "tinytorch" / "core" / "optimizers.py").write_text("raise ImportError('not yet')")
    program = """
import sys
if sys.argv[2] == "masked":  # as where submissions run
    sys.modules["tinytorch.core.optimizers"] = None
import tinytorch
assert tinytorch.__path__[0].startswith(sys.argv[1])
from tinytorch import *
from tinytorch import Linear, Tensor, sizing
assert "SGD" in dir(tinytorch) and "SGD" not in globals()
Linear(2, 1)(Tensor([[1.0, 2.0]])).backward()
try:
    from tinytorch import Tensor, SGD
except ImportError as error:
    print(error)
"""
    for kind, message in (("exported", "not yet"), ("masked", "import of tinytorch.core.optimizers halted")):
        command = [sys.executable, "-c", program, str(tmp_path), kind]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(message)


def test_the_package_needs_only_numpy(tmp_path):
    shutil.copytree(REPOSITORY / "tinytorch", tmp_path / "tinytorch")
    program = """
import sys
from tinytorch import SGD, Adam, AdamW, Tensor
for make in (SGD, Adam, AdamW):
    w = Tensor([3.0, -2.0], requires_grad=True)
    optimizer = make([w], lr=0.1)
    for _ in range(200):
        (w * w).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert abs(w.data).max() < 0.05, (make, w)
foreign = {name.partition(".")[0] for name in sys.modules} & {"IPython", "nbdev", "fastcore", "nbgrader", "matplotlib"}
assert not foreign, foreign
assert sys.modules["tinytorch"].__path__[0].startswith(sys.argv[1])
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=tmp_path, check=True)
