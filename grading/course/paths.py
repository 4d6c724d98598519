"""Where the course that comes with this package lies, and whose settings hold for a folder."""

import os
from pathlib import Path

DEFAULT_COURSE = Path(__file__).resolve().parents[1]
CONFIG = "nbgrader_config.py"
LOCAL_CONFIG = "nbgrader_config_local.py"  # a site's own settings, beside ours; loaded last, and ignored by git


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
