"""The spoken overview: its text, `overview.md`, in sentences, which a browser's voice reads one by one."""

from typing import NamedTuple

from .paths import SITE
from .slide_text import HEADING, blocks, sentences

OVERVIEW = SITE / "overview.md"
AS_SPOKEN = {"AdamW": "Adam W"}  # names that voices mistake for words
WORDS_A_MINUTE = 160  # of a voice at its usual speed


class Sentence(NamedTuple):
    """A sentence as it is shown, and as it is spoken."""

    text: str
    spoken: str


class Overview(NamedTuple):
    """A text to listen to: its title, and its paragraphs in sentences."""

    title: str
    paragraphs: list[list[Sentence]]

    @property
    def minutes(self) -> int:
        """About how long it takes."""
        words = sum(len(sentence.spoken.split()) for paragraph in self.paragraphs for sentence in paragraph)
        return round(words / WORDS_A_MINUTE)


def read_overview() -> Overview:
    """The overview of the lesson."""
    title, *paragraphs = blocks(OVERVIEW.read_text(encoding="utf-8"))
    return Overview(
        HEADING.fullmatch(title)[2],
        [
            [Sentence(text, as_spoken(text)) for text in sentences(" ".join(paragraph.split()))]
            for paragraph in paragraphs
        ],
    )


def as_spoken(text: str) -> str:
    """A text with its names written as a voice should say them."""
    for name, spoken in AS_SPOKEN.items():
        text = text.replace(name, spoken)
    return text
