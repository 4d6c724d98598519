"""Whether what a student has handed in can be graded."""

from ..util.untrusted_files import Unacceptable, UntrustedFolder, ignoring
from .course import Course
from .reader import NotGradable, parse_submission, read_time
from .renamed import read_notebooks


def why_not_gradable(course: Course, student: str, name: str) -> str:
    """Say why a notebook that a student handed in, or did not, cannot be graded; empty if it can."""
    lessons, path = course.lessons, course.notebook("submitted", student, name)
    try:
        with UntrustedFolder(course.root / "submitted", student, course.assignment) as folder:
            found = read_notebooks(folder, list(lessons), lessons, ignoring(course.ignored))
            if name in found.refused:
                return found.refused[name]
            read_time(folder)
        parse_submission(path, found.notebooks[name], lessons[name])
    except (NotGradable, Unacceptable) as error:
        return getattr(error, "reason", str(error))
    return ""
