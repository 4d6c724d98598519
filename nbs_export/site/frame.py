"""What the pages say of each other and of where the lesson is: the links between them, and the cards at their heads."""

from collections.abc import Collection
from typing import NamedTuple

from ..binder import launch_address, source_address

PAGES = {
    "index.html": "All pages",
    "chapter.html": "Chapter",
    "slides.html": "Slides",
    "instructors.html": "Instructors",
}
FURTHER = {  # what comes after the lesson, where its notebooks are there
    "in_action.html": ("In action", "Your optimizers at work: a network that sees, and a model that writes."),
    "09_convolutions.html": ("Module 09", "Convolutions."),
    "11_embeddings.html": ("Module 11", "Embeddings."),
    "12_attention.html": ("Module 12", "Attention."),
    "13_transformers.html": ("Module 13", "Transformers."),
}
NO_ADDRESS = "This copy does not know where it is published."


class Link(NamedTuple):
    """A page that another one leads to; `here` if it is this one."""

    address: str
    title: str
    here: bool


class Card(NamedTuple):
    """Something that can be done with a page; without an address, `says` why not."""

    title: str
    says: str
    address: str | None = None


def links(here: str, pages: Collection[str]) -> list[Link]:
    """The links between the pages that there are."""
    return [Link(name, title, name == here) for name, title in PAGES.items() if name in pages]


def chapter_cards(place: str | None, pages: Collection[str], minutes: int) -> list[Card]:
    """The cards at the head of the chapter.

    Parameters
    ----------
    place : str, optional
        Where the students' folder is published, as the launch button of its README has it.
    pages : collection of str
        The files that there are beside the chapter.
    minutes : int
        How long the overview takes.

    Raises
    ------
    BinderError
        If `place` is not a place that Binder can open.
    """
    cards = [
        Card("Launch in Binder", "Run the notebook in your browser.", launch_address(place))
        if place
        else Card("Launch in Binder", NO_ADDRESS),
        Card("View the source", "The notebook and its data.", source_address(place))
        if place
        else Card("View the source", NO_ADDRESS),
    ]
    if "slides.html" in pages:
        cards.append(Card("Slides", "The same lesson, to show.", "slides.html"))
    return [*cards, Card("Listen", f"An overview of {minutes} minutes, and its text.", "#listen")]


def index_cards(pages: Collection[str]) -> list[Card]:
    """The cards of the page that leads to all others."""
    cards = {
        "chapter.html": Card("The chapter", "The whole lesson as a page to read, answers folded away.", "chapter.html"),
        "slides.html": Card("The slides", "The lesson to show, with notes for whoever speaks.", "slides.html"),
        "instructors.html": Card("For instructors", "From a clone to released grades.", "instructors.html"),
    }
    cards |= {name: Card(title, says, name) for name, (title, says) in FURTHER.items()}
    return [card for name, card in cards.items() if name in pages]
