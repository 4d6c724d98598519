"""Load modules in less time."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """What is made in here is never looked at as garbage: of modules there is hardly any, and to look takes long."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
