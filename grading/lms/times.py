"""When submissions were handed in, from a file that a platform gives besides its archive."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ..util.errors import CourseError
from ..util.tables import TextTable, read_table
from ..util.text import in_one_line
from .conventions import Upload
from .roster import plain, plain_email, plain_id
from .written_times import moments

# The names of columns, the surest first, as Moodle's grading worksheet and log, Gradescope's grades and others have
# them.
TIMES = (
    "Last modified (submission)",
    "Submission Time",
    "submitted_at",
    "Submitted at",
    "Date submitted",
    "Submission date",
    "Submitted",
    "Time",
    "timestamp",
)
IDS = ("Identifier", "SID", "user_id", "Student ID", "ID number", "Username", "ID")
EMAILS = ("Email address", "Email", "E-Mail Address")
FULL_NAMES = ("User full name", "Full name", "Name", "Student")
HANDED_IN = re.compile(  # events of Moodle's log
    r"(a submission has been submitted|a file has been uploaded|submission (created|updated))\.?",
    re.IGNORECASE,
)
NEVER = ("", "-", "–", "never", "null", "none", "n/a")
PREFIX = "while(1);"  # Canvas puts it before what a browser is given


@dataclass
class Times:
    """The times in some files, by what their rows say of whose they are; None where two rows could be one person's."""

    name: str = ""  # of the files
    by_id: dict[str, datetime | None] = field(default_factory=dict)
    by_email: dict[str, datetime | None] = field(default_factory=dict)
    by_name: dict[str, datetime | None] = field(default_factory=dict)
    people: dict[str, tuple[str, str]] = field(default_factory=dict)  # address and name, by the platform's id

    def enter(self, known: dict[str, datetime | None], key: str, time: datetime) -> None:
        if key:
            known[key] = time if known.get(key, time) == time else None

    def given_to(self, upload: Upload) -> Upload:
        """Return an upload with what the file says of whoever made it, where its archive does not say it."""
        email, name = self.people.get(plain_id(upload.lms_id), ("", ""))
        if name and plain(name) in {plain(known) for known in (upload.name, *upload.other_names)}:
            upload = replace(upload, name=name, other_names=(), email=upload.email or email)
        if upload.time:
            return upload
        names = {plain(name) for name in (upload.name, *upload.other_names)} & self.by_name.keys()
        for known, key in (
            (self.by_id, plain_id(upload.lms_id)),
            (self.by_email, plain_email(upload.email)),
            (self.by_name, names.pop() if len(names) == 1 else ""),
        ):
            if key and key in known:
                return replace(upload, time=known[key])
        return upload


def time_zone(name: str) -> tzinfo | None:
    """Return the zone of a name such as Europe/Berlin; None without a name.

    Raises
    ------
    CourseError
        If there is no such zone.
    """
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError):  # also ZoneInfoNotFoundError, which is a KeyError
        pass
    except KeyError:
        pass
    raise CourseError(f"no time zone is called {name!r}: name one such as Europe/Berlin, America/New_York or UTC")


def read_times(paths: Iterable[Path], zone: tzinfo | None = None) -> Times:
    """Read the times of handing in.

    Parameters
    ----------
    paths : iterable of Path
        Moodle's grading worksheet or log, Gradescope's grades, or another table with columns for a time and for an id,
        an address or a name; or what Canvas answers at ``/api/v1/courses/…/assignments/…/submissions``.
    zone : tzinfo or None
        Where a time is of that names no zone.

    Raises
    ------
    CourseError
        If one is no such file, or if it is not certain which moment a time is.
    """
    found, names = Times(), []
    for path in paths:
        names.append(str(path))
        before = len(found.by_id) + len(found.by_email) + len(found.by_name)
        try:
            with path.open("rb") as file:
                start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}") from None
        if start.startswith((PREFIX.encode(), b"[", b"{")):
            read_canvas(path, zone, found)
        else:
            read_rows(read_table(path), zone, found)
        if not before and not (found.by_id or found.by_email or found.by_name):
            raise CourseError(f"{path} has no time of anybody's in it")
    found.name = " and ".join(names)
    return found


