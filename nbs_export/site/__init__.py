"""The lesson as pages: a chapter and a slide deck, and what comes after it; each one file that fetches nothing."""

import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from nbformat import NotebookNode

from .errors import SiteError
from .exporters import ChapterExporter, DeckExporter
from .lesson import FURTHER
from .paths import TEMPLATES

EXPORTERS = {"chapter": ChapterExporter, "slides": DeckExporter}
TITLES = {
    "chapter": "The chapter",
    "slides": "The slides",
    "in_action": "In action: your optimizers at work",
    "09_convolutions": "Module 09: Convolutions",
    "11_embeddings": "Module 11: Embeddings",
    "12_attention": "Module 12: Attention",
    "13_transformers": "Module 13: Transformers",
}

__all__ = ["EXPORTERS", "FURTHER", "SiteError", "write_index", "write_page"]


def write_whole(path: Path, text: str) -> Path:
    """Write a file beside its place, then put it there: it is whole or it is the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
    return path


def write_page(kind: str, lesson: NotebookNode, folder: Path) -> Path:
    """Make one page of the lesson, or of a notebook that comes after it.

    Parameters
    ----------
    kind : str
        ``"chapter"`` or ``"slides"``; or the name of another notebook, which becomes a page to read.
    lesson : NotebookNode
        As `run_lesson` returns it: run, and without hidden tests.
    folder : Path
        Where the page goes, such as ``dist/site``.

    Raises
    ------
    SiteError
        If the page would fetch something, or a formula is not LaTeX.
    """
    html, _ = EXPORTERS.get(kind, ChapterExporter)().from_notebook_node(lesson)
    return write_whole(folder / f"{kind}.html", html)


def write_index(folder: Path) -> Path:
    """Make ``index.html``, which leads to the pages that are in the folder."""
    pages = {f"{kind}.html": title for kind, title in TITLES.items() if (folder / f"{kind}.html").exists()}
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["j2"]))
    return write_whole(folder / "index.html", environment.get_template("index.html.j2").render(pages=pages))
