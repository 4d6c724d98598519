"""nbconvert's exporters of pages and of slides, changed so that nothing is fetched."""

import html
import re
from copy import deepcopy

from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, SlidesExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from .deck import deck, notebook
from .errors import SiteError
from .folds import Part, parts
from .formulas import FormulaRenderer
from .outputs import plain_outputs
from .paths import SITE, TEMPLATES

FETCHES = "img, script, link, iframe, source, video, audio, object, embed"


class SelfContained:
    """What both exporters share: our templates over nbconvert's, formulas as MathML, outputs that need no network."""

    @property
    def default_config(self) -> Config:
        # a widget or a script would need a library from elsewhere; `plain_outputs` has left nothing to them
        shown = ["text/html", "text/markdown", "image/svg+xml", "text/latex", "text/plain"]
        config = super().default_config
        config.NbConvertBase.display_data_priority = shown
        config.TemplateExporter.update(
            extra_template_basedirs=[str(TEMPLATES)],
            extra_template_paths=[str(SITE), str(TEMPLATES)],
            exclude_input_prompt=True,
            exclude_output_prompt=True,
        )
        return config

    @pass_context
    def markdown2html(self, context, source: str) -> str:
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = FormulaRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        return MarkdownWithMath(renderer=renderer).render(source)

    def default_filters(self):
        yield from super().default_filters()
        yield "parts", parts
        yield "named", named

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw):
        page, resources = super().from_notebook_node(nb, resources, **kw)
        soup = BeautifulSoup(page, features="html.parser")
        check_that_nothing_is_fetched(soup)
        self.finish(soup)
        return str(soup), resources

    def finish(self, soup: BeautifulSoup) -> None:
        """Change the page once it is whole."""


class ChapterExporter(SelfContained, HTMLExporter):
    """The lesson as one page to read."""

    export_from_notebook = None
    template_name = "chapter"

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw):
        return super().from_notebook_node(plain_outputs(deepcopy(nb)), resources, **kw)

    def finish(self, soup: BeautifulSoup) -> None:
        soup.title.string = soup.h1.get_text() if soup.h1 else "The lesson"
        place_cards(soup)
        number_headings(soup)
        wrap_wide_tables(soup)
        list_contents(soup)


class DeckExporter(SelfContained, SlidesExporter):
    """The lesson as slides, without solutions."""

    export_from_notebook = None
    template_name = "slides"

    def from_notebook_node(self, nb: NotebookNode, resources=None, **kw):
        self.slides = deck(plain_outputs(deepcopy(nb)))
        return super().from_notebook_node(notebook(self.slides, nb), resources, **kw)

    def finish(self, soup: BeautifulSoup) -> None:
        soup.title.string = f"{soup.h1.get_text()}: slides" if soup.h1 else "Slides"
        for stack, slide in zip(soup.select(".slides > section"), self.slides, strict=True):
            stack.section.unwrap()  # nbconvert makes columns of slides, and an arrow would pass by what is below
            stack["class"], stack["data-part"] = (
                f"of-{slide.kind}",
                slide.part if slide.part not in slide.heading else "",
            )


def named(part: Part) -> str:
    """What stands where a part is folded away, with what it is of."""
    return f"{part.summary}: <code>{html.escape(part.name)}</code>" if part.name else part.summary


def check_that_nothing_is_fetched(soup: BeautifulSoup) -> None:
    """Raise SiteError if the page holds the address of a picture, a script, a style sheet or a frame."""
    for element in soup.select(FETCHES):
        address = element.get("src") or element.get("href") or element.get("data") or ""
        if address and not address.startswith("data:"):
            raise SiteError(
                f"the page would fetch {address!r} for a <{element.name}>; put it into the notebook instead"
            )


def place_cards(soup: BeautifulSoup) -> None:
    """Put the chapter's cards, and what can be listened to, below its title; another page's cards below its text."""
    cards, listen = soup.select_one("main > .cards"), soup.select_one("main > #listen")
    if cards and not listen:
        soup.main.append(cards.extract())
    for element in filter(None, (listen, cards) if listen and soup.h1 else ()):
        soup.h1.insert_after(element.extract())


def number_headings(soup: BeautifulSoup) -> None:
    """Give every heading of the text an id of its own."""
    taken = set()
    for heading in soup.select("main :is(h1, h2, h3, h4)"):
        name = re.sub(r"[^\w -]", "", heading.get_text().strip().lower()).replace(" ", "-") or "section"  # as on GitHub
        unique, count = name, 1
        while unique in taken:
            count += 1
            unique = f"{name}-{count}"
        taken.add(unique)
        heading["id"] = unique


def wrap_wide_tables(soup: BeautifulSoup) -> None:
    """Put every table into a box of its own that scrolls, so that the page need not."""
    for table in soup.select("main table"):
        table.wrap(soup.new_tag("div", attrs={"class": "wide"}))


def list_contents(soup: BeautifulSoup) -> None:
    """Fill the contents list with the second and third level of headings."""
    items = soup.select_one("#contents ol")
    inner = None
    for heading in soup.select("main :is(h2, h3)"):
        link = soup.new_tag("a", attrs={"href": f"#{heading['id']}"})
        link.extend([child.__copy__() for child in heading.contents])
        item = soup.new_tag("li")
        item.append(link)
        if heading.name == "h3" and items.contents:
            if inner is None:
                inner = soup.new_tag("ol")
                items.find_all("li", recursive=False)[-1].append(inner)
            inner.append(item)
        else:
            items.append(item)
            inner = None
    if not items.contents:
        soup.select_one("#contents").decompose()
