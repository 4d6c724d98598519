"""A user of whom the system's permissions hold, for tests that may be run by root, of whom they do not."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.course.paths import DEFAULT_COURSE

NOBODY = 65534  # the user and the group
PR_CAPBSET_DROP, LAST_CAPABILITY = 24, 63


class OrdinaryUser:
    """Who runs commands: whoever runs the tests if that is not root, else nobody, else root without its rights.

    Nobody can be meant only where Python and the repository may be read by all.
    """

    def __init__(self) -> None:
        is_root = os.getuid() == 0
        needed = (sys.executable, sys.prefix, sys.base_prefix, str(DEFAULT_COURSE))
        self.is_nobody = is_root and all(map(open_to_all, needed))
        self.is_bereft = is_root and not self.is_nobody

    def run(self, command: list[str], home: Path, **environment: str) -> subprocess.CompletedProcess:
        """Run a command; `home` is the user's own."""
        identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self.is_nobody else {}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=os.environ | {"HOME": str(home)} | environment,
            preexec_fn=drop_rights if self.is_bereft else None,
            **identity,
        )

    def give(self, folder: Path) -> None:
        """Make everything in a folder the user's own."""
        for path in [folder, *folder.rglob("*")] if self.is_nobody else ():
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def open_to_all(path: str) -> bool:
    """Whether everybody may go to a place, also where it is reached by links."""
    places = {Path(path).absolute(), Path(path).resolve()}
    return all(folder.stat().st_mode & 0o001 for place in places for folder in (place, *place.parents))


def drop_rights() -> None:
    """Give up, for whatever this process becomes, all that root may do and others may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@contextmanager
def folder_for_all():
    """A folder that every user can go to; those of pytest are for one only."""
    folder = Path(tempfile.mkdtemp(prefix="for-all-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=True)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def ordinary_user():
    return OrdinaryUser()
