"""Temporary folders, such as those that children write in: made, locked, filled, removed when nobody locks them."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

from ..util.untrusted_files import Bounds, UntrustedFolder, ignoring
from .limits import Limits

PREFIX = "grading-sandbox-"  # of the folders that zygotes' children write in


def locked_folder(parent: Path | None = None, prefix: str = PREFIX, before: str = "grading-new-") -> tuple[Path, int]:
    """A new folder, and a descriptor that locks it for as long as this process has it open.

    Parameters
    ----------
    parent : Path or None
        Where it is made; without one, among the temporary files.
    prefix, before : str
        With what its name begins, and began before it was locked, so that `sweep` did not find it.
    """
    folder = Path(tempfile.mkdtemp(prefix=before, dir=parent)).resolve()
    lock = taken(folder)
    return folder.rename(folder.with_name(prefix + folder.name.removeprefix(before))), lock


def taken(folder: Path) -> int:
    """A descriptor that locks a folder.

    Raises
    ------
    OSError
        If somebody else has it locked, or if it is none of ours.
    """
    import fcntl  # here: Windows has none, and is to be told that it cannot confine

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def sweep(parent: Path, prefix: str = PREFIX) -> None:
    """Remove what processes have left that were killed: nobody has their folders locked any more."""
    for folder in parent.glob(f"{prefix}*"):
        try:
            lock = taken(folder)
        except OSError:
            continue
        remove(folder)
        os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder, however deep and whatever its modes; ``rm`` follows no links and knows no longest path."""
    with contextlib.suppress(OSError):
        folder.rmdir()  # most have nothing in them
        return
    command = ["rm", "-rf", "--", str(folder)]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(["chmod", "-R", "u+rwx", "--", str(folder)], check=True)
        subprocess.run(command, check=True)


def copy_files(source: Path, target: Path, limits: Limits) -> None:
    """Copy the files of a folder of ours, all but notebooks and links, into an empty one.

    Raises
    ------
    TooMuch
        If they are more than a submission may have.
    """
    bounds = Bounds(limits.scratch_size, limits.scratch_files)
    with UntrustedFolder(source) as folder:
        folder.copy_all(folder.measure(bounds, ignoring(["*.ipynb"]), hard_links=True), target)
