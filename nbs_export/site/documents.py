"""The documents of ``docs/`` as pages, and the page for instructors that leads to them."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

from nbformat.v4 import new_markdown_cell, new_notebook

from .. import REPOSITORY
from .errors import SiteError
from .frame import Card
from .slide_text import HEADING

ABOUT = {  # in the order in which they are read
    "instructor": "One semester, from top to bottom.",
    "assignments": "A notebook, a roster, grades; with plain asserts or with an exam.",
    "lms": "Canvas, Moodle, Blackboard and Gradescope: archives in, grades and feedback out.",
    "recipes": "Backups, upgrades, several graders, hubs, GitHub Classroom, a new semester.",
    "sandbox": "What runs confined, what that promises, and what a hundred attacks do.",
    "scale": "Large classes: a Dask cluster, and where the time goes.",
    "container": "Windows, macOS, containers.",
    "contributing": "The rooms of the repository, its tests, and how a check is added.",
}
TARGET = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(#[^)\s]*)?\)")
INTRODUCTION = """\
# For instructors

How to run the course: from a clone of the repository to released grades, and what the grader promises. The same texts
are in the folder `docs/` of the repository.
"""


def names(folder: Path = REPOSITORY / "docs") -> list[str]:
    """The documents, in the order in which they are read."""
    there = sorted(path.stem for path in folder.glob("*.md"))
    return [name for name in ABOUT if name in there] + [name for name in there if name not in ABOUT]


def document(name: str, folder: Path = REPOSITORY / "docs"):
    """A document as a notebook, whose links lead to pages and whose pictures are in it.

    Raises
    ------
    SiteError
        If it leads to a file that is no document and no picture.
    """
    text = TARGET.sub(lambda found: f"]({address(found, folder, name)})", (folder / f"{name}.md").read_text("utf-8"))
    return new_notebook(cells=[new_markdown_cell(text)])


def address(found: re.Match, folder: Path, name: str) -> str:
    """Where a link, or a picture, of a document leads on the site."""
    target, anchor = found[1], found[2] or ""
    path = folder / target
    if not path.is_file():
        raise SiteError(f"docs/{name}.md leads to {target!r}, and there is no such file")
    if path.suffix == ".md" and path.parent == folder:
        return f"{path.stem}.html{anchor}"
    if path.suffix == ".png":
        return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
    raise SiteError(f"docs/{name}.md leads to {target!r}, which is no page of the site")


def instructors():
    """The page for instructors, as a notebook."""
    return new_notebook(cells=[new_markdown_cell(INTRODUCTION)])


def document_cards(folder: Path = REPOSITORY / "docs") -> Iterator[Card]:
    """A card for each document: its title, and what it is about."""
    for name in names(folder):
        title = HEADING.match((folder / f"{name}.md").read_text("utf-8"))[2]
        yield Card(title, ABOUT.get(name, ""), f"{name}.html")
