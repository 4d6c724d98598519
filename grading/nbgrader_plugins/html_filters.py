"""Filters for pages that show a submission: its text, tables, formulas and pictures, and nothing that acts.

A page of the formgrader is driven by a script that finds its score boxes by id and class, in a browser that is logged
in to the instructor's server. There a student's ``class="full-credit"`` is a button, a picture's address is a request
with the instructor's rights, and one such request (``/formgrader?path=...``) runs a configuration file. So what a
submission made has in no page an id, a class, a name, a form, a link, or an address that is fetched.

It does not stand in a frame of its own. A sandboxed frame cannot tell its height without a script in it or the page's
own origin; the page of feedback has no script; a frame takes the grader's keys once it is clicked, and is cut off on
paper. It stands in the page, behind three locks of different makes:

1. **Lists of what may be** (this file). A parser that follows the HTML standard (html5lib, in bleach) reads the text,
   and only elements, attributes and values that are on a list are written again. The result is read once more and must
   come out unchanged, so that no browser can read it otherwise. Code, formulas and pictures are made by us and put in
   afterwards. Links are shown as text, with their address.
2. **The page's Content-Security-Policy** (in the templates): scripts are those that the template names by a nonce,
   pictures are in the page itself, nothing is sent or fetched elsewhere, and there are no forms, frames or plugins.
3. **A box that clips** (``contain: paint``): whatever is drawn inside, marks piled on a letter as much as a position,
   ends at its edge.

nbconvert cleans pages too, but nbgrader's templates leave out the Markdown cells, and nbconvert's own list of harmless
elements has no headings, paragraphs or pictures. So its filters are replaced; ``nbgrader_config.py`` names them.
"""

import re
import secrets
from collections.abc import Callable
from functools import partial
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote

from bleach.css_sanitizer import CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ..sandbox.mime_bundle import PLAIN, as_text
from ..util.text import in_one_line
from .code_in_colors import in_colors
from .mathml import mathml
from .pictures import ATTACHMENT, DATA_IMAGE, Pictures, data_image, without_data

ELEMENTS = frozenset(
    """
    a abbr acronym b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup
    table tbody td tfoot th thead tr tt u ul var
    """.split()
)
LONGEST = 10_000  # characters of a cell; there is Markdown for which a parser takes the square of the length
LONGEST_HTML = 100_000  # characters of an output
LONGEST_TEXT = 100_000
DEEPEST = 100  # elements in one another; browsers lay them out anew from 512 on

SMALL, WORD = re.compile(r"\d{1,3}"), re.compile(r"left|right|center|justify")
ATTRIBUTES = {
    ("a", "href"): re.compile(r"(https?://|mailto:).{0,2000}"),  # shown as text, see `Plain`
    ("img", "src"): re.compile(r".*", re.DOTALL),  # only what is in the page already, see `Plain`
    ("img", "alt"): re.compile(r".{0,1000}", re.DOTALL),
    ("img", "width"): re.compile(r"\d{1,4}(px|%)?"),
    ("img", "height"): re.compile(r"\d{1,4}(px)?"),
    ("abbr", "title"): re.compile(r".{0,1000}"),
    ("ol", "start"): re.compile(r"-?\d{1,6}"),
    ("details", "open"): re.compile(r".*"),
    **{(cell, name): SMALL for cell in ("td", "th") for name in ("colspan", "rowspan")},
    **{(part, "align"): WORD for part in ("td", "th", "tr", "p", "div")},
}
STYLE = re.compile(r"[\w #:;.%-]*")  # no brackets, quotes, slashes or backslashes: no function and no escape
STYLES = ["color", "background-color", "text-align", "font-weight", "font-style", "text-decoration"]

