"""The arguments and options that several commands of ``python -m grading`` share."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .course.paths import course_here

console = Console(soft_wrap=True)

System = Enum("System", {name: name for name in ("canvas", "moodle", "blackboard", "gradescope")})

Root = Annotated[
    Path | None,
    typer.Option(
        "--course",
        help="The folder of the course.",
        show_default="this folder, if it has an nbgrader_config.py; else grading/",
        exists=True,
        file_okay=False,
        resolve_path=True,
        callback=lambda course: course or course_here(),
    ),
]

Name = Annotated[
    str | None, typer.Argument(metavar="[ASSIGNMENT]", help="Its name.", show_default="the only one there is")
]
OfCells = Annotated[
    str | None,
    typer.Argument(metavar="[ASSIGNMENT]", help="Its name.", show_default="that whose cells the notebook has"),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes on this machine that do it.", show_default="one for each core")
]
Scheduler = Annotated[
    str, typer.Option(help="The address of a running Dask scheduler, whose workers do it.", show_default=False)
]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", help="Only this student; several with commas, or once for each.", show_default="all"),
]
