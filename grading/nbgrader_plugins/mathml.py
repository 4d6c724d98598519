r"""Formulas as MathML, which browsers draw by themselves, so that no script reads what a student wrote.

latex2mathml takes the TeX apart. Its elements are built anew here, from a list of what a formula needs: ``\href``,
``\class`` and ``\style`` write attributes that a page must not have, and ``\text`` lets markup through.
"""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

LONGEST = 2000  # characters of a formula
DEEPEST = 60  # levels of nesting; browsers lay an element out anew from some hundreds on
FARTHEST = 20.0  # em: no space, rule or shift is larger

TOKENS = {"mi", "mn", "mo", "ms", "mtext"}  # with text in them, and no elements
ROWS = set(
    "math mrow mfrac msqrt mroot mstyle msub msup msubsup munder mover munderover mmultiscripts mprescripts none "
    "mtable mtr mtd mpadded mphantom mspace".split()
)
FLAG, LENGTH = re.compile("true|false"), re.compile(r"[+-]?(\d{1,4}(?:\.\d{0,6})?|\.\d{1,6})(em|ex|px|pt)")
COLOR = re.compile(r"[a-zA-Z]{1,30}|#[0-9a-fA-F]{3,8}")
ATTRIBUTES = {
    **dict.fromkeys(("accent", "accentunder", "displaystyle", "fence", "largeop", "movablelimits"), FLAG),
    **dict.fromkeys(("separator", "stretchy", "symmetric"), FLAG),
    **dict.fromkeys(("width", "height", "depth", "lspace", "rspace", "voffset", "linethickness"), LENGTH),
    **dict.fromkeys(("minsize", "maxsize"), LENGTH),
    **dict.fromkeys(("mathcolor", "mathbackground"), COLOR),
    "display": re.compile("block|inline"),
    "form": re.compile("prefix|infix|postfix"),
    "mathvariant": re.compile("normal"),
    "scriptlevel": re.compile(r"[+-]?\d"),
}
STYLES = {  # what browsers know as a style and not as an attribute
    ("columnalign", "left"): "text-align: left",
    ("columnalign", "right"): "text-align: right",
    ("mathvariant", "bold"): "font-weight: bold",
    ("mathvariant", "italic"): "font-style: italic",
    ("notation", "box"): "border: 1px solid; padding: 0.3em",
}

# Environments that latex2mathml does not know, and those that look the same.
ALIKE = {
    **dict.fromkeys(("aligned", "alignedat"), "split"),
    **dict.fromkeys(("gather", "gather*", "gathered", "multline", "multline*"), "matrix"),
    **dict.fromkeys(("eqnarray", "eqnarray*", "flalign", "flalign*"), "align*"),
    "dcases": "cases",
}
ENVIRONMENT = re.compile(rf"\\(begin|end)\{{({'|'.join(map(re.escape, ALIKE))})\}}")


class Unknown(ValueError):
    """A formula that is not drawn: with something in it that browsers do not know, or nested too deeply."""


@lru_cache(maxsize=2000)  # the lesson's formulas are on every page
def mathml(latex: str, display: bool = False) -> str:
    """A formula as a ``<math>`` element, or as TeX where it is too long or cannot be read.

    Parameters
    ----------
    latex : str
        What stands between the dollar signs, or a whole environment.
    display : bool
        Whether it stands on a line of its own.
    """
    if len(latex) <= LONGEST:
        try:
            known = ENVIRONMENT.sub(lambda found: f"\\{found[1]}{{{ALIKE[found[2]]}}}", latex.strip())
            return built(convert_to_element(known, display="block" if display else "inline"))
        except Exception:  # noqa: BLE001 - it is a stranger's text, and the parser has no base class for its errors
            pass  # what cannot be drawn is shown as it was written
    dollars = "$$" if display else "$"
    return f"<code>{escape(dollars + latex + dollars)}</code>"


def built(element: Element, levels: int = DEEPEST) -> str:
    """An element of MathML with the text, elements and attributes that are on the lists, and no others.

    Raises
    ------
    Unknown
        If it is another element, or nested too deeply.
    """
    name = "mrow" if element.get("notation") == "box" else element.tag
    lost = "linebreak" in element.attrib or (element.text or "").endswith("&")  # a new line or column outside a table
    if not levels or lost or name not in TOKENS | ROWS:
        raise Unknown(name)
    attributes = "".join(
        f' {key}="{value}"' for key, value in element.attrib.items() if key in ATTRIBUTES and may_have(key, value)
    )
    if style := "; ".join(STYLES[pair] for pair in element.attrib.items() if pair in STYLES):
        attributes += f' style="{style}"'
    if name in TOKENS:
        inside = escape(unescape(element.text or ""))
    else:
        inside = "".join(built(child, levels - 1) for child in element)
    return f"<{name}{attributes}>{inside}</{name}>"


def may_have(key: str, value: str) -> bool:
    """Whether an attribute has a value of its kind, and one that draws nothing far away."""
    found = ATTRIBUTES[key].fullmatch(value)
    if not found or ATTRIBUTES[key] is not LENGTH:
        return bool(found)
    in_em = {"em": 1.0, "ex": 0.5, "px": 0.06, "pt": 0.08}[found[2]]
    return float(found[1]) * in_em <= FARTHEST
