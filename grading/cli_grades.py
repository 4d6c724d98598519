"""The commands about due dates, and about grades that were given by hand."""

from typing import Annotated

import typer

from .cli_options import Name, Root, Students
from .util.errors import CourseError
from .util.imports import fast_imports
from .util.text import in_one_line

PAGES_NEXT = "`python -m grading autograde` makes their pages and grades.csv anew"


def listed_students(text: str | None) -> list[str]:
    """Return the students that are named with commas between them."""
    return list(dict.fromkeys(filter(None, (name.strip() for name in (text or "").split(",")))))


def tell_changed(changed: list[str]) -> None:
    """Say how many penalties have changed."""
    if changed:
        typer.echo(f"penalties for being late have changed: {len(changed)}; {PAGES_NEXT}")


def due(
    assignment: Annotated[
        str | None, typer.Argument(metavar="[ASSIGNMENT]", help="Its name.", show_default="the only one there is")
    ] = None,
    time: Annotated[
        str | None,
        typer.Argument(
            metavar="[TIME]", help='Such as "2026-11-10 12:00:00 +0100", or none.', show_default="say which it is"
        ),
    ] = None,
    course: Root = None,
) -> None:
    """Show the due date, or set it and bring penalties for being late up to date. Nothing is run again."""
    with fast_imports():
        from .course import due_dates
        from .course.course import Course

    if time is None and assignment is not None:
        known = Course(course)
        if assignment not in {*known.generated_assignments(), *known.source_assignments()}:
            assignment, time = None, assignment  # the only one, and the time
    target = Course(course, assignment)
    changed = []
    if time is not None:
        advice = f"write it as {due_dates.timestamps.FORM}, or none"
        when = None if time.strip().lower() == due_dates.NONE else due_dates.read_time(time, advice)
        changed = due_dates.change_due_date(target, when)
    found = due_dates.due_date(target)
    typer.echo(f"{target.assignment}  {'due ' + due_dates.in_both_zones(found) if found else 'no due date'}")
    tell_changed(changed)


def extend(
    students: Annotated[
        str | None,
        typer.Argument(metavar="[STUDENT,...]", help="Who gets it; several with commas.", show_default="list all"),
    ] = None,
    longer: Annotated[
        str | None, typer.Argument(metavar="[2d]", help="2d, 12h, a time with its zone, or none to take it back.")
    ] = None,
    assignment: Name = None,
    course: Root = None,
) -> None:
    """Give students a later due date, also before they hand in; or list who has one. Nothing is run again."""
    with fast_imports():
        from .course import due_dates
        from .course.course import Course

    meant = listed_students(students)
    if longer is not None:
        if not meant:
            raise CourseError("who is to have more time? Name a student")
        target = Course(course, assignment)
        changed = due_dates.extend(target, meant, longer)
        taken_back = longer.strip().lower() == due_dates.NONE
        for student in () if taken_back else due_dates.unknown_students(target, meant):
            typer.echo(f"warning: {student} is not in the gradebook and has not handed in; kept all the same", err=True)
        found = due_dates.extensions(target)
        for student in meant:
            typer.echo(f"{in_one_line(student)}  {found.get(student, 'no extension')}")
        tell_changed(changed)
        return
    names = [assignment] if assignment else Course(course).generated_assignments() or [None]
    for name in names:
        target = Course(course, name)
        found = due_dates.extensions(target)
        found = {student: what for student, what in found.items() if not meant or student in meant}
        typer.echo(f"{target.assignment}  {'nobody has an extension' if not found else ''}".rstrip())
        for student, what in found.items():
            typer.echo(f"  {in_one_line(student)}  {what}")


def resolve(
    assignment: Name = None,
    question: Annotated[str, typer.Option(help="Only this question, by the name of its cell.")] = "",
    student: Students = None,
    course: Root = None,
) -> None:
    """Keep the points that a person has given where another answer, or other points, have opened a grade again."""
    with fast_imports():
        from .course import resolve as resolving
        from .course.course import Course

    settled, waiting = resolving.resolve(Course(course, assignment), question, listed_students(",".join(student or ())))
    typer.echo(f"settled: {settled.total()}{counts(settled)}")
    if waiting:
        typer.echo(f"still waiting for a first grade: {waiting.total()}{counts(waiting)}")


def counts(found) -> str:
    """Say how many there are of each."""
    return f" ({', '.join(f'{name} {found[name]}' for name in sorted(found))})" if found else ""
