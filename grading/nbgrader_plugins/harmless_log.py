"""Keep what a submission says in a log from doing anything to a terminal, and from passing for the grader's own lines.

nbgrader logs names of files, students and cells, metadata and error messages as they are. All goes through Python's
``logging``, so that is where it is made harmless for every handler: the terminal's and that of ``.nbgrader.log``.
"""

import logging
import traceback

from ..util.text import printable

INDENT = "\n    "  # of all lines of a message but the first: a line of the log's own begins with its level or time


class HarmlessRecord(logging.LogRecord):
    """A record whose text has no control characters, and whose lines after the first are indented."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.exc_info, tuple) and self.exc_info[0]:
            # formatters take a text that is there already
            self.exc_text = "    " + harmless("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))

    def getMessage(self) -> str:
        return harmless(super().getMessage())


def harmless(text: str) -> str:
    """A text that a log can hold."""
    return INDENT.join(printable(line) for line in text.split("\n"))


def install() -> None:
    """Have all records of this process made so."""
    logging.setLogRecordFactory(HarmlessRecord)
