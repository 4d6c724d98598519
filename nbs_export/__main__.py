"""``python -m nbs_export``: make the package, the folder for students, and the pages, from the notebooks."""

from pathlib import Path
from typing import Annotated

import typer

from . import REPOSITORY
from .binder import BinderError, launch_address

# Each command loads what it needs itself: nbdev and nbgrader take a second.
app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def package(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if tinytorch/ is out of date.")] = False,
) -> None:
    """Export every module's notebook to tinytorch/ by nbdev."""
    from lesson_export.grown_classes import NotMerged

    try:
        make_package(check)
    except NotMerged as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


def make_package(check: bool) -> None:
    from .package import export_package, stale_files

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
    binder: Annotated[
        str | None,
        typer.Option(metavar="github/OWNER/REPO/BRANCH", help="Where it will be pushed, for its launch button."),
    ] = None,
) -> None:
    """Make the student folder: the release version of the lesson, the given modules, Binder's files."""
    from lesson_export.grown_classes import NotMerged

    from .student import StudentFolderError, build_student_folder

    try:
        typer.echo(f"written: {build_student_folder(target, binder=binder)}")
    except (BinderError, NotMerged, StudentFolderError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


Folder = Annotated[Path, typer.Argument(help="Where the pages go.")]
Place = Annotated[
    str | None,
    typer.Option("--binder", metavar="github/OWNER/REPO/BRANCH", help="Where students' folder is, for the cards."),
]
SITE = REPOSITORY / "dist" / "site"


@app.command()
def chapter(target: Folder = SITE, binder: Place = None) -> None:
    """Run the lesson and make it a page to read, answers folded away."""
    make_pages(["chapter"], target, binder)


@app.command()
def slides(target: Folder = SITE) -> None:
    """Run the lesson and make it a slide deck, without solutions."""
    make_pages(["slides"], target)


@app.command()
def site(target: Folder = SITE, binder: Place = None) -> None:
    """Run the lesson once and make the chapter and the slides, and the pages of what comes after it and of docs/."""
    make_pages(["chapter", "slides"], target, binder, whole=True)


def make_pages(kinds: list[str], target: Path, binder: str | None = None, whole: bool = False) -> None:
    from .site import FURTHER, SiteError, write_documents, write_index, write_page  # here: others need none of it
    from .site.frame import PAGES
    from .site.lesson import run_lesson

    try:
        if binder is not None:
            launch_address(binder)  # what is no place is refused before the lesson runs
        typer.echo("running the lesson, which takes up to a minute", err=True)
        lesson = run_lesson()
        pages = PAGES if whole else ["index.html", *(f"{kind}.html" for kind in kinds)]
        for kind in kinds:
            typer.echo(f"written: {write_page(kind, lesson, target, binder, pages)}")
        for name, notebook in FURTHER.items() if whole else ():
            typer.echo(f"running {notebook.name}", err=True)
            typer.echo(f"written: {write_page(name, run_lesson(notebook=notebook), target, pages=pages)}")
        for page in write_documents(target) if whole else ():
            typer.echo(f"written: {page}")
        typer.echo(f"written: {write_index(target)}")
    except (BinderError, SiteError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app(prog_name="python -m nbs_export")
