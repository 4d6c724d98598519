"""The trace of calls: what a function returned or raised, what it did to its arguments, and what a class kept."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .data import encode
from .limit import TimeLimit, TookTooLong
from .look import quiet, raised
from .values import Encoder, decode

SECONDS = 5.0  # that one case may take


def traces(cases: Iterable[dict], subject: Any) -> Iterator[dict]:
    """Make the calls of each case; after a case that did not end, of no more of them.

    Parameters
    ----------
    cases : iterable of dict
        Each with its ``steps``, in turn: ``{"call": name, "args": [...], "kwargs": {...}}``, where an empty name stands
        for the subject itself, and ``{"get": name}`` for an attribute. If it has ``new``, true, the first call makes an
        instance, which the others are about.
    subject : function or class
    """
    for case in cases:
        trace = {"steps": []}
        ended = run_case(case, subject, trace["steps"])
        yield trace
        if not ended:
            return


def run_case(case: dict, subject: Any, told: list[dict]) -> bool:
    """Make the calls of a case, and write down what comes of each; returns whether they ended in time."""
    target = subject
    with quiet(), TimeLimit() as limit:
        for number, step in enumerate(case["steps"]):
            makes_instance = bool(case.get("new")) and number == 0
            arguments = given_by(step)
            before, found = encoded(arguments), {}
            told.append(found)
            try:
                limit.begin(SECONDS, f"did not end within {SECONDS:g} seconds")
                try:
                    value = do(step, target, arguments)
                    if makes_instance:
                        target, value = value, None
                    found["returned"] = Encoder().encode(value)
                except TookTooLong:
                    raise
                except BaseException as error:  # noqa: BLE001 - it may raise anything, and all is written down
                    found["raised"] = encode(raised(error))
                note_changes(found, before, arguments)
                limit.end()
            except BaseException as error:  # noqa: BLE001 - to look at a student's object runs the student's code
                limit.end()
                found.clear()
                found["raised"] = encode(raised(error))
                if isinstance(error, TookTooLong):
                    return False
            if makes_instance and "raised" in found:
                return True
    return True


def given_by(step: dict) -> tuple[list, dict]:
    """The arguments of a step, made anew."""
    return [decode(item, True) for item in step.get("args", ())], dict(decode(step.get("kwargs", {"dict": []}), True))


def do(step: dict, target: Any, arguments: tuple[list, dict]) -> Any:
    """Make one call, or read one attribute."""
    if "get" in step:
        return getattr(target, step["get"])
    function: Callable = getattr(target, step["call"]) if step["call"] else target
    args, kwargs = arguments
    return function(*args, **kwargs)


def encoded(arguments: tuple[list, dict]) -> list[Any]:
    """The arguments of a call as data, by their place; those by name follow."""
    args, kwargs = arguments
    return [Encoder(functions=True).encode(value) for value in (*args, *kwargs.values())]


def note_changes(found: dict, before: list, arguments: tuple[list, dict]) -> None:
    """Write down the arguments that a call has changed."""
    after = encoded(arguments)
    changed = {
        str(place): new
        for place, (old, new) in enumerate(zip(before, after, strict=True))
        if json.dumps(old) != json.dumps(new)  # as text, nan is nan
    }
    if changed:
        found["changed"] = changed
