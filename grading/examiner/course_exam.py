"""The exam of a course's assignment, wherever the course lies."""

from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from ..course.assignment import files_beside
from ..course.course import Course
from ..course.exam_source import ExamSource
from ..course.lesson import read_lessons
from ..course.paths import home_of
from ..util.errors import CourseError
from .exam import Exam, exam_file, load_exam, package_of
from .exam_file import require_sound


def exam_source(assignment: str, exams: Path, folder: Path, ignored: list[str]) -> ExamSource | None:
    """Find the exam of an assignment; None if it has none.

    Parameters
    ----------
    assignment : str
    exams : Path
        Where the course keeps exams of one file, ``NAME.py``, besides ``grading/exams``.
    folder : Path
        Where the instructor's notebooks are.
    ignored : list of str
        Patterns of the files beside them that are not copied.

    Raises
    ------
    CourseError
        If the file cannot be read.
    """
    if path := exam_file(assignment, exams):
        lessons, files = read_lessons(folder, assignment), files_beside(folder, ignored)
        return ExamSource(assignment, "", str(path), read_text(path), lessons, files)
    package = package_of(assignment)
    return ExamSource(assignment, package.__name__) if package else None


def exams_of(course: Course) -> list[str]:
    """Return the names of the course's assignments that have an exam."""
    exams = course.exams_folder
    return [name for name in course.source_assignments() if exam_file(name, exams) or package_of(name)]


def read_text(path: Path) -> str:
    """Read the file of an exam; CourseError if that cannot be done."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"the exam {path} cannot be read: {error}") from None


def source_of(course: Course) -> ExamSource | None:
    """Find the exam of a course's assignment; None if it has none."""
    return exam_source(course.assignment, course.exams_folder, course.source_folder, course.ignored)


def course_exam(course: Course) -> Exam | None:
    """Load the exam of a course's assignment; None if it has none."""
    return load_exam(source_of(course))


def configured_source(config: Config, assignment: str) -> ExamSource | None:
    """Find the exam of an assignment of the course that nbgrader's settings name; None if it has none."""
    directory = CourseDirectory(config=config)
    folder = Path(directory.format_path(directory.source_directory, ".", assignment))
    return exam_source(assignment, home_of(Path(directory.root)) / "exams", folder, directory.ignore)


def require_checks(course: Course) -> None:
    """Make sure, before anybody is graded, that an assignment's test cells and its exam fit each other.

    Raises
    ------
    CourseError
        If a test cell asks for a check that there is not, or if the exam is a file and something in it is wrong.
    """
    source = source_of(course)
    exam = load_exam(source)
    for notebook, lesson in course.lessons.items():
        for cell, names in lesson.checks.items():
            for name in names:
                asks = f"{course.lesson_paths[notebook]}: the cell {cell} asks examine({name!r})"
                if exam is None:
                    raise CourseError(f"{asks}, and there is no exam for {course.assignment}")
                if name not in exam.checks:
                    raise CourseError(f"{asks}; the exam of {course.assignment} has no such check")
    if source and source.path:
        require_sound(source, exam)
