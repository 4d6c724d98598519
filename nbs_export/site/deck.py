"""The lesson as a deck of slides.

- A heading starts a slide: those of the first two levels go to the right, those below them go down.
- On the slide is what the lesson sets apart: lists, tables, formulas, code in the text; and of its prose, paragraphs
  that ask something, and sentences that hold something bold or lead to what follows. The speaker's notes hold all.
- What code shows has a slide of its own, so that it does not answer the question before it: first a picture, with what
  is printed, and the lines after it stay with it. The code itself is on no slide.
- Where students write code, a slide says what is theirs to write. Solutions and tests are left out, and so is what
  follows them up to the next heading or picture: that is between a student and the notebook.
- A cell whose ``slideshow`` metadata says ``skip`` is left out.
- What would be too tall goes on on the next slide, under the same heading.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .folds import BEGIN, is_answer, is_test

CAPACITY = 11.0  # lines of text that a slide holds below its heading
PICTURE_LINES = 5.0  # what a picture needs of them at least
LINE = 70  # characters in such a line
HEADING = re.compile(r"(#{1,6})\s+(.+)")
ITEM = re.compile(r"[-*+] |\d+[.)] ")
SET_APART = re.compile(rf"{ITEM.pattern}|\||>|```|~~~|\$\$|\\begin|!\[|<")
ASKS = re.compile(r"\?\**(\s|$)")
SHOWN = re.compile(r"\*\*|:$")  # in a sentence
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|(?<=[.?!]\*\*)\s+|(?<=[.?!]\))\s+")
RUN_IN = re.compile(r"\*\*[^*.:]{1,30}[.:]\*\*$")  # a heading at the beginning of its paragraph
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|al|cf|vs|no)\.$")
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
            self.cells.append(new_markdown_cell(self.notes[0]))
        kinds = [self.kind] + ["-"] * len(self.cells) + ["notes"]
        cells = [new_markdown_cell(self.heading), *self.cells, new_markdown_cell("\n\n".join(self.notes))]
        for cell, kind in zip(cells, kinds, strict=True):
            cell.metadata.slideshow = NotebookNode(slide_type=kind)
        return cells if self.notes else cells[:-1]


class Deck:
    """The slides so far, and where in the lesson they are."""

    def __init__(self):
        self.slides: list[Slide] = []
        self.heading = ""
        self.students_turn = False  # from a student's cell to the next heading or picture

    def begin(self, heading: str, kind: str = "subslide") -> None:
        self.slides.append(Slide(heading, kind if self.slides else "slide"))

    def put(self, cell: NotebookNode, height: float) -> None:
        """Put a cell on the last slide, or on a new one under the same heading if it does not fit any more."""
        if not self.slides or (self.slides[-1].cells and self.slides[-1].height + height > CAPACITY):
            self.begin(self.heading)
        self.slides[-1].cells.append(cell)
        self.slides[-1].height += height

    def put_text(self, markdown: str) -> None:
        """A cell of text."""
        for text in blocks(markdown):
            if heading := HEADING.fullmatch(text):
                self.heading, self.students_turn = text, False
                self.begin(text, "slide" if len(heading[1]) < 3 else "subslide")
            elif self.students_turn:
                continue
            elif SET_APART.match(text):
                self.put(new_markdown_cell(text), lines(text))
            else:
                if shown := essence(text):
                    self.put(new_markdown_cell(shown), lines(shown))
                elif not self.slides:
                    self.begin(self.heading)
                self.slides[-1].notes.append(text)

    def put_task(self, source: str) -> None:
        """A cell in which students write code."""
        if tasks := list(to_write(source)):
            self.begin("### Your turn")
            self.put(new_markdown_cell("\n".join(tasks)), sum(map(lines, tasks)))
        self.students_turn = True

    def put_outputs(self, outputs: list[NotebookNode]) -> None:
        """What a cell shows: each picture begins a slide, and what is printed goes below the first."""
        pictures = [output for output in outputs if PICTURE.search(output.get("data", {}).get("text/html", ""))]
        printed = [output for output in outputs if output not in pictures and not is_progress(output)]
        for picture in pictures:
            self.begin_output()
            self.put(output_cell(picture), PICTURE_LINES)
            self.slides[-1].has_picture, self.students_turn = True, False
            self.put_printed(printed)
            printed = []
        if not self.students_turn:
            self.put_printed(printed)

    def put_printed(self, outputs: list[NotebookNode]) -> None:
        """What a cell prints, but for a line alone, which says too little for a slide without a picture."""
        texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
        count = sum(len(text.strip().splitlines()) for text in texts)
        below_picture = bool(self.slides) and self.slides[-1].has_picture
        if count > 1 and not below_picture:
            self.begin_output()
        for output, text in zip(outputs, texts, strict=True):
            if text.strip() and (count > 1 or below_picture):
                self.put(output_cell(output), 0.65 * len(text.strip().splitlines()) + 0.5)

    def begin_output(self) -> None:
        """Begin a slide, unless there is nothing but a heading so far."""
        if not self.slides or self.slides[-1].cells:
            self.begin(self.heading)


def is_progress(output: NotebookNode) -> bool:
    """Whether an output is a line that was written anew while the cell ran: plain text, displayed and not printed."""
    return output.output_type == "display_data" and set(output.data) == {"text/plain"}


def output_cell(output: NotebookNode) -> NotebookNode:
    """A cell that shows an output and not the code."""
    cell = new_code_cell(outputs=[output])
    cell.metadata.transient = NotebookNode(remove_source=True)
    return cell


def deck(lesson: NotebookNode) -> NotebookNode:
    """The slides of a lesson that has been run, as a notebook for nbconvert's exporter of slides."""
    made = Deck()
    for cell in lesson.cells:
        if cell.metadata.get("slideshow", {}).get("slide_type") == "skip" or is_test(cell):
            continue
        if cell.cell_type == "markdown" and not is_answer(cell):
            made.put_text(cell.source)
        elif cell.cell_type == "code" and is_answer(cell):
            made.put_task(cell.source)
        elif cell.cell_type == "code":
            made.put_outputs(cell.outputs)
    return new_notebook(metadata=lesson.metadata, cells=[cell for slide in made.slides for cell in slide.finished()])


