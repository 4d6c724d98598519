"""Make IPython's tracebacks faster, with the same text.

A submission that raises in thirty cells spends its time there: IPython and stack_data build a lexer, a style and a
formatter for every traceback, and these are always the same. What is shown is not changed by it.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache
from resource import RUSAGE_SELF, getrusage
from types import CodeType, FrameType, ModuleType
from typing import Any

import pygments
import stack_data.core
from IPython.core.interactiveshell import InteractiveShell
from pygments.formatter import Formatter
from pygments.formatters.terminal256 import Terminal256Formatter
from pygments.token import Token

from ..util.quick_lexer import QuickPythonLexer

MUCH = 1 << 18  # KiB of memory; a submission has a third of it
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
    """An empty traceback, in the place of one that can still be made, when all cells have run.

    Parameters
    ----------
    shell : InteractiveShell
    exception : tuple
        What it is made of.
    options : dict
    """

    def __init__(self, shell: InteractiveShell, exception: tuple, options: dict) -> None:
        super().__init__()
        self.shell, self.exception, self.options = shell, exception, options
        self.maker = copy(shell.InteractiveTB)  # in its mode and colors of now
        self.numbers = shell.compile._filename_map.copy()  # a cell that runs again gets another

    def make(self) -> list[str]:
        self.shell.compile._filename_map = self.numbers
        return type(self.maker).structured_traceback(self.maker, *self.exception, **self.options)


def put_off_where_wanted(shell: InteractiveShell) -> None:
    """Have the shell make a PutOff, where its attribute `puts_off` is set, and then only one.

    What can be put off is what IPython itself would show, in its own way: whoever else asks for a traceback gets it.
    Values of variables, which some modes show, would be others later. And what has to be made keeps what is in its
    frames: where a cell has ever taken much memory, all later ones would have less.
    """
    tracebacks, show = shell.InteractiveTB, shell._showtraceback
    make_now, asks = tracebacks.structured_traceback, InteractiveShell.showtraceback.__code__

    def structured_traceback(*exception: Any, **options: Any) -> list[str]:
        is_usual = tracebacks.mode == "Context" and sys._getframe(1).f_code is asks and shell._showtraceback == show
        if not (shell.puts_off and is_usual and getrusage(RUSAGE_SELF).ru_maxrss < MUCH):
            return make_now(*exception, **options)
        shell.puts_off = False
        return PutOff(shell, exception, options)

    tracebacks.structured_traceback = structured_traceback


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
