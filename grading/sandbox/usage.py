"""What a running child uses of what the kernel does not count for us: threads and files."""

import contextlib
import os
import stat
from pathlib import Path

CLOSED = "it made a folder that the grader may not look into"
TO_LOOK_INSIDE = stat.S_IRUSR | stat.S_IXUSR
PF_EXITING = 0x4  # of Linux, include/linux/sched.h


def is_ending(pid: int) -> bool:
    """Whether a process has ended or is about to, so that no thread of it runs its own code any more."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return True
    return all(is_ending_thread(f"/proc/{pid}/task/{thread}/stat") for thread in threads)


def is_ending_thread(stat_file: str) -> bool:
    try:
        with open(stat_file, encoding="utf-8", errors="replace") as file:
            state, *_, flags = file.read().rpartition(")")[2].split()[:7]  # fields 3 to 9 of proc(5)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX" or bool(int(flags) & PF_EXITING)


def threads_of(pid: int) -> int:
    """How many threads a process has: each has a folder, and a folder has a link for each in it, and two more."""
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except FileNotFoundError:  # it has ended; whoever waits for its message will notice
        return 0


class Unmeasurable(Exception):
    """What a folder holds cannot be told; the reason is in words for the student."""


def usage(folder: Path, most: int) -> tuple[int, int]:
    """Bytes on disk and number of entries below a folder, counted up to one more than `most` entries.

    Raises
    ------
    Unmeasurable
        If a folder in it is closed to its owner, also for root, who could look into it, or if a path is too long.
        No notebook needs either.
    """
    size, count, folders = 0, 0, [folder]
    while folders and count <= most:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    count += 1
                    info = entry.stat(follow_symlinks=False)
                    size += info.st_blocks * 512
                    if stat.S_ISDIR(info.st_mode):
                        if info.st_mode & TO_LOOK_INSIDE != TO_LOOK_INSIDE:
                            raise Unmeasurable(CLOSED)
                        folders.append(entry.path)
        except FileNotFoundError:  # removed meanwhile
            continue
        except PermissionError:  # closed since
            raise Unmeasurable(CLOSED) from None
        except OSError as error:
            raise Unmeasurable(f"it made a file or folder that cannot be measured: {error.strerror}") from None
    return size, count


def nameless(pid: int, folder: Path) -> int:
    """Bytes of files of a folder that have been removed, and that a process keeps: open, or mapped into memory."""
    sizes, below = {}, os.fsencode(f"{folder}/")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                info = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(info.st_mode) and not info.st_nlink:
                    sizes[info.st_ino] = info.st_blocks * 512
        with open(f"/proc/{pid}/maps", "rb") as file:
            maps = file.read()
        for line in maps.split(b"\n") if b"(deleted)" in maps else ():  # as a rule there is none
            if line.endswith(b" (deleted)") and below in line:
                addresses, *_, inode, _ = line.split(maxsplit=5)
                start, end = (int(address, 16) for address in addresses.split(b"-"))
                sizes[int(inode)] = max(sizes.get(int(inode), 0), end - start)
    return sum(sizes.values())