UNDESCRIBED = "No description has been provided for this image"
PIECE = "\ue000"  # begins what stands for a piece of our own; no attribute may hold it
IN_PLACE = re.compile(rf"{PIECE}([0-9a-f]{{16}})-(\d+);")  # a key, which nobody can guess, and a number
PYTHON = {"python", "python3", "py", "ipython", "ipython3", "pycon"}
PICTURE = re.compile(r"!\[|<img", re.IGNORECASE)
LOOKS: dict[tuple[str, str], str] = {}  # of the lesson's cells, by filters and sources; see `lesson_cells`
NOT_TO_READ = re.compile(r"<(style|script)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
AFTER_PRE = re.compile(r"(<pre\b[^>]*>)\n+", re.IGNORECASE)  # a parser takes one line break away each time


class NotCleaned(ValueError):
    """HTML that is shown as text: it is too long, nested too deeply, or read in more than one way."""


def may_stay(element: str, attribute: str, value: str) -> bool:
    """Whether an attribute is on the list, with a value of its kind."""
    if PIECE in value:
        return False
    if attribute == "style":
        return bool(STYLE.fullmatch(value))
    allowed = ATTRIBUTES.get((element, attribute))
    return bool(allowed and allowed.fullmatch(value))


class Plain(Filter):
    """Writes links as text, with their address, and leaves out pictures that would have to be fetched.

    A picture that nobody has described is said to be one, in nbconvert's words.

    Parameters
    ----------
    source : iterable of dict
        html5lib's tokens, already cleaned.
    find : callable
        From the address of a picture to its ``data:`` address; empty if there is none.
    """

    def __init__(self, source, find: Callable[[str], str]) -> None:
        super().__init__(source)
        self.find = find

    def __iter__(self):
        href, text, depth = "", "", 0
        for token in super().__iter__():
            kind, name = token["type"], token.get("name")
            depth += (kind == "StartTag") - (kind == "EndTag")
            if depth > DEEPEST:
                raise NotCleaned("its elements are nested too deeply")
            if kind in ("Characters", "SpaceCharacters"):
                text += token["data"]
            elif name == "a":
                if kind == "StartTag":
                    href, text = unescape(token["data"].pop((None, "href"), "")), ""
                elif href and href.removeprefix("mailto:") not in text:
                    yield {"type": "Characters", "data": f" ({href})"}
                token["name"] = "span"
            elif name == "img":
                address = unescape(token["data"].get((None, "src"), ""))
                if found := self.find(address):
                    token["data"][(None, "src")] = found
                    token["data"].setdefault((None, "alt"), UNDESCRIBED)
                else:
                    token = {"type": "Characters", "data": missing(address)}
            yield token


def missing(address: str) -> str:
    """What stands in the place of a picture that is not shown: its name, if it has a short one."""
    name = unquote(address.strip())
    name = in_one_line(name[len(ATTACHMENT) :] if name.lower().startswith(ATTACHMENT) else name)
    return f"[picture: {name}]" if 0 < len(name) <= 200 and not name.startswith("data:") else "[a picture]"


def only_inside(address: str) -> str:
    """The address of a picture if it is the picture itself; else empty."""
    return address if DATA_IMAGE.fullmatch(address) else ""


def clean(html: str | bytes, find: Callable[[str], str] = only_inside) -> str:
    """HTML without anything that acts or is fetched; elements that are on no list stand there as text.

    Parameters
    ----------
    html : str or bytes
    find : callable
        From the address of a picture to its ``data:`` address, see `Plain`.
    """
    text = html.decode(errors="replace") if isinstance(html, bytes) else str(html)
    try:
        return cleaned(text, find)
    except NotCleaned:
        return shown_as_text(text)


def cleaned(html: str, find: Callable[[str], str]) -> str:
    """Cleaned HTML that every browser reads as it was read here.

    Raises
    ------
    NotCleaned
        If it is very long, nested too deeply, or changes each time it is read.
    """
    if len(html) > LONGEST_HTML:
        raise NotCleaned("it is too long")
    once = cleaned_once(AFTER_PRE.sub(r"\1", html), find)
    for _ in range(3):  # what is nested as it must not be moves the first time it is read, and then stays
        before, once = once, cleaned_once(once, only_inside)
        if once == before:
            return once
    raise NotCleaned("it changes each time it is read")


def cleaned_once(html: str, find: Callable[[str], str]) -> str:
    return Cleaner(
        tags=ELEMENTS,
        attributes=may_stay,
        protocols=["http", "https", "mailto", "data", "attachment"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES, allowed_svg_properties=[]),
        filters=[partial(Plain, find=find)],
    ).clean(html)


def shown_as_text(text: str) -> str:
    """A text as it was written."""
    rest = "" if len(text) <= LONGEST_TEXT else "\n… (the rest is left out)"
    return f"<pre>{escape(text[:LONGEST_TEXT] + rest)}</pre>"


class Pieces:
    """HTML of our own, kept aside while what is around it is cleaned. Nobody can guess what stands in its place."""

    def __init__(self) -> None:
        self.key, self.kept = secrets.token_hex(8), []

    def keep(self, html: str) -> str:
        """What is to stand in the place of a piece."""
        self.kept.append(html)
        return f"{PIECE}{self.key}-{len(self.kept) - 1};"

    def put_in(self, cleaned: str) -> str:
        """The cleaned HTML with all pieces in their places."""
        return IN_PLACE.sub(lambda found: self.kept[int(found[2])] if found[1] == self.key else found[0], cleaned)

    def taken_out(self, text: str) -> str:
        """A text without what stands for pieces."""
        return IN_PLACE.sub(lambda found: "" if found[1] == self.key else found[0], text)


class Renderer(IPythonRenderer):
    """nbconvert's renderer of Markdown, with code, formulas and pictures as pieces of our own."""

    def __init__(self, pieces: Pieces, pictures: Pictures) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.pieces, self.pictures = pieces, pictures

    def inline_math(self, body: str) -> str:
        return self.pieces.keep(mathml(body))

    def block_math(self, body: str) -> str:
        return self.pieces.keep(mathml(body, display=True))

    def latex_environment(self, name: str, body: str) -> str:
        return self.pieces.keep(mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display=True))

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split(maxsplit=1)
        if language and language[0].lower() in PYTHON:
            return self.pieces.keep(highlight_code(code))
        return self.pieces.keep(f"<pre><code>{escape(code)}</code></pre>\n")

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if found := self.pictures.find(url):
            alt = self.pieces.taken_out(text)
            return self.pieces.keep(f'<img src="{escape(found)}" alt="{escape(alt)}">')
        return escape(missing(url))

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"


