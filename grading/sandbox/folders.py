"""Temporary folders: made, locked, filled, and removed when nobody has them locked."""

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..util.untrusted_files import Bounds, UntrustedFolder, ignoring
from .limits import Limits, MiB

PREFIX = "grading-sandbox-"  # of all temporary folders that grading makes


def locked_folder(parent: Path | None = None, prefix: str = PREFIX) -> tuple[Path, int]:
    """Make a folder, and return it with a descriptor that locks it for as long as a process has it open.

    Parameters
    ----------
    parent : Path or None
        Where it is made; without one, among the temporary files.
    prefix : str
        With what its name begins.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
        try:
            lock = taken(folder)
        except (BlockingIOError, FileNotFoundError):  # somebody has swept it away before it was locked
            continue
        if folder.exists():
            return folder, lock
        os.close(lock)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a temporary folder for this block. If the process is killed, the next `sweep` removes it."""
    if os.name != "posix":  # no locks like these
        with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
            yield Path(name)
        return
    folder, lock = locked_folder()
    try:
        yield folder
    finally:
        give_up(folder)
        os.close(lock)


def give_up(folder: Path) -> None:
    """Remove a folder, unless somebody still writes there; then a sweep will."""
    with contextlib.suppress(subprocess.CalledProcessError):
        remove(folder)


def keep_temporary_files_together() -> None:
    """Have all temporary files of this process, and of those that it starts, made in one temporary folder.

    Libraries make some, too, such as multiprocessing's sockets and Dask's folders. Whoever is killed leaves them all in
    a place that the next `sweep` finds.
    """
    if os.name != "posix":
        return
    from multiprocessing import util

    sweep(Path(tempfile.gettempdir()))
    folder, _ = locked_folder()  # until this process, and whoever was forked from it, has ended
    util.Finalize(None, give_up, args=(folder,), exitpriority=-200)  # multiprocessing removes its own at -100
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)


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
    """Remove the folders of those who were killed: nobody has them locked any more."""
    if os.name != "posix":
        return
    for folder in parent.glob(f"{prefix}*"):
        try:
            lock = taken(folder)
        except OSError:
            continue
        give_up(folder)
        os.close(lock)


def remove(folder: Path) -> None:
    """Remove a folder, however deep and whatever its modes. No link in it is followed."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)  # as a rule it can: to start a program for it takes longer
        return
    command = ["rm", "-rf", "--", str(folder)]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(["chmod", "-R", "u+rwx", "--", str(folder)], check=True)
        subprocess.run(command, check=True)


def check_room(folder: Path, size: int) -> None:
    """Raise OSError if a disk has less room than a submission may fill: that it is full is no fault of theirs."""
    disk = os.statvfs(folder)
    if disk.f_blocks and disk.f_bavail * disk.f_frsize < size:  # some do not say how large they are
        message = f"the disk has less room than the {size // MiB} MiB that a submission may write (scratch_size)"
        raise OSError(errno.ENOSPC, message, str(folder))


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
