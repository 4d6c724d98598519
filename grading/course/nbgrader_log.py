"""Capture what nbgrader's tools log, to tell a person about it in one line."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from traitlets.log import get_logger

EXCEPTION = re.compile(r"\s*(?:\w+\.)*\w+(?:Error|Exception|Exit): ")  # as it ends a traceback


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


def logged_error(log: io.StringIO) -> str:
    """Return the line of a log that names the error: of tracebacks, the end of the first one, which is the cause."""
    lines = [line for line in log.getvalue().splitlines() if line.strip()]
    ends = [line.strip() for line in lines if EXCEPTION.match(line)]
    return ends[0] if ends else (lines or ["nbgrader gave no reason"])[-1]
