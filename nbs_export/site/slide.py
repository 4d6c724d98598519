"""A slide, and what is on it, as cells for nbconvert's exporter of slides."""

import html
import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from ..figures import MIME, WIDTH, drawn
from .outputs import html_cell

FULL = 16.5  # lines of text that a slide holds below its heading
LINE = 33  # CSS pixels
LOW, TALL = 330, 500  # a picture's height, at least and at most
SQUEEZE = 0.8  # and at least this part of what it has in the notebook, against its width
FLAT = 0.6  # the same for a picture that is low for the sake of a text: below this its labels run into each other
PICTURE = re.compile(r"<img\b|<svg\b")


@dataclass
class Slide:
    """One slide: its heading, the part of the lesson that it is from, what is on it and what is said with it."""

    heading: str
    part: str
    kind: str = "text"
    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    height: float = 0.0
    picture: NotebookNode | None = None
    low: bool = False  # whether its picture is as low as may be, for the sake of a text about it

    def room(self) -> float:
        """How many lines still fit."""
        return FULL - self.height - (self.least() / LINE + 0.4 if self.picture else 0)

    def least(self) -> int:
        """How tall the picture must be, in CSS pixels."""
        shape = 0 if self.low else self.shape()
        return round(min(TALL, max(LOW, SQUEEZE * shape * WIDTH)))

    def shape(self) -> float:
        """The picture's height in the notebook as a part of its width; 0 if its figure did not come along."""
        return self.picture.data.get(MIME, {}).get("shape", 0)

    def may_be_low(self) -> bool:
        """Whether there is a picture that can be read when it is as low as may be."""
        return bool(self.picture) and LOW >= FLAT * self.shape() * WIDTH

    def put(self, cell: NotebookNode, height: float) -> None:
        self.cells.append(cell)
        self.height += height

    def finished(self) -> list[NotebookNode]:
        """The cells of the slide, marked as nbconvert's exporter of slides wants them."""
        content = list(self.cells)
        if self.picture:
            height = max(self.least(), min(TALL, round((FULL - self.height - 0.4) * LINE)))
            before = 1 if content and content[0].metadata.get("above") else 0
            content.insert(before, html_cell(for_slide(self.picture, height)))
        cells = [new_markdown_cell(self.heading), *content, new_markdown_cell("\n\n".join(self.notes))]
        kinds = ["slide"] + ["-"] * len(content) + ["notes"]
        for cell, kind in zip(cells, kinds, strict=True):
            cell.metadata.slideshow = NotebookNode(slide_type=kind)
        return cells if self.notes else cells[:-1]


def above(source: str) -> NotebookNode:
    """A cell that stands above what code shows."""
    return new_markdown_cell(source, metadata={"above": True})


def printed_text(output: NotebookNode) -> str:
    """What an output prints; nothing if it is a picture, or a line that was written anew while the cell ran."""
    data = output.get("data", {})
    if output.output_type == "display_data" and set(data) == {"text/plain"} or "text/html" in data:
        return ""
    return (output.get("text") or data.get("text/plain", "")).strip("\n")


def printed_cell(text: str) -> tuple[NotebookNode, float]:
    """What is printed, as a cell with a line for each line, and how tall it is."""
    rows = text.splitlines()
    shown = "".join(f"<pre>{html.escape(row) or ' '}</pre>" for row in rows)
    return html_cell(f'<div class="printed">{shown}</div>'), 0.9 * (
        len(rows) + sum(len(row) > 90 for row in rows)
    ) + 0.4


def is_picture(output: NotebookNode) -> bool:
    """Whether an output is a picture, or an animation."""
    return bool(PICTURE.search(output.get("data", {}).get("text/html", "")))


def has_controls(output: NotebookNode) -> bool:
    """Whether an output says what can be moved in the notebook."""
    return 'class="controls"' in output.get("data", {}).get("text/html", "")


def moves(picture: NotebookNode) -> bool:
    """Whether it is an animation."""
    return 'class="animation"' in picture.data["text/html"]


def for_slide(picture: NotebookNode, height: int) -> str:
    """The HTML of a picture, drawn anew if its figure came along."""
    source = drawn(picture, height)
    if source is None:
        return picture.data["text/html"]
    image = BeautifulSoup(picture.data["text/html"], features="html.parser").img
    made = BeautifulSoup(features="html.parser").new_tag("img", attrs={"class": "picture drawn", "alt": image["alt"]})
    made["src"], made["width"], made["height"] = f"data:image/png;base64,{source}", str(WIDTH), str(height)
    return str(made)
