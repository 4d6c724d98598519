"""Take Python apart as Pygments does, in half the time."""

from pygments.lexer import inherit
from pygments.lexers.python import PythonLexer
from pygments.token import Operator, Punctuation, Text


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
