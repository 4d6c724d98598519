"""Write files so that nobody ever finds half of one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Give a path to write to, and put the file in the target's place at the end.

    If anything is raised inside, the target stays as it was and the partial file is removed. An error about the partial
    file names the target, which is what people know.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        yield partial
        os.replace(partial, target)
    except OSError as error:
        if error.filename in (partial, str(partial)):
            error.filename = str(target)
        raise
    finally:
        partial.unlink(missing_ok=True)
