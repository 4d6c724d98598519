"""The lesson as a deck of slides.

- A heading starts a slide: those of the first two levels go to the right, those below them go down.
- On the slide is what the lesson sets apart: lists, tables, formulas, code in the text, and paragraphs that hold
  something bold or ask a question. All other prose is the speaker's notes.
- A picture has a slide, and the lines after it stay with it. Of code, only what it shows is on a slide.
- Where students write code, a slide says what is theirs to write. Solutions, tests, and what leads to a test are left
  out, and so is a cell whose ``slideshow`` metadata says ``skip``.
- What would be too tall goes on on the next slide, under the same heading.
"""

import ast
import re
from dataclasses import dataclass, field
from itertools import zip_longest

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .folds import BEGIN, is_answer, is_test

CAPACITY = 12.5  # lines of text that a slide holds below its heading
LINE = 82  # characters in such a line
HEADING = re.compile(r"(#{1,6})\s+(.+)")
SET_APART = re.compile(r"[-*+] |\d+[.)] |\||>|```|~~~|\$\$|\\begin|!\[|<")
SPOKEN_TOO = re.compile(r"\*\*|\?(\s|$)|:$")
PICTURE = re.compile(r"<img\b|<svg\b")


@dataclass
class Slide:
    """One slide: its heading, whether it goes right or down, what is on it and what is said with it."""

    heading: str
    kind: str
    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    height: float = 0.0
    has_picture: bool = False

    def finished(self) -> list[NotebookNode]:
        """The cells of the slide, marked as nbconvert's exporter of slides wants them."""
        if not self.cells and self.notes:
            self.cells.append(new_markdown_cell(self.notes.pop(0)))
        kinds = [self.kind] + ["-"] * len(self.cells) + ["notes"]
        cells = [new_markdown_cell(self.heading), *self.cells, new_markdown_cell("\n\n".join(self.notes))]
        for cell, kind in zip(cells, kinds, strict=True):
            cell.metadata.slideshow = NotebookNode(slide_type=kind)
        return cells if self.notes else cells[:-1]


def deck(lesson: NotebookNode) -> NotebookNode:
    """The slides of a lesson that has been run, as a notebook for nbconvert's exporter of slides."""
    slides = []
    for cell, following in zip_longest(lesson.cells, lesson.cells[1:]):
        if cell.metadata.get("slideshow", {}).get("slide_type") == "skip":
            continue
        if cell.cell_type == "markdown" and not is_answer(cell):
            add_text(slides, blocks(cell.source), leads_to_a_test=following is not None and is_test(following))
        elif cell.cell_type == "code" and is_answer(cell):
            add_task(slides, cell)
        elif cell.cell_type == "code" and not is_test(cell):
            add_outputs(slides, cell.outputs)
    return new_notebook(metadata=lesson.metadata, cells=[cell for slide in slides for cell in slide.finished()])


def blocks(markdown: str) -> list[str]:
    """The paragraphs, lists, formulas and so on of a text; blank lines part them, except in code and formulas."""
    found, held, fence = [], [], None
    for line in markdown.splitlines():
        if held and fence is None and (not line.strip() or HEADING.match(line)):
            found.append("\n".join(held))
            held = []
        if line.strip():
            held.append(line)
        elif fence:
            held.append(line)
        for mark in ("```", "$$"):
            if fence in (None, mark) and line.count(mark) % 2:
                fence = None if fence else mark
        if held and HEADING.match(held[0]) and fence is None:
            found.append(held.pop())
    return found + (["\n".join(held)] if held else [])


def add_text(slides: list[Slide], texts: list[str], leads_to_a_test: bool) -> None:
    """Put the blocks of a text where they belong: on slides, or into what is said with them."""
    if leads_to_a_test and not any(HEADING.match(text) for text in texts):
        return
    for text in texts:
        if heading := HEADING.match(text):
            slides.append(Slide(text, "slide" if len(heading[1]) < 3 else "subslide"))
        elif not slides:
            slides.append(Slide("", "slide", [new_markdown_cell(text)]))
        elif SET_APART.match(text) or SPOKEN_TOO.search(text):
            add(slides, new_markdown_cell(text), lines(text))
        else:
            slides[-1].notes.append(text)


def add_task(slides: list[Slide], cell: NotebookNode) -> None:
    """Say what students write in a cell: the functions whose bodies are cut out, with the first line of each docstring."""
    if tasks := list(to_write(cell.source)):
        slides.append(Slide("### Your turn", "subslide"))
        add(slides, new_markdown_cell("\n".join(tasks)), sum(map(lines, tasks)))


def to_write(source: str):
    """A list item for each function in which a solution begins."""
    starts = [number for number, line in enumerate(source.splitlines(), 1) if BEGIN.match(line)]
    names: list[str] = []

    def visit(node: ast.AST):
        for child in ast.iter_child_nodes(node):
            named = isinstance(child, ast.ClassDef | ast.FunctionDef)
            if named:
                names.append(child.name)
            if isinstance(child, ast.FunctionDef) and any(child.lineno <= n <= child.end_lineno for n in starts):
                about = (ast.get_docstring(child) or "").partition("\n")[0]
                yield f"- `{'.'.join(names)}`" + (f": {about}" if about else "")
            else:
                yield from visit(child)
            if named:
                names.pop()

    yield from visit(ast.parse(source))


def add_outputs(slides: list[Slide], outputs: list[NotebookNode]) -> None:
    """Put what a cell shows on slides: each picture begins one, unless there is nothing but a heading so far."""
    for output in outputs:
        shown = new_code_cell(outputs=[output])
        shown.metadata.transient = NotebookNode(remove_source=True)
        if PICTURE.search(output.get("data", {}).get("text/html", "")):
            if slides and slides[-1].cells:
                slides.append(Slide(slides[-1].heading, "subslide"))
            add(slides, shown, CAPACITY - 3)  # the picture itself takes what room is left
            slides[-1].has_picture = True
        else:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            add(slides, shown, 0.7 * text.count("\n") + 1)


def add(slides: list[Slide], cell: NotebookNode, height: float) -> None:
    """Put a cell on the last slide, or on a new one under the same heading if it does not fit any more."""
    if not slides:
        slides.append(Slide("", "slide"))
    if slides[-1].cells and slides[-1].height + height > CAPACITY:
        slides.append(Slide(slides[-1].heading, "subslide"))
    slides[-1].cells.append(cell)
    slides[-1].height += height


def lines(text: str) -> float:
    """About how many lines of a slide a block takes, the room below it included."""
    if text.startswith("$$"):
        return 2.5 * max(1, text.count("$$") // 2)
    if re.match(r"[-*+] |\d+[.)] ", text):
        return sum(1.2 + len(item) // LINE for item in re.split(r"\n(?=\S)", text))
    if text.startswith(("|", "```")):
        return 1.1 * (text.count("\n") + 1)
    return 1.5 + len(text.replace("\n", " ")) // LINE
