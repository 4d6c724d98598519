"""Copying a file goes on where its mode and its times may not be copied: the kernel lets nobody change them here."""

import contextlib
import shutil
from collections.abc import Callable
from typing import Any


def copy_contents() -> None:
    """Have ``shutil.copy``, ``copy2`` and ``copytree`` copy what is in a file, at least."""
    for name in ("copymode", "copystat"):
        setattr(shutil, name, if_permitted(getattr(shutil, name)))


def if_permitted(copy: Callable) -> Callable[..., None]:
    def copied(*arguments: Any, **keywords: Any) -> None:
        with contextlib.suppress(PermissionError):
            copy(*arguments, **keywords)

    return copied
