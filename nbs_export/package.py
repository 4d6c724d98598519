"""The notebooks' exported cells as the package ``tinytorch``, by nbdev."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastcore.xtras import working_directory
from lesson_export.grown_classes import NotMerged
from nbdev.doclinks import nbdev_export

from . import REPOSITORY


@contextmanager
def fresh_export(repository: Path = REPOSITORY) -> Iterator[Path]:
    """A temporary copy of ``tinytorch/`` as nbdev makes it from the notebooks now.

    Raises
    ------
    NotMerged
        If what a cell adds to a class cannot become part of it.
    """
    with tempfile.TemporaryDirectory(prefix="nbs_export-") as folder:
        work = Path(folder)
        shutil.copy(repository / "pyproject.toml", work)
        shutil.copytree(repository / "modules", work / "modules", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        with working_directory(work), warnings.catch_warnings():
            warnings.simplefilter("error", NotMerged)
            nbdev_export()
        yield work / "tinytorch"


def sources(package: Path) -> dict[Path, bytes]:
    """The Python files of a package, by their path in it; line ends, which git may have changed, do not count."""
    return {
        path.relative_to(package): path.read_bytes().replace(b"\r\n", b"\n") for path in sorted(package.rglob("*.py"))
    }


def differing(fresh: Path, package: Path) -> list[Path]:
    """The files in which `package` is not what a fresh export is, whether changed, missing or left over."""
    new, old = sources(fresh), sources(package)
    return sorted(path for path in new.keys() | old.keys() if new.get(path) != old.get(path))


def stale_files(repository: Path = REPOSITORY) -> list[Path]:
    """The files of ``tinytorch/`` that differ from a fresh export."""
    with fresh_export(repository) as fresh:
        return differing(fresh, repository / "tinytorch")


def export_package(repository: Path = REPOSITORY) -> list[Path]:
    """Bring ``tinytorch/`` up to date, one whole file at a time.

    Returns
    -------
    list of Path
        What was written or removed, by its path in the package.
    """
    package = repository / "tinytorch"
    with fresh_export(repository) as fresh:
        changed = differing(fresh, package)
        for path in changed:
            target = package / path
            if not (fresh / path).exists():
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            shutil.copyfile(fresh / path, partial)
            os.replace(partial, target)
    return changed
