"""Capture what nbgrader's tools log, to tell a person about it in one line."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from traitlets.log import get_logger


@contextmanager
def captured_log(logger: logging.Logger | None = None) -> Iterator[io.StringIO]:
    """Capture what nbgrader logs instead of printing it; its apps have loggers of their own."""
    logger, text = logger or get_logger(), io.StringIO()
    handler, printed, propagated = logging.StreamHandler(text), logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield text
    finally:
        logger.handlers, logger.propagate = printed, propagated


def last_error(log: io.StringIO) -> str:
    """Return the line of a log that names the error: the last line of a traceback if there is one."""
    lines = [line for line in log.getvalue().splitlines() if line.strip()]
    ends = [line for before, line in zip(lines, lines[1:], strict=False) if before.startswith(" ") and line[0] != " "]
    return (ends or lines or ["nbgrader gave no reason"])[-1]
