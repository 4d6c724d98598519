"""The lock on a course: one command at a time writes its gradebook and its folders."""

import contextlib
import getpass
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..util.errors import CourseError

NAME = ".grading.lock"  # of the file, beside the gradebook
_held: set[Path] = set()  # the courses that this process has locked


@contextlib.contextmanager
def course_lock(root: Path) -> Iterator[None]:
    """Lock a course for this block; inside of it, this process may do so again.

    The kernel takes the lock away when the process ends, however that happens. Windows has no such lock, and there this
    does nothing.

    Parameters
    ----------
    root : Path
        The folder of the course.

    Raises
    ------
    CourseError
        If another process has it, with who that is; or if the file cannot be written.
    """
    root = Path(root).resolve()
    if os.name != "posix" or root in _held:
        yield
        return
    path = root / NAME
    descriptor = locked(path)
    try:
        _held.add(root)
        yield
    finally:
        _held.remove(root)
        path.unlink(missing_ok=True)
        os.close(descriptor)


def locked(path: Path) -> int:
    """A descriptor that locks a file, in which stands who has it."""
    import fcntl  # here: Windows has none

    while True:
        descriptor = opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(path, descriptor):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(this_process()).encode(), 0)
                return descriptor
        except BlockingIOError:
            holder = described(os.pread(descriptor, 4096, 0))
            os.close(descriptor)
            raise CourseError(f"{path.parent} is being written by {holder}: wait until that has ended") from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever had it has removed it meanwhile


def opened(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except PermissionError:
        where = path if path.exists() else path.parent
        raise CourseError(f"you may not write to {where}, so there is no place for the grades") from None
    with contextlib.suppress(OSError):  # there is no gradebook yet, or the file is another's
        os.fchmod(descriptor, path.with_name("gradebook.db").stat().st_mode & 0o666)
    return descriptor


def is_at(path: Path, descriptor: int) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def this_process() -> dict:
    """What others are told of this process while it has the lock."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a number without a name
        user = str(os.getuid())
    program = Path(sys.argv[0])
    name = ["python", "-m", program.parent.name] if program.name == "__main__.py" else [program.name]
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": user,
        "since": f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %Z}",
        "command": shlex.join([*name, *sys.argv[1:]]),
    }


def described(holder: bytes) -> str:
    """Who has the lock, for a person."""
    try:
        return "process {pid} of {user} on {host} since {since} ({command})".format_map(json.loads(holder))
    except (ValueError, KeyError, TypeError):  # it has the lock, and has not written its name yet
        return "another process, since a moment ago"
