"""The repository's files as git sees them, also where git knows nothing of them: in an unpacked archive, say."""

import subprocess
import tempfile
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """What a command of git says of a folder, by its ``.gitignore`` and ``.gitattributes`` alone."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["git", "init", "--quiet", place], check=True)
        command = ["git", f"--git-dir={place}/.git", f"--work-tree={folder}", *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def files(folder: Path) -> list[str]:
    """The paths of all files in a folder that git does not ignore."""
    return git(folder, "-c", "core.quotePath=off", "ls-files", "--others", "--exclude-standard").splitlines()
