"""Show code in colors, on pages of submissions."""

from functools import cache
from typing import IO

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.token import Error, Name, Punctuation, Text, Whitespace

from ..util.quick_lexer import QuickPythonLexer

COLORLESS = {Error, Name, Punctuation, Whitespace}


class CodeFormatter(HtmlFormatter):
    """Pygments' formatter, which marks only what has a color of its own.

    Names and brackets have none. What the lexer takes for errors is none: a shell command in a cell.
    """

    def format_unencoded(self, tokens, file: IO[str]) -> None:
        super().format_unencoded(((Text if kind in COLORLESS else kind, value) for kind, value in tokens), file)


@cache
def tools() -> tuple[QuickPythonLexer, CodeFormatter]:
    return QuickPythonLexer(stripnl=False), CodeFormatter()


def in_colors(source: str) -> str:
    """Return code as HTML, always as Python."""
    return highlight(source or " ", *tools())
