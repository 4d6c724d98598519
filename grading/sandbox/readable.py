"""Which files a submission may read: Python, its libraries and fonts, and the modules before this one."""

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/usr/local/share/fonts",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
)
OURS = Path(__file__).resolve().parents[1]  # the package `grading`, wherever it is installed
HIDDEN = (OURS, OURS.parent / "nbs_export", OURS.parent / "tinytorch", OURS.parent / "modules")
SOLUTION = "optimizers.py"  # in tinytorch/core/: what the student is asked to write


def readable() -> Iterator[Path]:
    """Files, and folders with all that is in them, that may be read. None of them leads to an answer."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    shared = {os.path.join(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)}  # where conda keeps libraries
    for root in sorted({os.path.realpath(path) for path in (*SYSTEM, *python, *shared)}):
        yield from outside(Path(root), HIDDEN)
    yield from given()


def outside(path: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    """A path, or as much of what is in it as does not lead to anything hidden."""
    if not path.exists() or any(path.is_relative_to(other) for other in hidden):
        return
    if not any(other.is_relative_to(path) for other in hidden):
        yield path
        return
    for entry in sorted(path.iterdir()):
        if not entry.is_symlink():
            yield from outside(entry, hidden)


def given() -> Iterator[Path]:
    """The modules that a student is given: a traceback may lead through them, and shows their lines."""
    package = OURS.parent / "tinytorch"
    yield from (path for path in package.rglob("*.py") if path.name != SOLUTION)
    yield from (OURS / "diagnosis").glob("*.py")
