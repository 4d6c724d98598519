"""Formulas as MathML, which browsers draw by themselves: LaTeX in, by Temml, when the page is made."""

from functools import cache
from html import escape

from nbconvert.filters.markdown_mistune import IPythonRenderer
from py_mini_racer import JSEvalException, MiniRacer

from .errors import SiteError
from .paths import VENDOR

# In a root, as high as any letter: Chromium draws the sign with its top at the bar, and beside a low letter it would
# hang far below the line.
STRUT = '<mspace width="0" height="0.72em"></mspace>'
LONGEST = 34  # characters of a word that fits a line on a phone


@cache
def temml() -> MiniRacer:
    engine = MiniRacer()
    engine.eval((VENDOR / "temml" / "temml.min.js").read_text(encoding="utf-8"))
    return engine


@cache
def mathml(latex: str, display: bool = False) -> str:
    """A formula as a ``<math>`` element.

    Raises
    ------
    SiteError
        If Temml cannot read it; the message shows the formula and what it says.
    """
    options = {"displayMode": display, "throwOnError": True, "annotate": False}
    try:
        return temml().call("temml.renderToString", latex.strip(), options).replace("<msqrt>", f"<msqrt>{STRUT}")
    except JSEvalException as error:
        said = str(error).partition("ParseError:")[2].splitlines()[0].strip() or str(error)
        raise SiteError(f"this formula cannot be drawn: {latex.strip()!r}: {said}") from error


class FormulaRenderer(IPythonRenderer):
    """nbconvert's renderer of Markdown, which leaves formulas to a script on the page, with ours in their place."""

    def codespan(self, text: str) -> str:
        """Code in a text breaks between its words, and never within one that fits a line."""
        words = map(escape, text.split(" "))
        return f"<code>{' '.join(f'<span>{word}</span>' if len(word) <= LONGEST else word for word in words)}</code>"

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display=True)
