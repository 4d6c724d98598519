"""The commands that change an assignment when there is work in: its cells, and what its questions count."""

import sys
from enum import Enum
from typing import Annotated

import typer

from .cli_options import Name, Root
from .course.lock import course_lock
from .util.errors import CourseError
from .util.imports import fast_imports
from .util.text import in_one_line

PointsFor = Enum("PointsFor", {name: name for name in ("full", "none")})
Renamed = Annotated[
    list[str] | None,
    typer.Option(
        "--renamed",
        metavar="OLD=NEW",
        help="A cell that has another name now, where that is not certain.",
        show_default=False,
    ),
]


def update_assignment(
    assignment: Name = None,
    renamed: Renamed = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    course: Root = None,
) -> None:
    """Take an assignment as it is now in source/, when there is work in already; all that was given stays.

    The gradebook gets the new cells, and release/ the new files. What they replace is kept in backups/. Exit status 2
    if there is something to change, and nobody to ask.
    """
    with fast_imports():
        from .course.course import Course
        from .course.update import plan_update

    target = Course(course, assignment)
    with course_lock(course), plan_update(target, pairs(renamed or [])) as update:
        for line in update.lines():
            typer.echo(line)
        if not (update.for_gradebook or update.new_release):
            typer.echo(f"{target.assignment} is as it was generated: nothing to change")
            return
        if not yes and not asks():
            raise CourseError("nothing is changed: add --yes to change it")
        if not yes and not typer.confirm("Change it?"):
            typer.echo("nothing is changed")
            return
        kept = update.carry_out()
        graded_again = update.for_grades and target.students()
    typer.echo(f"before   {kept}")
    typer.echo(f"release  {target.folder('release', '.')}: give it to students as you did before")
    if graded_again:
        typer.echo(f"next     python -m grading autograde {target.assignment}")


def pairs(renamed: list[str]) -> dict[str, str]:
    """Read ``OLD=NEW``; CourseError if it is something else."""
    found = {}
    for text in renamed:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise CourseError(f"--renamed {in_one_line(text)}: write it as OLD=NEW, the two names of the cell")
        found[old] = new
    return found


def asks() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def void(
    question: Annotated[
        str | None,
        typer.Argument(metavar="[QUESTION]", help="The id of its graded cell.", show_default="show what is void"),
    ] = None,
    assignment: Name = None,
    points: Annotated[
        PointsFor, typer.Option(help="full: everybody gets its points; none: it does not count.")
    ] = PointsFor.none,
    undo: Annotated[bool, typer.Option("--undo", help="Have it count again, with what was given for it.")] = False,
    course: Root = None,
) -> None:
    """Void a question: take it out of the total, or give everybody its points. What was given for it is kept."""
    with fast_imports():
        from .course.course import Course
        from .course.voided import undo_void, void_question, voided_questions

    target = Course(course, assignment)
    if question is None:
        found = voided_questions(target)
        for (notebook, cell), voided in found.items():
            typer.echo(f"{in_one_line(notebook)}/{in_one_line(cell)}: {voided}")
        if not found:
            typer.echo(f"no question of {target.assignment} is void")
        return
    with course_lock(course):
        if undo:
            typer.echo(f"{in_one_line(undo_void(target, question))} counts again")
        else:
            name, voided = void_question(target, question, points.value)
            typer.echo(f"{in_one_line(name)}: {voided}")
    typer.echo(f"next     python -m grading autograde {target.assignment}; then give grades and feedback out again")