@pass_context
def clean_markdown(context, source: str) -> str:
    """Markdown as HTML, as nbconvert makes it, and cleaned; as plain text if it is very long."""
    attachments = context.get("cell", {}).get("attachments", {})
    if not attachments and (known := LOOKS.get(("markdown2html", source))) is not None:
        return known
    short, attachments = without_data(source, attachments) if "data:" in source else (source, attachments)
    if len(short) > LONGEST:
        return shown_as_text(source)
    source = short
    if attachments or PICTURE.search(source):
        for name in attachments:
            if " " in name:  # Markdown takes no blank in an address
                source = source.replace(f"({ATTACHMENT}{name})", f"({ATTACHMENT}{quote(name)})")
        return rendered(source, Pictures(attachments, context.get("resources", {})))
    return rendered(source, Pictures({}, {}))


def rendered(source: str, pictures: Pictures) -> str:
    pieces = Pieces()
    html = MarkdownWithMath(renderer=Renderer(pieces, pictures)).render(source.replace(PIECE, "\ufffd"))
    try:
        return pieces.put_in(cleaned(html, pictures.find))
    except NotCleaned:
        return shown_as_text(source)


def highlight_code(source: str, language: str | None = None, metadata: dict | None = None) -> str:
    """Code in colors, always as Python: what a submission says of its language could be any program's name."""
    if len(source) > LONGEST_TEXT:
        return shown_as_text(source)
    known = LOOKS.get(("highlight_code", source))
    return in_colors(source) if known is None else known


def unchanged(html: str) -> str:
    """Takes the place of a filter for links of 2013, which takes the square of the length for some texts."""
    return html


@pass_context
def show_output(context, output: dict) -> str:
    """An output of a cell as HTML: the best of its types that a page without scripts can show.

    The notebook has been through `SoundNotebook`.
    """
    kind = output["output_type"]
    if kind == "stream":
        return in_box(preformatted(output["text"]), f"output_text output_{output['name']}")
    if kind == "error":
        text = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return in_box(preformatted(text), "output_text output_error")
    sizes = output.get("metadata", {})
    for mime, show in SHOWN.items():
        if mime in output["data"] and (html := show(context, output["data"][mime], sizes.get(mime, {}))):
            return html
    others = "\n".join(f"{mime}: {as_text(value)}" for mime, value in output["data"].items())
    return in_box(preformatted(others), "output_text")


def in_box(html: str, kind: str) -> str:
    return f'<div class="output_subarea {kind}">{html}</div>'


def preformatted(text: str) -> str:
    """Text with its colors, of which a program prints the escapes."""
    rest = "" if len(text) <= LONGEST_TEXT else "\n… (the rest is left out)"
    return f"<pre>{ansi2html(text[:LONGEST_TEXT] + rest)}</pre>"


def show_html(context: Any, value: str, sizes: dict) -> str:
    if len(value) > LONGEST_HTML:
        return ""
    html = clean(NOT_TO_READ.sub("", value))
    return in_box(html, "output_html rendered_html") if html.strip() else ""


def show_markdown(context: Any, value: str, sizes: dict) -> str:
    return in_box(clean_markdown({"resources": context.get("resources", {})}, value), "output_markdown rendered_html")


def show_image(context: Any, value: str, sizes: dict, mime: str) -> str:
    if not (address := data_image(mime, value)):
        return ""
    size = "".join(f' {name}="{value}"' for name, value in sizes.items() if name in ("width", "height"))
    return in_box(f'<img src="{escape(address)}" alt="a picture"{size}>', "output_image")


def show_text(context: Any, value: str, sizes: dict) -> str:
    return in_box(preformatted(value), "output_text")


# How the types that a page can show are shown; the best comes first.
SHOWN = {
    "text/html": show_html,
    "text/markdown": show_markdown,
    "text/latex": show_markdown,  # TeX between dollar signs
    **{mime: partial(show_image, mime=mime) for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif")},
    PLAIN: show_text,
}
