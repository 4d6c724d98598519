"""The site: the lesson as a chapter and as slides, and the documents; each page is one file that fetches nothing."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from .documents import document, document_cards, instructors, names
from .errors import SiteError
from .exporters import ChapterExporter, DeckExporter
from .frame import FURTHER, PAGES, chapter_cards, index_cards, links
from .overview import read_overview

EXPORTERS = {"chapter": ChapterExporter, "slides": DeckExporter}
WELCOME = "# Module 07: Optimizers\n\nWrite SGD with momentum, Adam and AdamW, and see what each of them does."

__all__ = ["EXPORTERS", "SiteError", "write_documents", "write_index", "write_page"]


def write_whole(path: Path, text: str) -> Path:
    """Write a file beside its place, then put it there: it is whole or it is the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
    return path


def write_page(
    kind: str, lesson: NotebookNode, folder: Path, place: str | None = None, pages: Collection[str] = ()
) -> Path:
    """Make one page of the lesson, or of a notebook that comes after it.

    Parameters
    ----------
    kind : str
        ``"chapter"`` or ``"slides"``; or the name of another notebook, which becomes a page to read.
    lesson : NotebookNode
        As `run_lesson` returns it: run, and without hidden tests.
    folder : Path
        Where the page goes, such as ``dist/site``.
    place : str, optional
        Where the students' folder is published, for the cards that lead there: ``github/OWNER/REPO/BRANCH``.
    pages : collection of str
        The files that are made together with this one; those in the folder count as well.

    Raises
    ------
    SiteError
        If the page would fetch something, or a formula is not LaTeX.
    BinderError
        If `place` is not such a place.
    """
    name, overview = f"{kind}.html", read_overview() if kind == "chapter" else None
    pages = {name, *pages, *(page for page in PAGES if (folder / page).exists())}
    cards = chapter_cards(place, pages, overview.minutes) if overview else []
    exporter = EXPORTERS.get(kind, ChapterExporter)()
    return write_whole(folder / name, exported(exporter, lesson, name, pages, cards, overview))


def exported(exporter, nb: NotebookNode, name: str, pages: Collection[str], cards=(), overview=None) -> str:
    """A notebook as a page that knows the others."""
    site = {"links": links(name, pages), "cards": list(cards), "overview": overview}
    return exporter.from_notebook_node(nb, resources={"site": site})[0]


def write_documents(folder: Path, pages: Collection[str] = PAGES) -> Iterator[Path]:
    """Make the page for instructors, and one of each document.

    Raises
    ------
    SiteError
        If a document leads to what is not on the site.
    """
    yield write_whole(
        folder / "instructors.html",
        exported(ChapterExporter(), instructors(), "instructors.html", pages, document_cards()),
    )
    for name in names():
        page = f"{name}.html"
        yield write_whole(folder / page, exported(ChapterExporter(), document(name), page, pages))


def write_index(folder: Path) -> Path:
    """Make ``index.html``, which leads to the pages that are in the folder."""
    pages = {name for name in (*PAGES, *FURTHER) if (folder / name).exists()} | {"index.html"}
    nb = new_notebook(cells=[new_markdown_cell(WELCOME)])
    return write_whole(folder / "index.html", exported(ChapterExporter(), nb, "index.html", pages, index_cards(pages)))
