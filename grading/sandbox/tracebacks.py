"""Tracebacks as IPython makes them, without making the same again for each.

A submission that raises in thirty cells spends its time there: IPython and stack_data build a lexer, a style and a
formatter for every traceback, and these are always the same. What is shown is not changed by it.
"""

import sys
from collections.abc import Iterator
from functools import cache

import pygments
import stack_data.core
from IPython.core.interactiveshell import InteractiveShell
from pygments.formatter import Formatter
from pygments.formatters import terminal256
from pygments.lexers.python import PythonLexer
from pygments.token import Token

LEXER = PythonLexer(stripnl=False)


def warm_up(shell: InteractiveShell) -> None:
    """Have all that tracebacks need made and loaded in this process, for those that are forked from it."""
    stack_data.style_with_executing_node = cache(stack_data.style_with_executing_node)
    terminal256.Terminal256Formatter = cache(terminal256.Terminal256Formatter)
    stack_data.core._pygmented_with_ranges = colored
    try:
        raise ValueError
    except ValueError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())


def colored(formatter: Formatter, code: str, ranges: list[tuple[int, int]]) -> list[str]:
    """The lines of a frame's code; what it was executing is in the ranges. Takes the place of stack_data's own."""

    def tokens() -> Iterator[tuple[Token, str]]:
        at = 0
        for kind, text in LEXER.get_tokens(code):
            executing = any(start <= at < end for start, end in ranges)
            yield kind.ExecutingNode if executing else kind, text
            at += len(text)

    try:
        return pygments.format(tokens(), formatter).splitlines()
    except Exception:  # noqa: BLE001 - code without colors is better than none, as stack_data has it
        return code.splitlines()
