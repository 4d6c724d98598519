"""Show code in colors, on pages of submissions."""

from functools import cache
from typing import IO

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import inherit
from pygments.lexers.python import PythonLexer
from pygments.token import Error, Name, Operator, Punctuation, Text, Whitespace

COLORLESS = {Error, Name, Punctuation, Whitespace}


class QuickPythonLexer(PythonLexer):
    """Pygments' lexer for Python, which first tries what is met most.

    It tries some forty patterns, one after the other, before it comes to spaces, brackets and operators. None of those
    begins with one of these, but for texts in quotes, ``match`` and ``case`` after spaces at the start of a line.
    """

    tokens = {
        "root": [
            (r"(?<=\S)[^\S\n]+|^[^\S\n]+(?![\s\"'rRuUbBmc])", Text),
            (r"[]{}(),;[]|:(?!=)", Punctuation),
            (r"!=|==|<<|>>|[-~+/*%=<>&^|]", Operator),
            inherit,
        ]
    }


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
