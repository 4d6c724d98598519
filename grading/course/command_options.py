"""The arguments and options that commands of ``python -m grading`` share."""

from pathlib import Path
from typing import Annotated

import typer

from .paths import course_here

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
