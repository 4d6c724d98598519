"""The trace of an answer that is a number."""

from collections.abc import Iterable, Iterator
from typing import Any

from .data import encode
from .look import answer


def traces(cases: Iterable[dict], subject: Any) -> Iterator[dict]:
    """Record the number that answers a question; there is one case, and nothing to do in it."""
    for _ in cases:
        yield {"answer": encode(answer(subject))}
