"""Read how long somebody has got, and change due dates: of the class, and of single students."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from nbgrader.api import Gradebook

from ..util.errors import CourseError
from ..util.untrusted_files import is_plain_name
from . import timestamps
from .chosen import roster
from .course import Course
from .extensions import Extension, all_extensions, write_extension
from .gradebook import GradebookWriter
from .late import due_text, outdate_pages
from .lock import course_lock

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m)\s*", re.IGNORECASE)
LONGEST = timedelta(days=3650)
NONE = "none"


def parse_extension(text: str, due: datetime) -> Extension:
    """Read an extension: ``2d``, ``12h``, ``1d12h``, or a time with its zone.

    Raises
    ------
    CourseError
        If it is none of them, or no later than the due date.
    """
    text = text.strip()
    lengths = LENGTH.findall(text)
    if lengths and not LENGTH.sub("", text):
        seconds = sum((timedelta(**{UNITS[unit[0].lower()]: float(n)}) for n, unit in lengths), timedelta(0))
        if not timedelta(0) < seconds <= LONGEST:
            raise CourseError(f"{text!r} is no extension: it is from 1m to {LONGEST.days}d; take one back with none")
        return Extension(longer=seconds)
    until = read_time(text, f"write 2d, 12h, none, or a time as {timestamps.FORM}")
    if until <= due:
        raise CourseError(f"{due_text(until)} is no later than the due date, {due_text(due)}")
    return Extension(until=until)


def read_time(text: str, advice: str) -> datetime:
    """Read a time with its zone, in UTC; raises CourseError if that cannot be done for certain."""
    try:
        return timestamps.parse_time(text)
    except ValueError as error:
        reason = str(error) if str(error) != timestamps.NO_TIME else f"is no time: {advice}"
        raise CourseError(f"{text!r} {reason}") from None


def change_due_date(course: Course, due: datetime | None) -> list[str]:
    """Set the due date of a class, also before the assignment is generated; return whose penalty has changed by it."""
    if not is_generated(course):
        with course_lock(course.root), Gradebook(course.db_url, course.config().CourseDirectory.course_id) as gradebook:
            gradebook.update_or_create_assignment(course.assignment, duedate=due)
        return []
    with GradebookWriter(course) as records, records.transaction() as session:
        records.gradebook.find_assignment(course.assignment).duedate = due
        changed = records.enter_penalties(session, None)
        outdate_pages(course.root, course.assignment, course.students())  # each says when it was due
        return changed


def is_generated(course: Course) -> bool:
    """Whether the gradebook knows notebooks of the assignment, and not only that there is one."""
    if course.assignment not in course.generated_assignments():
        return False
    with course.gradebook() as gradebook:
        return bool(gradebook.find_assignment(course.assignment).notebooks)


def due_date(course: Course) -> datetime | None:
    """Return the due date of a class, in UTC."""
    if course.assignment not in course.generated_assignments():
        return None
    with course.gradebook() as gradebook:
        return gradebook.find_assignment(course.assignment).duedate


def extend(course: Course, students: Collection[str], text: str) -> list[str]:
    """Give students a later due date, or take it back, and return whose penalty has changed by it.

    Whoever has not handed in yet has it from then on.

    Raises
    ------
    CourseError
        If the text is no extension, if there is no due date, or if no student can have such a name.
    """
    if odd := [student for student in students if not is_plain_name(student) or "/" in student]:
        raise CourseError(f"no student can be called {odd[0]!r}")
    with GradebookWriter(course) as records, records.transaction() as session:
        assignment = records.gradebook.find_assignment(course.assignment)
        if text.strip().lower() == NONE:
            extension = None
        elif assignment.duedate is None:
            raise CourseError(f"{course.assignment} has no due date: set it by `python -m grading due` first")
        else:
            extension = parse_extension(text, assignment.duedate)
        for student in students:
            write_extension(records.connection, course.assignment, student, extension)
        if extension is None:
            for submission in assignment.submissions:
                if submission.student_id in students:
                    submission.extension = None
        changed = records.enter_penalties(session, set(students))
        outdate_pages(course.root, course.assignment, students)
        return changed


def extensions(course: Course) -> dict[str, str]:
    """Return what later due date each student has, in words."""
    with course.gradebook() as gradebook:
        due = gradebook.find_assignment(course.assignment).duedate
        found = all_extensions(gradebook, gradebook.db.connection(), course.assignment)
    return {student: described(extension, due) for student, extension in found.items()}


def described(extension: Extension, due: datetime | None) -> str:
    """Say until when an extension is, and how long."""
    if due is None:
        what = due_text(extension.until) if extension.until else f"{length(extension.longer)} more"
        return f"{what}, once there is a due date"
    return f"until {due_text(due + extension.after(due))}, {length(extension.after(due))} more"


def length(time: timedelta) -> str:
    """Write a length of time in days, hours, minutes and seconds."""
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = {"day": days, "hour": hours, "minute": minutes, "second": seconds}
    found = [f"{count} {name}{'s' if count != 1 else ''}" for name, count in parts.items() if count]
    return " ".join(found) or "nothing"


def unknown_students(course: Course, students: Collection[str]) -> list[str]:
    """Return of some students those who are neither in the gradebook nor have handed in."""
    with course.gradebook() as gradebook:
        known = {*roster(gradebook), *course.students()}
    return [student for student in students if student not in known]


def in_both_zones(due: datetime) -> str:
    """Write a time in UTC, and as the clocks of this machine show it."""
    local = due.replace(tzinfo=UTC).astimezone()
    here = f"{local:%Y-%m-%d %H:%M:%S %z}"
    return due_text(due) if not local.utcoffset() else f"{due_text(due)} ({here})"
