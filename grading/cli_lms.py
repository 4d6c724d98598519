"""The commands by which a class comes in: its roster, and its submissions out of an archive."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from .cli_options import Name, Root, System, console
from .course.lock import course_lock
from .util.errors import CourseError
from .util.imports import fast_imports
from .util.text import in_one_line

if TYPE_CHECKING:
    from .lms.collect import Collection
    from .lms.roster_import import RosterChange

WIDEST = 100_000  # characters of a line that no terminal breaks


def collect(
    archive: Annotated[
        str, typer.Argument(help="The zip file of all submissions, as it was downloaded.", show_default=False)
    ] = "",
    assignment: Name = None,
    lms: Annotated[
        System | None, typer.Option(help="Where it comes from.", show_default="told from the names in it")
    ] = None,
    times: Annotated[
        list[Path] | None,
        typer.Option(help="A file that says when everybody has handed in: Moodle's grading worksheet or log, …"),
    ] = None,
    zone: Annotated[
        str, typer.Option(help="Where times are of that name no zone, such as Europe/Berlin.", show_default=False)
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last collection.")] = False,
    course: Root = None,
) -> None:
    """Put the submissions of a class, as Canvas, Moodle, Blackboard or Gradescope packs them, into submitted/."""
    with fast_imports():
        from .course.course import Course

    if undo:
        if assignment and archive:
            raise CourseError("--undo takes back the last collection, and needs no archive")
        take_back(Course(course, assignment or archive or None))
        return
    if not archive:
        raise CourseError("which archive? Name the zip file of all submissions, as it was downloaded")
    with fast_imports():
        from .lms import collect as collecting

    target = Course(course, assignment)
    with course_lock(course):
        result = collecting.collect(target, Path(archive), lms.value if lms else "", times or [], zone)
    show_collection(target, result)
    if not result.students:
        raise CourseError(f"{archive}: nobody's notebook could be collected")


def roster(
    file: Annotated[Path, typer.Argument(help="A table whose first line names the columns, as CSV.")],
    id_column: Annotated[
        str, typer.Option("--id", help="The column of the ids.", show_default="told from the names of the columns")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    course: Root = None,
) -> None:
    """Enter the students of a roster into the gradebook, all or none. Nobody is removed."""
    with fast_imports():
        from .course.course import Course
        from .lms.roster_import import import_roster

    with course_lock(course):
        change = import_roster(Course(course), file, id_column, dry_run)
    show_roster(change, dry_run)


def show_roster(change: "RosterChange", dry_run: bool) -> None:
    """Print what a roster does to the gradebook, by name."""
    rows = [(name, change.names[name], "added", changes_of(fields, {})) for name, fields in change.added.items()]
    rows += [
        (name, change.names[name], "changed", changes_of(fields, change.before[name]))
        for name, fields in change.changed.items()
    ]
    if rows:
        print_table(("student", "name", "what is done", ""), rows)
    said = {student: f"{student} ({name})" if name else student for student, name in change.names.items()}
    say("unchanged", [said[student] for student in change.unchanged])
    say("in the gradebook, not in this file, and kept", [said[student] for student in change.kept])
    for note in change.notes:
        console.print(f"note: {escape(in_one_line(note))}", highlight=False)
    counts = {"added": change.added, "changed": change.changed, "unchanged": change.unchanged, "kept": change.kept}
    counted = ", ".join(f"{len(names)} {what}" for what, names in counts.items())
    console.print(f"students: {counted}{'; nothing was written (--dry-run)' if dry_run else ''}", highlight=False)


def changes_of(fields: dict[str, str], before: dict[str, str]) -> str:
    """What is entered of one student, in one line."""
    return ", ".join(
        f"{key}: {before[key]!r} -> {value!r}" if before.get(key) else f"{key}: {value}"
        for key, value in fields.items()
        if before or key in ("email", "lms_user_id")
    )


def show_collection(course, result: "Collection") -> None:
    """Print who was collected, by name, what was left out and why, and who has handed in nothing."""
    title = f"{course.assignment}: {course.root / 'submitted'}"
    rows = [
        (student, result.names.get(student, ""), upload.entry, outcome, remark)
        for student, upload, outcome, remark in result.students
    ]
    if rows:
        print_table(("student", "name", "in the archive", "what was done", ""), rows, title)
    if result.refused:
        refused = [
            (entry.entry, " ".join(filter(None, (entry.student, result.names.get(entry.student)))), entry.reason)
            for entry in result.refused
        ]
        print_table(("refused", "student", "why"), refused)
    console.print(f"notebooks: {result.summary()}")
    say(f"left out, no notebooks ({len(result.beside)})", result.beside)
    say(f"nothing in submitted/ from {len(result.without)} of {len(result.names)} students", result.without)
    say("in submitted/, and of nobody in the gradebook", result.nobodys)
    for line in [*result.notes, *course.strays()]:
        console.print(f"note: {escape(in_one_line(line))}", highlight=False)


def say(what: str, names: list[str]) -> None:
    """Print a line that ends in names, if there are any."""
    if names:
        console.print(f"{what}: {', '.join(escape(in_one_line(name)) for name in names)}", highlight=False)


def print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]], title: str = "") -> None:
    """Print a table in which no name is cut: it wraps on a terminal, and is as wide as it must be elsewhere."""
    table = Table(title=title or None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(in_one_line(cell)) for cell in row))
    if not console.is_terminal:
        table.width = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
    console.print(table)


def take_back(course) -> None:
    """Take back the last collection and say what that did, by name."""
    from .lms.undo import undo

    with course_lock(course.root):
        names = names_in(course)
        undone = undo(course)
    print_table(
        ("student", "name", "what was done"),
        [(student, names.get(student, ""), what) for student, what in undone.students.items()],
        f"{course.assignment}: the collection of {undone.archive}",
    )
    say("no longer in the gradebook", undone.removed)
    say("graded before it was taken back, and the grade stays in the gradebook", undone.graded)
    if undone.graded:
        console.print(
            "to take such a grade away: `nbgrader db student remove STUDENT --force`, and then enter the roster again",
            highlight=False,
        )
    if undone.kept:
        console.print(f"the earlier work of those who were left as they are: {undone.kept}", highlight=False)


def names_in(course) -> dict[str, str]:
    """What the gradebook calls the students."""
    with course.gradebook() as gradebook:
        return {
            student.id: " ".join(f"{student.first_name or ''} {student.last_name or ''}".split())
            for student in gradebook.students
        }
