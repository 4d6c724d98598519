"""Take back the last collection: what it replaced comes back, what it added goes, nobody else's work is touched."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import MissingEntry

from ..course.course import Course
from ..util.errors import CourseError
from .journal import Change, Journal, digests
from .publish import Record

RESTORED = "taken back; what was there before is there again"
REMOVED = "taken back; there was nothing before"
CHANGED = "left as it is: it has changed since it was collected"
UNKNOWN = "left as it is: the collection was stopped here, so it is not known what it has put there"
NO_COPY = "left as it is: what was there before could not be copied; it is in downloaded/ASSIGNMENT/older/"
FIELDS = ("first_name", "last_name", "email", "lms_user_id")
LEFT = (CHANGED, UNKNOWN, NO_COPY)


@dataclass
class Undone:
    """What taking back a collection did.

    Attributes
    ----------
    archive : str
        The name of the archive that had been collected.
    students : dict of str to str
        What was done, by student.
    removed : list of str
        The students who have gone from the gradebook, because the collection had entered them.
    graded : list of str
        The students whose submission is gone and whose grade stays.
    kept : Path or None
        Where the earlier work of those is whose submission was left as it is.
    """

    archive: str
    students: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)
    kept: Path | None = None


def undo(course: Course) -> Undone:
    """Take back the last collection of an assignment that has not been taken back yet.

    Raises
    ------
    CourseError
        If there is none.
    """
    course.gradebook().close()
    kept = course.root / "downloaded" / course.assignment
    journal = Journal.last(kept)
    if journal is None:
        raise CourseError(f"nothing to take back: no collection of {course.assignment} is recorded in {kept}")
    record, result = Record(kept / "collected.json"), Undone(journal.archive)
    for student, change in sorted(journal.changes().items()):
        result.students[student] = take_back(course, journal, change, record)
        journal.append({"undone": student})
    left = {name for name, done in result.students.items() if done in LEFT}
    restore_students(course, journal, result, left)
    if any(journal.copy_of(student).exists() for student in left):
        result.kept = kept / f"left-{journal.folder.name}"
        while result.kept.exists():
            result.kept = result.kept.with_name(f"{result.kept.name}-again")
        os.replace(journal.folder / "before", result.kept)
    journal.remove()
    return result


def take_back(course: Course, journal: Journal, change: Change, record: Record) -> str:
    """Take back one student's submission, if it is as the collection has left it; return what was done."""
    there, copy = course.folder("submitted", change.student), journal.copy_of(change.student)
    aside = journal.folder / "after" / change.student
    if aside.exists() and change.existed and not copy.exists():
        pass  # an earlier run was stopped after both steps
    elif aside.exists() and not os.path.lexists(there):
        put_back(change, there, copy)  # it was stopped between the two
    elif change.files is None:
        return UNKNOWN
    elif there.is_symlink() or there.parent.is_symlink() or digests(there) != change.files:
        return CHANGED
    elif change.existed and not copy.exists():
        return NO_COPY
    else:
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        os.replace(there, aside)
        put_back(change, there, copy)
    record.restore(change.student, change.record)
    return RESTORED if change.existed else REMOVED


def put_back(change: Change, there: Path, copy: Path) -> None:
    """Put the earlier submission in its place, or take the student's folder away if it is empty now."""
    if change.existed:
        os.replace(copy, there)
    elif there.parent.is_dir() and not any(there.parent.iterdir()):
        there.parent.rmdir()


def restore_students(course: Course, journal: Journal, result: Undone, left: set[str]) -> None:
    """Put back what the gradebook said of the students, and take out those whom the collection had entered."""
    with course.gradebook() as gradebook:
        graded = {submission.student.id for submission in gradebook.assignment_submissions(course.assignment)}
        result.graded = sorted(name for name, done in result.students.items() if done == REMOVED and name in graded)
        for name, (before, after) in journal.students().items():
            try:
                student = gradebook.find_student(name) if name not in left else None
            except MissingEntry:
                continue
            if student is None:
                continue
            now = {key: getattr(student, key) for key in FIELDS}
            if before is not None:
                back = {key: value for key, value in before.items() if now[key] == after[key]}
                gradebook.update_or_create_student(name, **back)
            elif not student.submissions and all((now[key] or None) == after.get(key) for key in FIELDS):
                gradebook.remove_student(name)
                result.removed.append(name)
