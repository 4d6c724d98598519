"""Let a course lie in a folder whose path has a percent sign, parentheses or a plus sign in it."""

import os
import re
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from ..course.paths import gradebook_url

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


def install() -> None:
    """Put these in the place of nbgrader's own."""
    CourseDirectory.format_path = format_path
    CourseDirectory._db_url_default = db_url_default
