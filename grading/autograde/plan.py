"""Find out who has handed in, and what is out of date."""

import os
from pathlib import Path

from ..course.course import Course
from ..util.errors import CourseError


def class_list(course: Course) -> list[str]:
    """Who has handed something in.

    Raises
    ------
    CourseError
        If nobody has.
    """
    if students := course.students():
        return students
    where = course.folder("submitted", "STUDENT")
    raise CourseError(f"nobody has handed anything in: there is no {where}")


def check_readable(folder: Path) -> None:
    """Raise OSError if there is a folder in a submission that may not be looked into.

    Others would take it for an empty one, and a student would be graded without the files in it.
    """

    def stop(error: OSError) -> None:
        raise error

    for _ in os.walk(folder, onerror=stop):
        pass


def is_current(target: Path, *sources: Path) -> bool:
    """Whether a file exists and was written after all that it was made from was written, or put where it is."""
    if not target.exists():
        return False
    written = target.stat().st_mtime
    return all(written >= max(s.st_mtime, s.st_ctime) for s in (source.lstat() for source in sources))
