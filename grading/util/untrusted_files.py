"""Read the files that strangers hand in: no link is followed, and all is measured before any of it is read."""

import contextlib
import fnmatch
import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .text import in_one_line

# Opening must neither follow a link nor wait for whoever writes into a pipe.
CAREFULLY = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
DEEPEST = 20  # folders within each other; each is open while what is in it is looked at
PIECE = 2**20  # bytes that are read at a time
LONGEST_PATH = 1000  # bytes of a path within a folder; the kernel takes 4096 for all of a path
HARD_LINK = "a hard link: the file has another name elsewhere"
SHOWN = 3  # things that are named where many are left out
KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}


class Unacceptable(Exception):
    """Why something that was handed in is not read, in a few words."""


class TooMuch(Unacceptable):
    """There is more than anybody may hand in."""


class NotPermitted(Unacceptable):
    """A file or folder may not be read by whoever grades. That is no fault of the student's."""


class Missing(Unacceptable):
    """There is no such file or folder."""


@dataclass(frozen=True)
class Bounds:
    """How much may be in a folder: bytes of all files together, and how many files and folders."""

    size: int | None = None
    count: int | None = None


NO_BOUNDS = Bounds()


@dataclass
class Contents:
    """What is in a folder, measured and not yet read.

    Attributes
    ----------
    files : dict of str to os.stat_result
        The plain files, by relative path.
    odd : dict of str to str
        What is not to be read, by relative path, and why.
    changed, modified : float
        The latest times, in seconds since 1970, that the kernel has set when anything in it was written, moved or given
        other rights (``ctime``), and that their owner has set or left (``mtime``).
    size, count : int
        Bytes of the plain files, and the number of all that is there.
    """

    files: dict[str, os.stat_result] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    changed: float = 0.0
    modified: float = 0.0
    size: int = 0
    count: int = 0

    @property
    def left_out(self) -> str:
        """What is left out and why, in one line; empty if nothing is."""
        return in_short(self.odd)


