"""Make IPython's tracebacks faster, with the same text.

A submission that raises in thirty cells spends its time there: IPython and stack_data build a lexer, a style and a
formatter for every traceback, and these are always the same. What is shown is not changed by it.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FrameType, ModuleType
from typing import Any

import pygments
import stack_data.core
from IPython.core.interactiveshell import InteractiveShell
from pygments.formatter import Formatter
from pygments.formatters.terminal256 import Terminal256Formatter
from pygments.token import Token

from ..util.quick_lexer import QuickPythonLexer

LEXER = QuickPythonLexer(stripnl=False)


def warm_up(shell: InteractiveShell) -> None:
    """Load and make all that tracebacks need, before children are forked."""
    stack_data.style_with_executing_node = cache(stack_data.style_with_executing_node)
    Terminal256Formatter.__init__ = initialized_once(Terminal256Formatter.__init__)
    stack_data.core._pygmented_with_ranges = highlighted_lines
    inspect.getmodule = skip_cells(inspect.getmodule)
    try:
        raise ValueError
    except ValueError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())


class PutOff(list):
    """An empty traceback, in the place of one that can still be made.

    Attributes
    ----------
    make : callable
        Makes it.
    """

    def __init__(self, make: Callable[[], list[str]]) -> None:
        super().__init__()
        self.make = make


def put_off_where_wanted(shell: InteractiveShell) -> None:
    """Have the shell make a PutOff, where its attribute `puts_off` is set, and then only one."""
    make_now = shell.InteractiveTB.structured_traceback

    def structured_traceback(*exception: Any, **options: Any) -> list[str]:
        if not shell.puts_off:
            return make_now(*exception, **options)
        shell.puts_off = False
        return PutOff(lambda: make_now(*exception, **options))

    shell.InteractiveTB.structured_traceback = structured_traceback


def skip_cells(getmodule: Callable) -> Callable:
    """Wrap inspect.getmodule so that it does not search all modules for the code of a cell."""

    def found(object: Any, _filename: str | None = None) -> ModuleType | None:
        code = object.f_code if type(object) is FrameType else object
        if type(code) is CodeType and code.co_filename.startswith("<ipython-input-"):
            return None
        return getmodule(object, _filename)

    return found


def initialized_once(init: Callable) -> Callable:
    """Wrap a formatter's constructor so that it works out a style's colors once."""
    made: dict[type, dict] = {}

    def remembering(self, **options) -> None:
        if type(self) is not Terminal256Formatter or options.keys() != {"style"}:
            init(self, **options)
            return
        style = options["style"]
        if style not in made:
            init(self, **options)
            made[style] = vars(self).copy()
        vars(self).update(made[style])

    return remembering


def highlighted_lines(formatter: Formatter, code: str, ranges: list[tuple[int, int]]) -> list[str]:
    """Highlight the lines of a frame's code, in place of stack_data's own function."""

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
