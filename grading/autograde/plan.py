"""Who has handed in, the assignment to grade with its secret, and whether a file is younger than its sources."""

from pathlib import Path

from ..course.assignment import Assignment, GeneratedNotebook, files_beside
from ..course.changes import lesson_cells
from ..course.course import Course
from ..examiner.course_exam import require_checks, source_of
from ..examiner.exam import sandbox_profile
from ..examiner.secret import course_secret
from ..sandbox.profile import SandboxProfile
from ..sandbox.readable import hiding_course
from ..util.errors import CourseError


def drawing_secret(course: Course) -> str:
    """Return the secret that the assignment's cases are drawn from; empty if it has no exam and draws none.

    Raises
    ------
    CourseError
        If it is missing though there are grades.
    """
    return course_secret(course.root, course.db_url) if source_of(course) else ""


def assignment_of(course: Course, secret: str) -> Assignment:
    """Read the course's assignment from its gradebook, with what its submissions find in their sandbox.

    Parameters
    ----------
    course : Course
    secret : str
        What cases are drawn from.

    Raises
    ------
    CourseError
        If it has not been generated, if a lesson is malformed, or if its tests ask for a check that its exam does not
        have.
    """
    for lesson in course.lessons.values():
        lesson.released_cells  # noqa: B018 - if that cannot be worked out, it is said before anybody is graded
    require_checks(course)
    return Assignment.of(course, submission_profile(course), source_of(course), secret)


def ungenerated_assignment(course: Course, secret: str) -> Assignment | None:
    """Return an assignment as it stands in ``source/``, without a gradebook; None if nbgrader makes some of its tests.

    Parameters
    ----------
    course : Course
    secret : str
        What cases are drawn from.

    Raises
    ------
    CourseError
        As `assignment_of` does, or if it cannot be generated.
    """
    require_checks(course)
    config, notebooks = course.config(), {}
    for name, lesson in course.lessons.items():
        cells = lesson_cells(config, course.assignment, course.lesson_paths[name])
        if any(cell.source is None for cell in cells):
            return None
        notebooks[name] = GeneratedNotebook(lesson, cells, lesson.kernelspec)
    return Assignment(
        name=course.assignment,
        notebooks=notebooks,
        profile=submission_profile(course),
        files=files_beside(course.source_folder, course.ignored),
        config=course.config(),
        exam=source_of(course),
        secret=secret,
        config_file=str(course.config_file),
    )


def submission_profile(course: Course) -> SandboxProfile:
    """Return what a submission finds in its sandbox, which is nothing of the course."""
    profile = sandbox_profile(course.assignment)
    for folder in sorted({course.root, course.home}):
        profile = hiding_course(profile, folder)
    return profile


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
    raise CourseError("; ".join([f"nobody has handed anything in: there is no {where}", *course.strays()]))


def is_current(target: Path, *sources: Path) -> bool:
    """Whether a file exists and was written after all that it was made from was written, or put where it is."""
    if not target.exists():
        return False
    written = target.stat().st_mtime
    return all(written >= max(s.st_mtime, s.st_ctime) for s in (source.lstat() for source in sources))
