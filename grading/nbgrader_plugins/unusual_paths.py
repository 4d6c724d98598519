"""Let a course lie in a folder whose path has a percent sign, parentheses or a plus sign in it."""

import os
import re
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from ..course.paths import gradebook_url, refuse_unusable
from ..util.errors import CourseError
from ..util.text import in_one_line

_format_path = CourseDirectory.format_path


def db_url_default(self: CourseDirectory) -> str:
    """Return the gradebook's address, in which a percent sign of its path means itself."""
    return gradebook_url(Path(self.root).absolute())


def format_path(
    self: CourseDirectory, nbgrader_step: str, student_id: str, assignment_id: str, escape: bool = False
) -> str:
    """Format a path, or a pattern for paths; nbgrader escapes the course's folder in it, and not that of a step."""
    if escape and os.path.isabs(nbgrader_step):
        nbgrader_step = re.escape(nbgrader_step)
    return _format_path(self, nbgrader_step, student_id, assignment_id, escape)


def install(folder: Path) -> None:
    """Put these in the place of nbgrader's own.

    Parameters
    ----------
    folder : Path
        Where the settings are. nbgrader takes some characters in its path for patterns, and would say with a traceback
        that it finds nothing; so its commands end, with one line.
    """
    try:
        refuse_unusable(folder)
    except CourseError as error:
        raise SystemExit(f"error: {in_one_line(str(error))}") from None
    CourseDirectory.format_path = format_path
    CourseDirectory._db_url_default = db_url_default
