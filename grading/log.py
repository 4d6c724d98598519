"""What nbgrader's tools say while they work, for those who have to tell a person in one line."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from traitlets.log import get_logger


@contextmanager
def nbgrader_log(logger: logging.Logger | None = None) -> Iterator[io.StringIO]:
    """Collect what nbgrader says instead of printing it; its apps have loggers of their own."""
    logger, text = logger or get_logger(), io.StringIO()
    handler, printed, propagated = logging.StreamHandler(text), logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield text
    finally:
        logger.handlers, logger.propagate = printed, propagated


def last_error(log: io.StringIO) -> str:
    """The line of nbgrader's log that names the error: the last one of the traceback it printed."""
    lines = [line for line in log.getvalue().splitlines() if line.strip()]
    ends = [line for before, line in zip(lines, lines[1:], strict=False) if before.startswith(" ") and line[0] != " "]
    return (ends or lines or ["nbgrader gave no reason"])[-1]