def blocks(markdown: str) -> list[str]:
    """The paragraphs, lists, formulas and so on of a text; blank lines part them, except in code and formulas."""
    found, held, fence = [], [], None
    for line in [*markdown.splitlines(), ""]:
        ends = fence is None and (not line.strip() or HEADING.match(line))
        if ends and held:
            found.append("\n".join(held))
            held = []
        if fence is None and HEADING.match(line):
            found.append(line)
        elif line.strip() or fence:
            held.append(line)
        for mark in ("```", "$$"):
            if fence in (None, mark) and line.count(mark) % 2:
                fence = None if fence else mark
    return found + (["\n".join(held)] if held else [])


def essence(paragraph: str) -> str:
    """What of a paragraph is on the slide: all of it, some sentences, or nothing."""
    if ASKS.search(paragraph):
        return paragraph
    return " ".join(sentence for sentence in sentences(paragraph) if SHOWN.search(sentence))


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, none of them cut within bold, code or a formula."""
    found = [""]
    for piece in SENTENCE_END.split(paragraph):
        begun = found[-1]
        balanced = all(begun.count(mark) % 2 == 0 for mark in ("**", "$", "`"))
        whole = balanced and not ABBREVIATION.search(begun) and not RUN_IN.match(begun)
        if begun and whole:
            found.append(piece)
        else:
            found[-1] = f"{begun} {piece}".strip()
    return found


def to_write(source: str) -> Iterator[str]:
    """A list item for each function in which a solution begins: its name and the first line of its docstring."""
    starts = [number for number, line in enumerate(source.splitlines(), 1) if BEGIN.match(line)]

    def visit(node: ast.AST, within: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            name = f"{within}{child.name}" if isinstance(child, ast.ClassDef | ast.FunctionDef) else within
            if isinstance(child, ast.FunctionDef) and any(child.lineno < n <= child.end_lineno for n in starts):
                about = (ast.get_docstring(child) or "").partition("\n")[0]
                yield f"- `{name}`" + (f": {about}" if about else "")
            else:
                yield from visit(child, f"{name}." if name != within else within)

    yield from visit(ast.parse(source), "")


def lines(text: str) -> float:
    """About how many lines of a slide a block takes, the room below it included."""
    if text.startswith("$$"):
        return 2.2 * max(1, text.count("$$") // 2)
    if ITEM.match(text):
        return sum(1.2 + len(item) // LINE for item in re.split(r"\n(?=\S)", text))
    if text.startswith(("|", "```", "~~~")):
        return 1.1 * (text.count("\n") + 1)
    return 1.4 + len(text) // LINE
