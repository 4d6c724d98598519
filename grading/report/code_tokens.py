"""Code as a row of tokens in which names, comments, spacing and texts do not count, and its fingerprints.

Fingerprints are chosen by winnowing: Schleimer, Wilkerson and Aiken, "Winnowing: Local Algorithms for Document
Fingerprinting" (SIGMOD 2003). Of each window of hashes of k tokens the smallest is kept. So whatever two texts have in
common that is at least ``GRAM + WINDOW - 1`` tokens long has a fingerprint in common, wherever it stands.
"""

import builtins
import keyword
import re
import zlib
from collections.abc import Collection, Iterator
from functools import cache

import numpy as np
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, Punctuation, String, Text

from ..util.quick_lexer import QuickPythonLexer

GRAM = 12  # tokens of a fingerprint
WINDOW = 6  # hashes of which one is kept
BASE = np.uint64(1_000_003)
LEXER = QuickPythonLexer(stripnl=False, ensurenl=False)
LONGEST = 30_000  # characters of a cell that are looked at
PLAIN_NAMES = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"self", "cls", "np"}
# The tokens of plain code, as the lexer has them, in one expression: the lexer tries dozens for each. What is odd is
# left to the lexer: f-strings, strings with braces or a prefix, and whatever does not compile.
PLAIN = re.compile(
    r"""
    (?P<space> \n | [^\S\n]++(?!\"{3}|'{3}) | ^\s*(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}) | [^\S\n]+ | \#.* )
    | (?P<name> (?!(?:import|from|async|yield|lazy|match|case)\b|class\s++(?![A-Za-z_]))
                @?[A-Za-z_][A-Za-z0-9_]*+(?!["']) )
    | (?P<word> != | == | << | >> | := | [-~+/*%=<>&^|@\]\[{}:(),;] | \.(?![0-9]) )
    | (?P<text> '(?!'')(?:[^'\\\n{]|\\[^N])*' | "(?!"")(?:[^"\\\n{]|\\[^N])*" )
    | (?P<number> (?: [0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)? | (?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])* )
                  (?:[eE][+-]?[0-9](?:_?[0-9])*)?
                | [0-9](?:_?[0-9])*[eE][+-]?[0-9](?:_?[0-9])*j? | 0[oO](?:_?[0-7])+ | 0[bB](?:_?[01])+
                | 0[xX](?:_?[a-fA-F0-9])+ | [0-9](?:_?[0-9])* )
    """,
    re.MULTILINE | re.VERBOSE,
)


def tokens(source: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the tokens of some code as words, each with where it begins.

    One's own names are all the same, those of attributes too unless they are known; so are texts. Numbers are not.

    Parameters
    ----------
    source : str
    known : collection of str
        The names of attributes that are nobody's own: those that the assignment gives.
    """
    plain = plain_tokens(source[:LONGEST], known)
    yield from lexed_tokens(source[:LONGEST], known) if plain is None else plain


def plain_tokens(source: str, known: Collection[str]) -> list[tuple[int, str]] | None:
    """Return the tokens of plain code; None if the lexer is to look at it."""
    found, before, place, match = [], "", 0, PLAIN.match
    while token := match(source, place):
        kind, text = token.lastgroup, token[0]
        if kind == "name":
            text = text if text in PLAIN_NAMES or (before == "." and text in known) else "name"
        elif kind == "text":
            text = "'text'"
        if kind != "space" and not (kind == "text" and before == text):
            found.append((place, text))
            before = text
        place = token.end()
    return found if place == len(source) else None


def lexed_tokens(source: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the tokens of any code, also of what does not compile."""
    before = ""
    for place, kind, text in LEXER.get_tokens_unprocessed(source):
        if kind in Comment or kind in String.Doc or (kind in Text and not text.strip()) or not text.strip():
            continue
        if kind in String or kind in Literal.String:
            word = "'text'"
            if before == word:  # the parts of one text
                continue
        elif kind in Name or kind in Keyword:
            word = text if text in PLAIN_NAMES or (before == "." and text in known) else "name"
        elif kind in Number or kind in Operator or kind in Punctuation:
            word = text
        else:
            word = text.strip()
        before = word
        yield place, word


@cache
def number_of(word: str) -> int:
    """The same number for a word on every machine."""
    return zlib.crc32(word.encode())


def fingerprints(words: list[str]) -> dict[int, int]:
    """Return the fingerprints of a row of words, each with the number of the word at which it was first found."""
    if len(words) < GRAM:
        return {}
    numbers = np.fromiter(map(number_of, words), np.uint64, len(words))
    hashes = np.zeros(len(words) - GRAM + 1, np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(GRAM):
            hashes = hashes * BASE + numbers[offset : offset + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    if len(hashes) <= WINDOW:
        places = [int(np.argmin(hashes))]
    else:
        windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)
        places = np.unique(windows.argmin(axis=1) + np.arange(len(windows))).tolist()
    found: dict[int, int] = {}
    for place in places:
        found.setdefault(int(hashes[place]), place)
    return found
