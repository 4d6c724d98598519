"""Whether a student's grade is current: it is what the gradebook says, of what is handed in, by what judges it now."""

import json
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from nbgrader.api import Gradebook

from ..course.course import Course
from ..course.grading_record import GradingRecord, records_of
from ..course.handed_in import SubmittedReader
from ..course.reader import NotGradable
from ..course.submission import GradingResult
from ..course.version import assignment_version
from ..examiner.course_exam import source_of
from ..examiner.exam_version import exam_version
from ..sandbox.limits import Limits
from ..util.untrusted_files import NotPermitted, is_plain_name

# Why somebody is graded, in plain words: of one, and of several.
NEW = ("is new", "are new")
NO_GRADE = ("has no grade in the gradebook", "have no grade in the gradebook")
HANDED_IN = ("handed in again",) * 2
GENERATED = ("because the assignment was generated again",) * 2
FILES = ("because the files beside the assignment have changed",) * 2
EXAM = ("because what judges it has changed",) * 2
UNKNOWN = ("because it is not known what the grade was made from",) * 2
LOST = ("because an autograded notebook is missing, or of another submission",) * 2
REFUSED = ("with a notebook that could not be graded",) * 2
FAILED = ("could not be graded the last time",) * 2
FORCED = ("because of --force",) * 2
REASONS = (NEW, HANDED_IN, NO_GRADE, GENERATED, FILES, EXAM, UNKNOWN, LOST, REFUSED, FAILED, FORCED)
Reason = tuple[str, str]
# How nbformat writes them, near the end. In a string there is no line break, so no cell can hold such a line.
LINES = [re.compile(rb'\n  "%s": "([0-9a-f]{64})"' % name) for name in (b"submission", b"judged_by")]
NOT_HANDED_IN = "no such file"


class Currency:
    """Compares grades with what they were made from.

    Parameters
    ----------
    course : Course
    gradebook : Gradebook
    reader : SubmittedReader
    """

    def __init__(self, course: Course, gradebook: Gradebook, reader: SubmittedReader) -> None:
        self.course, self.reader, self.names = course, reader, list(course.lesson_paths)
        self.records = records_of(gradebook, course.assignment)
        self.version = assignment_version(gradebook, course.assignment, course.source_folder, course.ignored)
        self.exam = exam_version(source_of(course))

    def record(self, digest: str, changed: float | None) -> GradingRecord:
        """Return what a grade that is made now is made from."""
        return GradingRecord(digest, changed, self.version, self.exam)

    def reason(self, student: str) -> Reason | None:
        """Return why a student is to be graded; None if the grade is current."""
        record, graded = self.records.get(student), self.graded_notebooks(student)
        if record is None:
            if student in self.records:
                return UNKNOWN if graded else FAILED
            return NO_GRADE if graded else NEW
        is_outdated = any(path.stat().st_mtime == 0 for path in graded.values())
        if is_outdated and (record.version, record.exam) == (self.version, self.exam):  # see ClassGrader.give_up
            return FAILED  # an update of the assignment outdates them, too, and then it is another version
        if self.has_changed(student, record):
            return HANDED_IN
        if not record.version:
            return UNKNOWN
        if record.version != self.version:
            return GENERATED if record.version.split()[:1] != self.version.split()[:1] else FILES
        if record.exam != self.exam:
            return EXAM
        if graded.keys() != record.answers.keys() or any(
            made_from(path) != (record.digest, record.judged_by) for path in graded.values()
        ):
            return LOST
        if any(
            os.path.lexists(self.course.notebook("submitted", student, name))
            for name in set(self.names) - graded.keys()
        ):
            return REFUSED  # whoever reads it says why
        return None

    def graded_notebooks(self, student: str) -> dict[str, Path]:
        """Return the autograded notebooks of a student that there are, by name."""
        paths = {name: self.course.notebook("autograded", student, name) for name in self.names}
        return {name: path for name, path in paths.items() if path.exists()}

    def older_grades(self, graded: GradingResult) -> frozenset[str]:
        """Return the notebooks whose older grade stays, because what has come in their place cannot be graded."""
        student, record = graded.student, self.records.get(graded.student)
        before = record.answers if record else self.graded_notebooks(student) if student in self.records else {}
        refused = [name for name, why in graded.refused.items() if why != NOT_HANDED_IN]
        return frozenset(self.names if graded.problem else refused) & before.keys()

    def has_changed(self, student: str, record: GradingRecord) -> bool:
        """Whether what is handed in is another submission than the one that was graded."""
        changed = self.reader.last_change(student)
        if changed is not None and changed == record.changed:
            return False
        try:  # moved, copied or restored files are as new as their place; what is in them may be old
            found = self.reader.read(student, *self.names, hard_links=True)
        except (NotGradable, NotPermitted, OSError):  # whoever reads it says why
            return True
        return found.submission.digest != record.digest


def made_from(path: Path) -> tuple[str | None, str | None] | None:
    """Return the digests of the submission that an autograded notebook is of, and of what it was judged by.

    None if it is no notebook.
    """
    try:
        with path.open("rb") as file:  # of a whole class, only the ends
            file.seek(max(0, path.stat().st_size - 4096))
            data = file.read()
        if data.rstrip().endswith(b"}"):
            found = [line.search(data) for line in LINES]
            if all(found):
                return tuple(digest[1].decode() for digest in found)
        metadata = json.loads(path.read_bytes())["metadata"]
        return metadata.get("submission"), metadata.get("judged_by")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def counted(reasons: Iterable[Reason]) -> str:
    """Say how many there are of each reason, in plain words."""
    counts = Counter(reasons)
    return ", ".join(f"{counts[reason]} {reason[counts[reason] > 1]}" for reason in REASONS if counts[reason])


def told(reasons: Collection[Reason]) -> str:
    """Say how many are to be graded, and why, in one line."""
    return f"grading {len(reasons)}: {counted(reasons)}"


def not_current(course: Course, gradebook: Gradebook) -> dict[str, Reason]:
    """Return who has handed in and has no current grade, and why; but not who had nothing that could be graded."""
    reader = SubmittedReader(course.root / "submitted", course.assignment, Limits(), course.ignored, course.lessons)
    currency = Currency(course, gradebook, reader)
    found = {student: currency.reason(student) for student in course.students() if is_plain_name(student)}
    return {student: reason for student, reason in found.items() if reason and reason not in (FAILED, REFUSED)}


def warning(course: Course, new: bool = True) -> str:
    """Say in one line that grades are not current, and what to do; empty if all are.

    Parameters
    ----------
    course : Course
    new : bool
        Whether to say it of submissions that were never graded, too.
    """
    with course.gradebook() as gradebook:
        reasons = [reason for reason in not_current(course, gradebook).values() if new or reason != NEW]
    without = f"{len(reasons)} without a current grade ({counted(reasons)}): run `python -m grading autograde`"
    return without if reasons else ""
