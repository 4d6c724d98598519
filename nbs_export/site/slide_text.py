"""A text as what a slide needs to know of it: its paragraphs and lists, its sentences, and how tall they are."""

import math
import re

HEADING = re.compile(r"(#{1,6})\s+(.+)")
ITEM = re.compile(r"[-*+] |\d+[.)] ")
SET_APART = re.compile(rf"{ITEM.pattern}|\||>|```|~~~|\$\$|\\begin|!\[|<")
ASKS = re.compile(r"\?\**(\s|$)")
RUN_IN = re.compile(r"\*\*[^*.:]{1,30}[.:]\*\*")  # a heading at the beginning of its paragraph
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|(?<=[.?!]\*\*)\s+|(?<=[.?!]\))\s+")
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|al|cf|vs|no)\.$")
MARKUP = re.compile(r"\]\([^)]*\)|[*`$\\{}\[]")  # what takes no room on a slide
CHARACTERS = 100  # in a line


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


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, none of them cut within bold, code or a formula."""
    found = [""]
    for piece in SENTENCE_END.split(paragraph):
        begun = found[-1]
        balanced = all(begun.count(mark) % 2 == 0 for mark in ("**", "$", "`"))
        whole = balanced and not ABBREVIATION.search(begun) and not RUN_IN.fullmatch(begun)
        if begun and whole:
            found.append(piece)
        else:
            found[-1] = f"{begun} {piece}".strip()
    return found


def is_paragraph(text: str) -> bool:
    """Whether a block is plain prose, and no list, table, formula, code or quotation."""
    return not SET_APART.match(text)


def asked(paragraph: str) -> str:
    """What a paragraph asks, without its run-in heading; if it is long, only the sentences that ask."""
    said = sentences(RUN_IN.sub("", paragraph, count=1).strip())
    last = max(position for position, sentence in enumerate(said) if ASKS.search(sentence))
    whole = " ".join(said[: last + 1])
    return whole if len(whole) <= 2 * CHARACTERS else " ".join(filter(ASKS.search, said))


def beginning(paragraph: str, room: float) -> str:
    """As many sentences from a paragraph's beginning as there is room for, in lines; they refer to nothing left out."""
    said = sentences(paragraph)
    fitting = [count for count in range(1, len(said) + 1) if lines(" ".join(said[:count])) <= room]
    return " ".join(said[: max(fitting, default=0)])


def cut(block: str, room: float) -> list[str]:
    """A list or a table in as many parts as it takes for each to have room, all of about one height."""
    head, items = [], re.split(r"\n(?=\S)", block)
    if block.startswith("|"):
        head, items = items[:2], items[2:]
    elif not ITEM.match(block):
        return [block]
    count = math.ceil(lines(block) / room)
    parts = [[]]
    for item in items:
        if parts[-1] and len(parts) < count and lines("\n".join([*head, *parts[-1], item])) > lines(block) / count + 1:
            parts.append([])
        parts[-1].append(item)
    return ["\n".join([*head, *part]) for part in parts]


def rows(text: str, characters: int = CHARACTERS) -> int:
    """How many lines a text fills."""
    return max(1, math.ceil(len(MARKUP.sub("", text)) / characters))


def lines(block: str) -> float:
    """About how many lines of a slide a block takes at a size that is read with ease, the room below it included."""
    if block.startswith(("$$", r"\begin")):
        tall = r"\frac" in block or r"\sqrt" in block
        return (2.4 if tall else 1.6) * max(1, block.count("$$") // 2) + 0.4
    if ITEM.match(block):
        return sum(0.2 + rows(item, CHARACTERS - 4) for item in re.split(r"\n(?=\S)", block)) + 0.4
    if block.startswith("|"):
        filled = [row for row in block.splitlines() if re.search(r"[^|\s:-]", row)]
        return sum(0.6 + rows(row, CHARACTERS - 10) for row in filled) + 0.4
    if block.startswith(("```", "~~~")):
        return 0.95 * (block.count("\n") - 1) + 1.2
    return rows(block) + 0.4
