"""The commands of ``python -m grading`` that look at a class that is graded."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import Name, Root, console
from .course.paths import DEFAULT_COURSE
from .util.errors import CourseError
from .util.imports import fast_imports
from .util.text import in_one_line


def report(
    assignment: Name = None,
    course: Root = None,
    names: Annotated[bool, typer.Option("--names", help="Say which students, not only how many.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the numbers here, too.")] = None,
    page: Annotated[
        Path | None, typer.Option("-o", help="The page to write.", show_default="report.html in the course's folder")
    ] = None,
    formgrader: Annotated[
        str, typer.Option(help="Where the formgrader is, for links.", show_default="http://localhost:8888/formgrader")
    ] = "",
) -> None:
    """Make a page of what the class knows and believes, and of what needs a person."""
    with fast_imports():
        from . import report as reporting
        from .course.course import Course

    target = Course(course, assignment)
    found, path = reporting.read_class(target), page or target.root / "report.html"
    links = reporting.Links(target, path, formgrader or reporting.FORMGRADER, names)
    try:
        console.print(f"report  {reporting.write_page(found, path, names, links)}")
        if csv:
            console.print(f"numbers {reporting.write_csv(found, csv, names)}")
    except OSError as error:
        raise CourseError(f"{error.filename} cannot be written: {error.strerror}") from None


def show(
    student: Annotated[str, typer.Argument(help="Whose submission.")],
    check: Annotated[
        str,
        typer.Argument(metavar="[CHECK]", help="The name of a check, or of a test cell.", show_default="what failed"),
    ] = "",
    assignment: Name = None,
    full: Annotated[bool, typer.Option("--full", help="Show all values after every call, and the code.")] = False,
    course: Root = None,
) -> None:
    """Show call by call what a student was asked, what the code did, and what is right. For instructors only."""
    with fast_imports():
        from . import show as showing
        from .course.course import Course

    if check and assignment is None and check in Course(course).source_assignments():
        check, assignment = "", check
    cells = showing.run_again(Course(course, assignment), student, check)
    if check:
        showing.print_shown(console, cells, full)
    else:
        place = [] if course == DEFAULT_COURSE else ["--course", str(course)]
        command = shlex.join(
            ["python", "-m", "grading", "show", in_one_line(student), "CHECK", *filter(None, [assignment]), *place]
        )
        showing.print_failed(console, student, cells, command)
