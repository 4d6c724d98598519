"""A student's code: the line at which an exception arose, and the methods that nobody has written yet."""

import traceback
from types import FunctionType
from typing import Any

GIVEN = ("tinytorch", "builtins")
LATER = "Comes in "  # how the lesson's own methods begin to say where a student will write them


def to_write(subject: Any) -> list[str]:
    """The methods of a class that are still those that it began with, each with the part of the lesson it comes in."""
    methods = vars(subject).items() if isinstance(subject, type) else ()
    texts = {name: value.__doc__ or "" for name, value in methods if isinstance(value, FunctionType)}
    return [
        f"{name} ({text.removeprefix(LATER).partition('. ')[0].rstrip('.')})"
        for name, text in texts.items()
        if text.startswith(LATER)
    ]


def line_of(error: BaseException, subject: type) -> str:
    """The last line of the class under test that was running; empty if it cannot be found.

    Parameters
    ----------
    error : BaseException
        With its traceback.
    subject : type
        The class. The lines of its base classes count too, unless they are given ones.
    """
    own = [kind for kind in subject.__mro__ if kind.__module__.partition(".")[0] not in GIVEN]
    functions = [value for kind in own for value in vars(kind).values() if isinstance(value, FunctionType)]
    places = {function.__code__.co_filename for function in functions}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in places]
    return (frames[-1].line or "").strip() if frames else ""
