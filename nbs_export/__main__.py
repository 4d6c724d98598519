"""``python -m nbs_export``: make the package, and the folder for students, from the notebooks."""

from pathlib import Path
from typing import Annotated

import typer

from . import REPOSITORY
from .package import export_package, stale_files
from .student import build_student_folder

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def package(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if tinytorch/ is out of date.")] = False,
) -> None:
    """Export every module's notebook to tinytorch/ by nbdev."""
    if check:
        if stale := stale_files():
            names = ", ".join(str(Path("tinytorch") / path) for path in stale)
            typer.echo(f"error: not what the notebooks export: {names}; run `python -m nbs_export package`", err=True)
            raise typer.Exit(1)
        typer.echo("tinytorch/ is up to date")
        return
    for path in export_package():
        typer.echo(f"written: {Path('tinytorch') / path}")


@app.command()
def student(
    target: Annotated[Path, typer.Argument(help="Where the folder goes.")] = REPOSITORY / "dist" / "student",
) -> None:
    """Make the student folder: the release version of the lesson, the given modules, Binder's files."""
    typer.echo(f"written: {build_student_folder(target)}")


if __name__ == "__main__":
    app(prog_name="python -m nbs_export")
