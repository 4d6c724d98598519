"""The lesson as a deck of slides, one after the other, each of which stands alone.

- A heading starts a slide. Below it stands what the lesson sets apart (lists, tables, formulas, code in the text), with
  the paragraph that leads to it; paragraphs that ask, with what is said before them; and paragraphs with something
  bold. Of the other prose as much is shown as fills half a slide. The speaker's notes hold all of it.
- What code shows has slides of its own, so that it does not answer the question before it. Each repeats the question. A
  figure is drawn anew, for a slide (`nbs_export.figures`); below it stands what is said of it. A paragraph is cut only
  at its end, so that no sentence refers to one that is not there. The code itself is on no slide.
- Where students write code, a slide says what is theirs to write, with its hints. Solutions and tests are left out, and
  so is what follows them up to the next heading or picture: that is between a student and the notebook. So is given
  code with the text that introduces it, what tools print to whoever runs the notebook, sentences about its cells, and
  pictures to play with that answer no question.
- A cell whose ``slideshow`` metadata says ``skip`` is left out; if it has a heading, so is all up to the next one.
- What would be too tall goes on on the next slide, under the same heading.
"""

import re
from itertools import takewhile

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from .folds import is_answer, is_given, is_test
from .slide import FULL, Slide, above, has_controls, is_picture, moves, printed_cell, printed_text
from .slide_text import ASKS, HEADING, ITEM, RUN_IN, asked, beginning, blocks, cut, is_paragraph, lines, sentences
from .tasks import tasks

HALF = 10.0  # lines up to which a slide is filled with prose that need not be there
SHORT, ABOVE = 3.5, 4.5  # lines of a question that may stand below a picture, and of a text above one
TOOL = re.compile(r"^(diagnose|export_lesson)\(", re.MULTILINE)
SEEN = re.compile(
    r"\b(panels?|picture|dashed|shading|the (lines?|dots|rings|curves?))\b"
)  # what only the picture shows
FOR_STUDENTS = re.compile(r"\*\*(Check|Stuck|When it fails)\b")  # how a text begins that is for whoever writes the code
OF_THE_NOTEBOOK = re.compile(r"\b(next|following|this|first|last) cells?\b|\bcells? (above|below)\b|\bCtrl-")


