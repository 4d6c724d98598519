"""Enter a roster into the gradebook, as spreadsheets and platforms write it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, Student

from ..course.course import Course
from ..util.errors import CourseError
from ..util.tables import TextTable, read_table
from ..util.text import in_one_line
from .archive import is_folder_name
from .roster import plain_email, plain_id

# The names of columns, in letters and digits only, the surest first.
IDS = (
    "id",
    "Student ID",
    "Username",
    "User name",
    "User ID",
    "SID",
    "ID number",
    "SIS Login ID",
    "SIS User ID",
    "Login",
)
IDS += ("Student number", "Matriculation number", "Netid")
FIRST_NAMES = ("First name", "Given name", "Forename", "Firstname")
LAST_NAMES = ("Last name", "Surname", "Family name", "Lastname")
FULL_NAMES = ("Name", "Full name", "Student name", "Student")
EMAILS = ("Email", "E-Mail", "Email address", "E-Mail address", "Mail")
LMS_IDS = ("lms_user_id",)
CANVAS = ("SIS Login ID", "SIS User ID")  # where one of these is, "ID" is Canvas's own number
MOST_REASONS = 20  # lines that are named of a file with many mistakes
Students = Mapping[str, dict[str, str]]  # what is said of each, by id
FIELDS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass
class RosterChange:
    """What a roster does to the gradebook.

    Attributes
    ----------
    added, changed : dict of str to (dict of str to str)
        By student, what is entered. Of those who are changed, what is other than before.
    before : dict of str to (dict of str to str)
        What is changed of those, as it was.
    unchanged, kept : list of str
        The students of whom nothing is changed, and those who are in the gradebook and not in the roster.
    notes : list of str
        What the instructor should know, each in one line.
    names : dict of str to str
        What everybody is called.
    """

    added: dict[str, dict[str, str]] = field(default_factory=dict)
    changed: dict[str, dict[str, str]] = field(default_factory=dict)
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def import_roster(course: Course, path: Path, id_column: str = "", dry_run: bool = False) -> RosterChange:
    """Enter the students of a roster, all or none. Who is in the gradebook and not in the roster stays.

    Parameters
    ----------
    course : Course
    path : Path
        A table whose first line names the columns, as a spreadsheet saves it.
    id_column : str
        The column of the ids, if its name does not tell.
    dry_run : bool
        Whether only to say what would be done.

    Raises
    ------
    CourseError
        If it cannot be read, if it is not certain which column has the ids, or if lines are wrong; they are named.
    """
    table = read_table(path)
    wanted, notes = students_in_table(table, id_column)
    if dry_run and not (course.root / "gradebook.db").exists():
        return planned(wanted, {}, notes)
    with Gradebook(course.db_url, course.settings().CourseDirectory.course_id) as gradebook:
        known = {student.id: student for student in gradebook.students}
        change = planned(wanted, {name: about(student) for name, student in known.items()}, notes)
        if not dry_run:
            for name, fields in change.added.items():
                gradebook.db.add(Student(id=name, **fields))
            for name, fields in change.changed.items():
                for key, value in fields.items():
                    setattr(known[name], key, value)
            gradebook.db.commit()
    return change


def about(student: Student) -> dict[str, str]:
    return {key: getattr(student, key) or "" for key in FIELDS}


def planned(
    wanted: Mapping[str, dict[str, str]], known: Mapping[str, dict[str, str]], notes: list[str]
) -> RosterChange:
    """Compare a roster with the gradebook. An empty cell changes nothing."""
    change = RosterChange(notes=notes)
    for name, fields in wanted.items():
        fields = {key: value for key, value in fields.items() if value}
        before = known.get(name)
        if before is None:
            change.added[name] = fields
        elif new := {key: value for key, value in fields.items() if value != before[key]}:
            change.changed[name] = new
            change.before[name] = {key: before[key] for key in new}
        else:
            change.unchanged.append(name)
        change.names[name] = full_name({**(before or {}), **fields})
    change.kept = sorted(known.keys() - wanted.keys())
    change.names |= {name: full_name(known[name]) for name in change.kept}
    alike = defaultdict(list)
    for name in [*wanted, *change.kept]:
        alike[plain_id(name).casefold()].append(name)
    for names in alike.values():
        if len(names) > 1:
            change.notes.append(f"these ids differ only in case or in blanks: {', '.join(map(repr, names))}")
    return change


def full_name(fields: Mapping[str, str]) -> str:
    return " ".join(f"{fields.get('first_name', '')} {fields.get('last_name', '')}".split())


def students_in_table(table: TextTable, id_column: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Read the students out of a table, and what the instructor should know about it.

    Raises
    ------
    CourseError
        If there is no column of ids, or if lines are wrong.
    """
    columns = find_columns(table, id_column)
    found: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    emails: dict[str, list[str]] = defaultdict(list)
    wrong: list[str] = []
    for line, row in table.rows:
        if is_points_possible(row):
            continue
        cells = {what: row[at] for what, at in columns.items()}
        name = plain_id(cells.pop("id"))
        fields = with_names(cells)
        key = name.casefold()
        if not name:
            wrong.append(f"line {line} has no id")
        elif not is_folder_name(name):
            wrong.append(
                f"line {line}: {in_one_line(name)[:40]!r} cannot be an id, because it is to be a folder's name"
            )
        elif key in lines and (found.get(name) != fields):
            wrong.append(f"lines {lines[key]} and {line} both have the id {in_one_line(name)!r}")
        else:
            lines.setdefault(key, line)
            found[name] = fields
            if fields.get("email"):
                emails[plain_email(fields["email"])].append(name)
    if wrong:
        more = f"; and {len(wrong) - MOST_REASONS} more" if len(wrong) > MOST_REASONS else ""
        raise CourseError(f"{table.path}: {'; '.join(wrong[:MOST_REASONS])}{more}. Nobody was entered")
    if not found:
        raise CourseError(f"{table.path} names columns and no student")
    notes = (
        [f"read as {table.guessed}, the Latin-1 of spreadsheets: look whether the names are right"]
        if table.guessed
        else []
    )
    unread = [name for at, name in enumerate(table.header) if name and at not in columns.values()]
    if unread:
        listed = ", ".join(map(in_one_line, unread[:MOST_REASONS]))
        notes.append(
            f"columns that were not read: {listed}; those that are have names like first_name, last_name, email"
        )
    for email, names in emails.items():
        if len(set(names)) > 1:
            notes.append(f"{email} is the address of {', '.join(sorted(set(names)))}: nobody is found by it")
    return found, notes