def read_canvas(path: Path, zone: tzinfo | None, found: Times) -> None:
    """Read what Canvas's API says of an assignment's submissions."""
    try:
        text = path.read_bytes().decode("utf-8-sig").strip().removeprefix(PREFIX)
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CourseError(f"{path} is no JSON ({reason}): save the whole page again") from None
    said = said if isinstance(said, list) else [said]
    newest: dict[str, datetime] = {}
    for number, entry in enumerate(said, start=1):
        if not isinstance(entry, dict) or "submitted_at" not in entry or "user_id" not in entry:
            raise CourseError(f"{path}: entry {number} has no user_id and submitted_at: it is no list of submissions")
        if (text := entry["submitted_at"]) is not None:
            (time,) = moments([(f"{path}, entry {number}", str(text))], zone)
            key = plain_id(str(entry["user_id"]))
            newest[key] = max(time, newest.get(key, time))
    for key, time in newest.items():
        found.enter(found.by_id, key, time)


def read_rows(table: TextTable, zone: tzinfo | None, found: Times) -> None:
    """Read the times out of a table."""
    path, at = table.path, table.column(TIMES)
    ids, emails, names = table.column(IDS), table.column(EMAILS), table.column(FULL_NAMES)
    first, last = table.column(("First name",)), table.column(("Last name", "Surname"))
    if at is None or (ids is None and emails is None and names is None and (first is None or last is None)):
        wanted = "a column of times, such as “Last modified (submission)”, and one of ids, addresses or names"
        raise CourseError(f"{path} has not {wanted}; it has {', '.join(map(in_one_line, table.header[:20]))}")
    if ids is not None and names is not None:
        for _, row in table.rows:
            found.people[plain_id(participant(row[ids]))] = ("" if emails is None else row[emails], row[names])
    rows = [(line, row) for line, row in of_submissions(table) if row[at].casefold() not in NEVER]
    times = moments(((f"{path}, line {line}", row[at]) for line, row in rows), zone, [row[at] for _, row in table.rows])
    is_log = table.column(("Event name",)) is not None
    newest: dict[tuple, datetime] = {}
    said: list[tuple[tuple, datetime]] = []
    for (_, row), time in zip(rows, times, strict=True):
        name = row[names] if names is not None else ""
        if not name and first is not None and last is not None:
            name = f"{row[first]} {row[last]}"
        student = "" if ids is None else participant(row[ids])
        who = (plain_id(student), plain_email("" if emails is None else row[emails]), plain(name))
        said.append((who, time))
        newest[who] = max(time, newest.get(who, time))
    for who, time in newest.items() if is_log else said:  # of the events of one person the last counts
        for known, key in zip((found.by_id, found.by_email, found.by_name), who, strict=True):
            found.enter(known, key, time)


def participant(cell: str) -> str:
    """Return the number of what Moodle's worksheet calls "Participant 1234567"."""
    return re.sub(r"^Participant\s*(?=\d+$)", "", cell)


def of_submissions(table: TextTable) -> list[tuple[int, list[str]]]:
    """Return the rows of a table that say when somebody handed in: all, but for those of Moodle's log that do not.

    Raises
    ------
    CourseError
        If it is a log without such a row, or of more than one assignment.
    """
    event, context = table.column(("Event name",)), table.column(("Event context",))
    if event is None:
        return table.rows
    rows = [(line, row) for line, row in table.rows if HANDED_IN.fullmatch(row[event])]
    if not rows:
        raise CourseError(f"{table.path}: no line says “A submission has been submitted”: take the log in English")
    if context is not None and len(contexts := sorted({row[context] for _, row in rows})) > 1:
        named = ", ".join(map(in_one_line, contexts[:5]))
        raise CourseError(f"{table.path} is the log of several assignments ({named}): take that of this one alone")
    return rows