class Deck:
    """The slides so far, and where in the lesson they are."""

    def __init__(self):
        self.slides: list[Slide] = []
        self.heading = self.part = self.above = self.printed = ""
        self.notes: list[str] = []  # that wait for a slide
        self.begin_section("")

    def begin_section(self, heading: str) -> None:
        self.settle()
        self.heading = heading
        found = HEADING.fullmatch(heading)
        if found and len(found[1]) < 3:
            self.part = found[2]
        self.shown: list[Slide] = []  # of this section
        self.is_answer = False  # from an output to the next heading or question
        self.students_turn = False  # from a student's cell to the next heading or picture
        self.question = ""
        self.notes = []

    def settle(self) -> None:
        """Give slides of their own to what waits for others to join it: a short text, and what was printed."""
        self.settle_printed()
        self.drop_lead()
        texts, self.above = self.above.split("\n\n"), ""
        for text in filter(None, texts):
            self.put(text)

    def drop_lead(self) -> None:
        """Forget a sentence that leads to what is on no slide."""
        if self.above.endswith(":"):
            self.above = ""

    def settle_printed(self) -> Slide | None:
        if not self.printed:
            return None
        cell, height = printed_cell(self.printed)
        self.printed = ""
        slide = self.begin_output("printed")
        slide.put(cell, height)
        return slide

    def begin(self, kind: str = "text", heading: str = "") -> Slide:
        slide = Slide(heading or self.heading, self.part, kind, notes=self.notes)
        self.notes = []
        self.slides.append(slide)
        self.shown.append(slide)
        return slide

    def last(self) -> Slide:
        """The slide on which this section goes on."""
        return self.shown[-1] if self.shown else self.begin()

    def put(self, text: str, alone: bool = False) -> None:
        """Put a block of text on the section's last slide, or on a new one if it does not fit, or must be alone."""
        slide = self.last()
        if slide.cells and (alone or lines(text) > slide.room()):
            slide = self.begin(heading=slide.heading)
        slide.put(new_markdown_cell(text), lines(text))

    def note(self, texts: list[str]) -> None:
        """Let the speaker say some paragraphs with the section's last slide, or its first one when there is one."""
        (self.shown[-1].notes if self.shown else self.notes).extend(filter(is_paragraph, texts))

    def put_text(self, markdown: str) -> None:
        """A cell of text."""
        segments: list[list[str]] = [[]]
        for block in blocks(markdown):
            if HEADING.fullmatch(block):
                segments.append([])
            segments[-1].append(block)
        for segment in filter(None, segments):
            if HEADING.fullmatch(segment[0]):
                self.begin_section(segment.pop(0))
            if segment and not self.students_turn and not FOR_STUDENTS.match(segment[0]):
                self.put_segment(segment)

    def put_segment(self, segment: list[str]) -> None:
        """The blocks below a heading, or of a cell without one."""
        asking = [block for block in segment if ASKS.search(block)]
        leads = segment.pop() if is_paragraph(segment[-1]) and segment[-1].endswith(":") else ""
        if self.is_answer and not asking and segment:
            self.put_answer(segment)
        self.settle()
        if segment and (asking or not self.is_answer):
            short = sum(map(lines, segment)) <= SHORT
            joins = self.is_answer and short and self.last().room() > SHORT
            text = [text for block in segment if (text := of_the_lesson(block))]
            waits = not asking and not self.shown and all(map(is_paragraph, text)) and sum(map(lines, text)) <= ABOVE
            if waits:
                self.above = "\n\n".join(text)
                self.note(segment)
            else:
                self.put_setup(segment, alone=self.is_answer and not joins)
        if leads:
            self.note([leads])
            self.above = leads
        if asking:
            self.question = asked(asking[-1]) if is_paragraph(asking[-1]) else ""
            self.is_answer = self.is_answer and joins

    def put_setup(self, segment: list[str], alone: bool) -> None:
        """Text before an output: what is needed, and of the rest as much as fills half a slide."""
        chosen = {position for position in range(len(segment)) if is_needed(segment, position)}
        height = sum(lines(segment[position]) for position in chosen)
        for position, block in enumerate(segment):
            text = of_the_lesson(block)
            if position not in chosen and text and height + lines(text) <= HALF:
                chosen.add(position)
                height += lines(text)
        texts = [text for position in sorted(chosen) if (text := of_the_lesson(segment[position]))]
        if texts and (alone or not self.shown):
            self.begin("question" if all(map(is_paragraph, texts)) and ASKS.search(" ".join(texts)) else "text")
        for unit in units(texts):
            self.put_unit(unit)
        self.note(segment)

    def put_unit(self, unit: list[str]) -> None:
        """A block with the paragraph that leads to it; what is taller than a slide is cut, and the lead repeated."""
        *lead, block = unit
        room = FULL - sum(map(lines, lead))
        for part in cut(block, room) if lines(block) > room else [block]:
            apart = sum(map(lines, [*lead, part])) > self.last().room()
            for text in (*lead, part):
                self.put(text, apart)
                apart = False

    def put_answer(self, segment: list[str]) -> None:
        """Text after an output: the line to keep, and the beginnings of what is said before it, as there is room."""
        keep = segment[-1:] if RUN_IN.match(segment[-1]) else []
        said = [text for block in segment[: len(segment) - len(keep)] if (text := of_the_lesson(block))]
        if not all(map(is_paragraph, said)):
            self.settle_printed()
            self.put_setup(segment, alone=False)
            return
        said = [block for block in said if RUN_IN.match(block)] or said
        kept = sum(map(lines, keep))

        def fits(slide: Slide) -> bool:
            alone = not slide.picture or slide.picture is self.only_picture
            return alone and (bool(beginning(said[0], slide.room() - kept)) if said else kept <= slide.room())

        slide = self.last()
        is_seen = bool(slide.picture and SEEN.search(" ".join(said)))
        slide.low = is_seen and slide.may_be_low()
        if self.printed and is_seen and fits(slide):
            printed = self.settle_printed()
            self.slides.remove(printed)
            self.slides.insert(self.slides.index(slide), printed)
            self.shown.remove(printed)
            if slide.cells and slide.cells[0].metadata.get("above"):
                printed.cells[:-1] = [above(slide.cells[0].source)]
        else:
            slide = self.settle_printed() or slide
        if not fits(slide):
            slide.low = False
            slide = self.begin_output("text")
        if not slide.picture:
            said = [up_to(block, SEEN) for block in said]
        for block in filter(None, said):
            text = beginning(block, slide.room() - kept)
            if text:
                slide.put(new_markdown_cell(text), lines(text))
            if text != block:
                break
        for block in keep:
            slide.put(new_markdown_cell(block), lines(block))
        slide.notes.extend(filter(is_paragraph, segment))

    def put_task(self, source: str) -> None:
        """A cell in which students write code."""
        self.settle()
        names, to_write, hints = tasks(source)
        if hints:
            self.begin(heading=f"### Your turn: {', '.join(names)}")
            self.put("\n".join(to_write))
            self.put_unit(["**Hints**", "\n".join(hints)])
        elif to_write:
            self.put_unit(["**Your turn.**", "\n".join(to_write)])
        self.students_turn = self.students_turn or bool(to_write)

    def put_outputs(self, outputs: list[NotebookNode]) -> None:
        """What a cell shows: each picture has a slide, and what is printed is on it, or with what is said of it."""
        pictures = [output for output in outputs if is_picture(output)]
        printed = "\n".join(filter(None, map(printed_text, outputs)))
        if not (pictures or printed) or (self.students_turn and not pictures):
            return
        if self.is_answer and any(map(has_controls, outputs)):
            self.drop_lead()  # it is there to be moved, and asks nothing
            return
        self.settle_printed()
        self.students_turn = False
        self.only_picture = pictures[0] if len(pictures) == 1 and not moves(pictures[0]) else None
        for picture in pictures:
            slide = self.begin_output("movie" if moves(picture) else "picture")
            slide.picture = picture
        if self.only_picture and printed and len(printed.splitlines()) <= 2:
            slide.put(*printed_cell(printed))
            printed = ""
        self.is_answer, self.printed = True, printed

    def begin_output(self, kind: str) -> Slide:
        """Begin a slide for what code shows, or for what is said of it; above stands what leads to it, or was asked."""
        text, self.above = self.above if kind != "text" else "", ""
        slide = self.begin(kind)
        if text := text or self.question:
            slide.put(above(f'<div class="above">\n\n{text}\n\n</div>'), 0.9 * lines(text))
        return slide