def is_points_possible(row: Iterable[str]) -> bool:
    """Whether a row is the one in which Canvas says how many points there are."""
    return next(iter(row), "").strip().casefold() == "points possible"


def with_names(cells: dict[str, str]) -> dict[str, str]:
    """Return what a row says of a student, with a first and a last name made of a full one."""
    name = cells.pop("name", "")
    if name and not cells.get("first_name") and not cells.get("last_name"):
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.rpartition(" ")
        cells |= {"first_name": first.strip(), "last_name": last.strip()}
    return cells


def find_columns(table: TextTable, id_column: str) -> dict[str, int]:
    """Find where the ids, the names and the addresses are.

    Raises
    ------
    CourseError
        If there is no column of ids, or more than one that could be it.
    """
    listed = ", ".join(in_one_line(name) for name in table.header[:30])
    is_canvas = table.column(CANVAS) is not None and table.column(("ID",)) is not None
    if id_column:
        at = table.column((id_column,))
        if at is None:
            raise CourseError(f"{table.path} has no column {id_column!r}; it has {listed}")
    elif is_canvas:
        at = table.column(CANVAS)
    else:
        places = {place: name for name in reversed(IDS) if (place := table.column((name,))) is not None}
        at = table.column(("id",))
        if at is None and len(places) > 1:
            names = " or ".join(in_one_line(table.header[place]) for place in sorted(places))
            raise CourseError(f"{table.path}: which column has the ids under which submissions come, {names}? Say --id")
        if at is None and not places:
            raise CourseError(f"{table.path} has no column of ids; it has {listed}. Say which it is with --id")
        at = next(iter(places)) if at is None else at
    found = {"id": at}
    wanted = {"first_name": FIRST_NAMES, "last_name": LAST_NAMES, "name": FULL_NAMES, "email": EMAILS}
    wanted["lms_user_id"] = (*LMS_IDS, "ID") if is_canvas and at != table.column(("ID",)) else LMS_IDS
    for what, names in wanted.items():
        place = table.column(names)
        if place is not None and (place != at or what == "email"):
            found[what] = place
    return found
