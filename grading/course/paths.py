"""Where the course that comes with this package lies, and whose settings hold for a folder."""

import os
import unicodedata
from pathlib import Path

from ..util.errors import CourseError

DEFAULT_COURSE = Path(__file__).resolve().parents[1]
CONFIG = "nbgrader_config.py"
LOCAL_CONFIG = "nbgrader_config_local.py"  # a site's own settings, beside ours; loaded last, and ignored by git
LONGEST_PATH = 480  # bytes of a course's folder: SQLite's limit is 512, with the names of its files
PATTERNS = set("*?[{}$")  # of glob, str.format and os.path.expandvars, through which nbgrader sends paths


def has_config(folder: Path) -> bool:
    """Whether a folder has settings of its own, so that it is a course of its own."""
    return os.path.lexists(folder / CONFIG)  # also a link that leads nowhere: reading it says so


def home_of(folder: Path) -> Path:
    """Return the folder whose ``nbgrader_config.py`` and ``source/`` hold for a folder: its own, or this package's."""
    return folder if has_config(folder) else DEFAULT_COURSE


def gradebook_url(folder: Path) -> str:
    """Return the address of the gradebook of a course; in an address, ``%20`` would be a space."""
    return f"sqlite:///{str(folder / 'gradebook.db').replace('%', '%25')}"


def course_here() -> Path:
    """Return the course that a command means which names none: the current folder if it is one, or this package's."""
    try:
        return home_of(Path.cwd())
    except FileNotFoundError:  # somebody has removed the current folder
        return DEFAULT_COURSE


def why_unusable(folder: Path) -> str:
    """Say why nbgrader cannot have a course in a folder, because of its path; empty if it can."""
    text = str(folder)
    if odd := [character for character in text if unicodedata.category(character) in ("Cc", "Cs")]:
        return f"its path has control characters, or bytes that are no UTF-8: {', '.join(map(ascii, odd[:3]))}"
    if (length := len(os.fsencode(text))) > LONGEST_PATH:
        return f"its path has {length} bytes, and SQLite opens no gradebook where it has more than {LONGEST_PATH}"
    if found := sorted(PATTERNS.intersection(text)):
        return f"nbgrader takes {' and '.join(found)} in its path for part of a pattern"
    return ""


def refuse_unusable(folder: Path) -> None:
    """Raise CourseError if nbgrader cannot have a course in a folder, because of its path."""
    if reason := why_unusable(folder):
        raise CourseError(f"{folder} cannot be the folder of a course: {reason}. Move it")
