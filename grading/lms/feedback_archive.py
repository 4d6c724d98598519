"""The pages of feedback of a class as one archive, under names that tell a learning management system whose each is."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..course.course import Course
from ..util.errors import CourseError
from ..util.files import atomic_write
from .cautions import listed


def pack(course: Course, folders: Mapping[str, str], target: Path) -> list[str]:
    """Write the archive; an older one is replaced when the new one is whole.

    Parameters
    ----------
    course : Course
    folders : Mapping of str to str
        By the names of students, the folder of each one's pages in the archive; empty if there can be none.
    target : Path

    Returns
    -------
    list of str
        What an instructor should know about it.

    Raises
    ------
    CourseError
        If there is nothing to put into it, if two students have one folder, or if it cannot be written.
    """
    names = course.lesson_paths
    pages = {student: [course.page(student, name) for name in names] for student in folders}
    pages = {student: [page for page in theirs if page.is_file()] for student, theirs in pages.items()}
    without = [student for student in folders if not pages[student]]
    unknown = [student for student, folder in folders.items() if not folder]
    warnings = []
    if without:
        warnings.append(f"no page of feedback: {listed(without)}")
    if unknown:
        warnings.append(f"not in {target}, because the system's number for them is not known: {listed(unknown)}")
    left_out, packed = {*without, *unknown}, {}
    for student, folder in folders.items():
        if student not in left_out and packed.setdefault(folder, student) != student:
            raise CourseError(
                f"{packed[folder]} and {student} would have one folder, {folder!r}: mend their lms_user_id"
            )
    if not packed:
        raise CourseError("; ".join([f"there is no feedback that could go into {target}", *warnings]))
    try:
        with atomic_write(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder, student in packed.items():
                for page in pages[student]:
                    archive.write(page, f"{folder}/{page.name}")
    except OSError as error:
        raise CourseError(f"{target} cannot be written: {error.strerror}") from None
    return warnings
