"""The temporary folders that children write in: made, locked, filled, and removed when nobody has them locked."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .limits import MiB

PREFIX = "grading-sandbox-"  # of the folders that zygotes' children write in


class TooLarge(Exception):
    """The files beside a notebook are more than it may have."""


def locked_folder() -> tuple[Path, int]:
    """A new temporary folder, and a descriptor that locks it for as long as this process has it open."""
    folder = Path(tempfile.mkdtemp(prefix="grading-new-")).resolve()
    lock = taken(folder)
    named = folder.with_name(folder.name.replace("grading-new-", PREFIX))  # only now can `sweep` find it
    return folder.rename(named), lock


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


def sweep(temporary: Path) -> None:
    """Remove what sandboxes have left whose owners were killed: nobody has their folders locked any more."""
    for folder in temporary.glob(f"{PREFIX}*"):
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


def copy_files(source: Path, target: Path, most: int) -> None:
    """Copy the files of a folder, all but notebooks and links, if they are no more than `most` bytes."""
    total = 0
    for folder, folders, names in os.walk(source):
        place = target / os.path.relpath(folder, source)
        for name in folders:
            (place / name).mkdir(exist_ok=True)
        for name in names:
            path = Path(folder, name)
            if name.endswith(".ipynb") or path.is_symlink() or not path.is_file():
                continue
            total += path.stat().st_size
            if total > most:
                raise TooLarge(f"the files beside the notebook have more than {most // MiB} MiB")
            shutil.copyfile(path, place / name)
