"""Which files a submission may read: Python, its libraries and fonts, and the modules that its profile names."""

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .profile import SandboxProfile

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
STEPS = ("source", "release", "submitted", "autograded", "feedback", "downloaded", "exams")  # of a course
PACKAGE = Path(__file__).resolve().parents[1]  # the package `grading`, wherever it is installed


def hiding_course(profile: SandboxProfile, folder: Path) -> SandboxProfile:
    """Return the profile with the folder of a course hidden.

    What the class has handed in, and what came of it, is not even to be found where the kernel allows that. The folder
    itself is hidden if it lies among what may be read.
    """
    folder = folder.resolve()
    profile = replace(profile, unseen=(*profile.unseen, *(str(folder / step) for step in STEPS)))
    if folder.is_relative_to(PACKAGE) or not any(folder.is_relative_to(root) for root in roots()):
        return profile  # hidden anyway
    return profile.hiding([str(folder)])


def roots() -> list[str]:
    """Return the files and folders that may be read, but for what is hidden in them."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    shared = {os.path.join(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)}  # where conda keeps libraries
    return sorted({os.path.realpath(path) for path in (*SYSTEM, *python, *shared)})


def readable(profile: SandboxProfile) -> Iterator[Path]:
    """Find the files, and folders with all that is in them, that may be read. None of them leads to an answer."""
    hidden = (PACKAGE, *(PACKAGE.parent / name for name in profile.hidden))
    for root in roots():
        yield from without_hidden(Path(root), hidden)
    for name in ("tracing", *profile.readable):
        yield from sources(name, profile.masked)


def without_hidden(path: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    """Yield a path, or the parts of it that contain nothing hidden."""
    if not path.exists() or any(path.is_relative_to(other) for other in hidden):
        return
    if not any(other.is_relative_to(path) for other in hidden):
        yield path
        return
    for entry in sorted(path.iterdir()):
        if not entry.is_symlink():
            yield from without_hidden(entry, hidden)


def sources(package: str, masked: tuple[str, ...]) -> Iterator[Path]:
    """Find the source files of a package that is given to students: a traceback shows their lines."""
    for place in importlib.util.find_spec(package).submodule_search_locations:
        for path in Path(place).rglob("*.py"):
            name = ".".join([package, *path.relative_to(place).with_suffix("").parts])
            if name not in masked:
                yield path
