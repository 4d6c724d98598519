"""``python -m grading.course.installation``: say in one line why this checkout cannot work where it is.

The Makefile asks this before anything is installed, with ``--before``, and then before each command. So nothing is
imported here that does not come with Python.
"""

import importlib.util
import os
import shlex
import sys
from pathlib import Path

from ..util.errors import CourseError
from ..util.text import in_one_line
from .paths import DEFAULT_COURSE, why_unusable

NEEDED = ("nbgrader", "nbconvert", "traitlets", "jupyter_server", "numpy", "dask", "nbdev", "typer")
LONGEST_LINK = 1000  # bytes


def check_folder(repository: Path) -> None:
    """Raise CourseError if nbgrader cannot work in a folder, because of its path."""
    if reason := why_unusable(repository):
        raise CourseError(f"nothing works in the folder {repository}: {reason}. Rename it, or move it")


def check_writable(*folders: Path) -> None:
    """Raise CourseError if what is made could not be written."""
    if folder := next((folder for folder in folders if not os.access(folder, os.W_OK)), None):
        raise CourseError(
            f"you may not write to {folder}, where things are made: copy the whole folder to where you may"
        )


def check_links(source: Path) -> None:
    """Raise CourseError if a link in ``source/`` is a file that names its target.

    So git leaves it where it may make no links, and some programs that unpack zip archives.
    """
    for path in sorted(source.iterdir()) if source.is_dir() else ():
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LONGEST_LINK:
            target = path.read_text(encoding="utf-8", errors="replace").strip()
            if target and (source / target).is_dir():
                mended = f"ln -sfn {shlex.quote(target)} {shlex.quote(str(path))}"
                raise CourseError(f"{path} should be a link to {target}, and is a file that says so. Say: {mended}")


def check_packages(names: tuple[str, ...] = NEEDED, search_path: str = "") -> None:
    """Raise CourseError if a package is not installed, or if another one is found in its place.

    Parameters
    ----------
    names : tuple of str
    search_path : str
        The value of ``PYTHONPATH``, whose folders Python searches before its own packages.
    """
    folders = {Path(entry).resolve() for entry in search_path.split(os.pathsep) if entry}
    for name in names:
        found = importlib.util.find_spec(name)
        if found is None:
            raise CourseError(
                f"{name} is not installed in {sys.prefix}: `pip config list` and the variables PIP_... say where pip "
                "installs to. Remove `target`, `prefix`, `root` and `user` there, delete .venv, and run make again"
            )
        place = Path(found.origin or next(iter(found.submodule_search_locations))).resolve()
        if folder := next((folder for folder in folders if place.is_relative_to(folder)), None):
            raise CourseError(
                f"PYTHONPATH names {folder}, whose {name} hides the one of {sys.prefix}. Say: unset PYTHONPATH"
            )


def main() -> None:
    """Check what the Makefile asks for; one line and exit status 2 if it cannot work."""
    try:
        check_folder(DEFAULT_COURSE.parent)
        check_writable(DEFAULT_COURSE.parent, DEFAULT_COURSE)
        check_links(DEFAULT_COURSE / "source")
        if "--before" not in sys.argv[1:]:
            check_packages(search_path=os.environ.get("PYTHONPATH", ""))
    except CourseError as error:
        print(f"error: {in_one_line(str(error))}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
