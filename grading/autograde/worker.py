"""The module that workers on this machine load before they are forked, and what each does first."""

import contextlib

from ..course.paths import DEFAULT_COURSE
from ..examiner.exam import examined_assignments, import_exam, sandbox_profile
from ..sandbox.machine import CannotConfine
from ..sandbox.profile import SandboxProfile
from ..util.imports import gc_disabled
from .template import start_template

start_template()
with gc_disabled():
    from ..course.course import Course
    from ..course.reader import parse_submission
    from ..feedback_page import render  # noqa: F401 - what workers are asked for
    from ..sandbox import host
    from ..sandbox.readable import hiding_course
    from ..util.errors import CourseError
    from ..workers import local_pool  # noqa: F401 - what workers run
    from . import grade  # noqa: F401 - what workers are asked for

    # What is found out here is the same for every submission, and is then known to all workers.
    for name in examined_assignments():
        with contextlib.suppress(CourseError):  # whoever grades it will say so
            course = Course(assignment=name)
            for notebook, lesson in course.lessons.items():
                parse_submission(course.lesson_paths[notebook], lesson.text.encode(), lesson)
                lesson.checks  # noqa: B018 - worked out when it is asked for
            import_exam(name)


def begin() -> None:
    """Start this worker's zygote. Whether it is there, and why not, is asked with the assignment."""
    with contextlib.suppress(CannotConfine):
        host.begin(default_profile())


def default_profile() -> SandboxProfile:
    """Return the profile for the only assignment of this package that has an exam; a zygote for others starts later."""
    assignments = examined_assignments()
    return hiding_course(sandbox_profile(assignments[0] if len(assignments) == 1 else ""), DEFAULT_COURSE)


def end() -> None:
    """Remove the worker's temporary folder; a worker is ended in a way in which Python cleans up nothing."""
    host.end()