class UntrustedFolder(contextlib.AbstractContextManager):
    """A folder by a stranger, held open, so that nobody can put another in its place meanwhile.

    Parameters
    ----------
    trusted : Path
        A folder of ours. It may be a link.
    *names : str
        The way from there to the stranger's folder, one name each. None of them may be a link.

    Raises
    ------
    Unacceptable
        If there is no such folder, or if it cannot be read.
    """

    def __init__(self, trusted: Path, *names: str) -> None:
        with explained("/".join(names) or trusted.name):
            self.fd = os.open(trusted, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
            for name in names:
                try:
                    deeper = open_folder(self.fd, name)
                finally:
                    os.close(self.fd)
                self.fd = deeper
            self.info = os.fstat(self.fd)

    def __exit__(self, *_) -> None:
        os.close(self.fd)

    def measure(
        self,
        bounds: Bounds = NO_BOUNDS,
        skipped: Callable[[str], bool] = lambda name: False,
        hard_links: bool = False,
        one_owner: bool = False,
    ) -> Contents:
        """Look at all that is in the folder, and read nothing.

        Parameters
        ----------
        bounds : Bounds
        skipped : callable
            Whether a file or folder of a name is to be passed over, with all that is in it.
        hard_links : bool
            Whether files may have other names that are not in this folder. Such a file can be anybody's.
        one_owner : bool
            Whether all files must belong to whom the folder belongs to.

        Raises
        ------
        TooMuch
            If there is more than may be.
        Unacceptable
            If a folder in it cannot be read.
        """
        found = Contents(changed=self.info.st_ctime, modified=self.info.st_mtime)
        self._walk(self.fd, "", 1, found, bounds, skipped)
        names: dict[tuple, int] = {}
        for info in found.files.values():
            names[info.st_dev, info.st_ino] = names.get((info.st_dev, info.st_ino), 0) + 1
        for path, info in list(found.files.items()):
            if one_owner and info.st_uid != self.info.st_uid:
                found.odd[path] = "it belongs to somebody else"
            elif info.st_nlink > names[info.st_dev, info.st_ino] and not hard_links:
                found.odd[path] = HARD_LINK
            else:
                continue
            del found.files[path]
        return found

    def _walk(self, fd: int, above: str, depth: int, found: Contents, bounds: Bounds, skipped) -> None:
        with explained(above or "the folder"), os.scandir(fd) as entries:
            for entry in entries:
                found.count += 1
                if bounds.count is not None and found.count > bounds.count:
                    raise TooMuch(f"more than {bounds.count} files and folders")
                path, info = f"{above}{entry.name}", entry.stat(follow_symlinks=False)
                found.changed = max(found.changed, info.st_ctime)
                found.modified = max(found.modified, info.st_mtime)
                if skipped(entry.name):
                    continue
                if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
                    found.odd[path] = kind_of(info)
                elif not is_plain_name(entry.name):
                    found.odd[path] = "its name is not plain text"
                elif len(os.fsencode(path)) > LONGEST_PATH:
                    found.odd[path] = f"its path has more than {LONGEST_PATH} bytes"
                elif stat.S_ISREG(info.st_mode):
                    found.files[path] = info
                    found.size += info.st_size
                    if bounds.size is not None and found.size > bounds.size:
                        raise TooMuch(f"more than {bounds.size // 2**20} MiB in all")
                elif depth == DEEPEST:
                    found.odd[path] = f"more than {DEEPEST} folders deep"
                else:
                    with explained(path), opened(open_folder(fd, entry.name)) as deeper:
                        self._walk(deeper, f"{path}/", depth + 1, found, bounds, skipped)

    def read(self, path: str, most: int, hard_links: bool = False) -> bytes:
        """Read a file of the folder that was not measured.

        Parameters
        ----------
        path : str
            Relative, with ``/``.
        most : int
            Bytes it may have.
        hard_links : bool
            Whether it may have other names.

        Raises
        ------
        TooMuch
            If it is larger.
        Missing
            If there is none.
        Unacceptable
            If it is no plain file, or if it cannot be read.
        """
        with self._opened(path) as (file, info):
            if info.st_nlink > 1 and not hard_links:
                raise Unacceptable(f"{in_one_line(path)} is {HARD_LINK}")
            if info.st_size > most:
                raise TooMuch(f"{in_one_line(path)} is {too_large(most)}")
            return b"".join(pieces(file, path, most))

    def read_all(self, contents: Contents) -> dict[str, bytes]:
        """Read the files that were measured, none further than it was long then; raises as `read` does."""
        found = {}
        for path, measured in contents.files.items():
            with self._opened(path, measured) as (file, _):
                found[path] = b"".join(pieces(file, path, measured.st_size))
        return found

    def copy_all(self, contents: Contents, target: Path) -> None:
        """Copy the files that were measured, and the folders they are in, into an empty one; raises as `read` does."""
        for path, measured in contents.files.items():
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with self._opened(path, measured) as (file, _), open(place, "xb") as copy:
                copy.writelines(pieces(file, path, measured.st_size))

    @contextlib.contextmanager
    def _opened(self, path: str, measured: os.stat_result | None = None) -> Iterator[tuple[int, os.stat_result]]:
        """Open a plain file, the one that was measured; its descriptor, and what the kernel knows of it."""
        *folders, name = path.split("/")
        with contextlib.ExitStack() as stack:
            with explained(path):
                fd = self.fd
                for folder in folders:
                    fd = stack.enter_context(opened(open_folder(fd, folder)))
                # First looked at, because to open a device can do something; and again, when it cannot change any more.
                check_is_file(os.stat(name, dir_fd=fd, follow_symlinks=False), name)
                file = stack.enter_context(opened(os.open(name, CAREFULLY, dir_fd=fd)))
                info = os.fstat(file)
            check_is_file(info, name)
            if measured and (info.st_dev, info.st_ino) != (measured.st_dev, measured.st_ino):
                raise Unacceptable(f"{in_one_line(path)} has changed while it was read")
            yield file, info


def pieces(file: int, path: str, most: int) -> Iterator[bytes]:
    """What is in an open file, piece by piece.

    Raises
    ------
    TooMuch
        If that is more than it may be: it grows.
    """
    left = most + 1
    while left:
        with explained(path):
            piece = os.read(file, min(left, PIECE))
        if not piece:
            return
        left -= len(piece)
        yield piece
    raise TooMuch(f"{in_one_line(path)} is {too_large(most)}")


def open_folder(parent: int, name: str) -> int:
    """Open a folder in an open one, if it is a folder and on the same file system; its descriptor."""
    info = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISDIR(info.st_mode):
        raise Unacceptable(f"{in_one_line(name)} is {kind_of(info)}, not a folder")
    if info.st_dev != os.fstat(parent).st_dev:  # some let users put file systems of their own, which may lie, anywhere
        raise Unacceptable(f"{in_one_line(name)} is on another file system")
    return os.open(name, CAREFULLY | os.O_DIRECTORY, dir_fd=parent)


def check_is_file(info: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise Unacceptable(f"{in_one_line(name)} is {kind_of(info)}, not a file")


def kind_of(info: os.stat_result) -> str:
    return KINDS.get(stat.S_IFMT(info.st_mode), "something else")


@contextlib.contextmanager
def opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Say of a file that it cannot be read, and why, in place of raising OSError."""
    try:
        yield
    except FileNotFoundError:
        raise Missing("no such file") from None
    except PermissionError as error:
        raise NotPermitted(f"{in_one_line(what)} cannot be read: {error.strerror or error}") from None
    except OSError as error:
        raise Unacceptable(f"{in_one_line(what)} cannot be read ({error.strerror or error})") from None


def ignoring(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name matches one of some patterns."""
    patterns = list(patterns)
    return lambda name: any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def too_large(most: int) -> str:
    return f"larger than {most // 2**20} MiB" if most >= 2**20 else f"larger than {most} bytes"


def is_plain_name(name: str) -> bool:
    """Whether a name is text in UTF-8 without control characters, such as a line break."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


def in_short(reasons: dict[str, str]) -> str:
    """What is left out and why, in one line; of many things only the first few."""
    named = [f"{in_one_line(path)[:100]} ({reason})" for path, reason in sorted(reasons.items())[:SHOWN]]
    more = len(reasons) - len(named)
    return ", ".join([*named, *([f"and {more} more"] if more else [])])