def deck(lesson: NotebookNode) -> list[Slide]:
    """The slides of a lesson that has been run."""
    made, skips = Deck(), False
    for cell, after in zip(lesson.cells, [*lesson.cells[1:], None], strict=True):
        skipped = is_skipped(cell) or (cell.cell_type == "markdown" and after is not None and introduces(cell, after))
        if has_heading(cell):
            skips = skipped
        if skipped or skips:
            made.drop_lead()
        elif cell.cell_type == "markdown" and not is_answer(cell):
            made.put_text(cell.source)
        elif cell.cell_type == "code" and is_answer(cell):
            made.put_task(cell.source)
        elif cell.cell_type == "code":
            made.put_outputs(cell.outputs)
    made.settle()
    return [slide for slide in made.slides if not says_little(slide)] or [Slide(made.heading or "# Slides", made.part)]


def notebook(slides: list[Slide], lesson: NotebookNode) -> NotebookNode:
    """Slides as a notebook for nbconvert's exporter of slides."""
    return new_notebook(metadata=lesson.metadata, cells=[cell for slide in slides for cell in slide.finished()])


def is_skipped(cell: NotebookNode) -> bool:
    """Whether a cell is on no slide, whatever it holds."""
    by_hand = cell.metadata.get("slideshow", {}).get("slide_type") == "skip"
    return by_hand or is_test(cell) or (cell.cell_type == "code" and bool(TOOL.search(cell.source)))


def introduces(cell: NotebookNode, after: NotebookNode) -> bool:
    """Whether a text speaks only of the cell after it, which is on no slide: a test, a tool, or given code."""
    if after.cell_type != "code":
        return False
    if is_test(after):
        return not has_heading(cell)
    return bool(TOOL.search(after.source)) or (is_given(after) and not after.outputs)


def has_heading(cell: NotebookNode) -> bool:
    """Whether a section begins in a cell."""
    return cell.cell_type == "markdown" and any(map(HEADING.fullmatch, blocks(cell.source)))


def says_little(slide: Slide) -> bool:
    """Whether a slide holds less than a sentence: one printed line, say, and nothing about it."""
    return not slide.picture and slide.kind == "printed" and slide.height < 1.5 and not slide.notes


def is_needed(segment: list[str], position: int) -> bool:
    """Whether a block must be on a slide: it is set apart, bold or asks, leads to such a one, or explains a formula."""
    block, after = segment[position], segment[position + 1] if position + 1 < len(segment) else ""
    if not is_paragraph(block) or "**" in block or ASKS.search(block) or block.endswith(":"):
        return True
    explains = position > 0 and segment[position - 1].startswith("$$") and lines(block) <= SHORT
    return explains or bool(after and (not is_paragraph(after) or ASKS.search(after)))


def of_the_lesson(block: str) -> str:
    """A block as far as it makes sense without the notebook: up to a sentence that speaks of its cells."""
    return up_to(block, OF_THE_NOTEBOOK) if is_paragraph(block) else block


def up_to(paragraph: str, word: re.Pattern) -> str:
    """The sentences of a paragraph before the first one that has a word."""
    said = sentences(paragraph) if word.search(paragraph) else []
    return " ".join(takewhile(lambda sentence: not word.search(sentence), said)) if said else paragraph


def units(shown: list[str]) -> list[list[str]]:
    """Blocks, those that are set apart together with the paragraph that leads to them."""
    found: list[list[str]] = []
    for block in shown:
        before = found[-1][0] if found and len(found[-1]) == 1 else ""
        leads = before and is_paragraph(before) and (before.endswith(":") or ITEM.match(block))
        if leads and not is_paragraph(block):
            found[-1].append(block)
        else:
            found.append([block])
    return found
