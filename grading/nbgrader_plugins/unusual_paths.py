"""Let a course lie in a folder whose path has a percent sign, parentheses or a plus sign in it."""

import os
import re

from nbgrader import dbutil
from nbgrader.coursedir import CourseDirectory

_write_alembic_ini, _format_path = dbutil.write_alembic_ini, CourseDirectory.format_path


def write_alembic_ini(alembic_ini: str = "alembic.ini", db_url: str = "sqlite:///gradebook.db") -> None:
    """Write the gradebook's address for alembic, which takes a percent sign there for the begin of a variable."""
    _write_alembic_ini(alembic_ini, db_url.replace("%", "%%"))


def format_path(
    self: CourseDirectory, nbgrader_step: str, student_id: str, assignment_id: str, escape: bool = False
) -> str:
    """Format a path, or a pattern for paths; nbgrader escapes the course's folder in it, and not that of a step."""
    if escape and os.path.isabs(nbgrader_step):
        nbgrader_step = re.escape(nbgrader_step)
    return _format_path(self, nbgrader_step, student_id, assignment_id, escape)


def install() -> None:
    """Put these in the place of nbgrader's own."""
    dbutil.write_alembic_ini = write_alembic_ini
    CourseDirectory.format_path = format_path
