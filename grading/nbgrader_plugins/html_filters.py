"""What of a submission may stand in a page of feedback or of the formgrader: text, tables, pictures; no scripts.

nbconvert cleans pages too, but nbgrader's templates leave out the Markdown cells, and nbconvert's own list of harmless
elements has no headings, paragraphs or pictures. So its filters are replaced; ``nbgrader_config.py`` names them.
"""

from functools import cache
from html import escape

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter

ELEMENTS = """
    a abbr acronym b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup
    table tbody td tfoot th thead tr tt u ul var
""".split()
LONGEST = 10_000  # characters of a cell; there is Markdown for which a parser takes the square of the length
ATTRIBUTES = {"class", "id", "title", "alt", "style", "colspan", "rowspan", "width", "height", "align", "open", "start"}


def may_stay(element: str, attribute: str, value: str) -> bool:
    """Whether an attribute is harmless. A link does nothing until it is clicked; a picture is fetched at once."""
    value = value.strip()
    here = not (":" in value or value.startswith("//"))
    if element == "img" and attribute == "src":
        return here or value.startswith("data:image/")
    if element == "a" and attribute == "href":
        return here or value.startswith(("http://", "https://", "mailto:"))
    return attribute in ATTRIBUTES


def clean(html: str | bytes) -> str:
    """HTML without anything that runs or calls elsewhere; what is left out stands there as text."""
    return bleach.clean(
        html.decode() if isinstance(html, bytes) else str(html),
        tags=ELEMENTS,
        attributes=may_stay,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=CSSSanitizer(),
    )


@cache
def exporter() -> HTMLExporter:
    return HTMLExporter()


@pass_context
def clean_markdown(context, source: str) -> str:
    """Markdown as HTML, as nbconvert makes it, and cleaned; as plain text if it is very long."""
    if len(source) > LONGEST:
        return f"<pre>{escape(source)}</pre>"
    return clean(exporter().markdown2html(context, source))


def unchanged(html: str) -> str:
    """Takes the place of a filter for links of 2013, which takes the square of the length for some texts."""
    return html
