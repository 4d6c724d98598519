"""What came of a call: read from a process that may send anything, compared, and put into words."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from tracing.calls import given_by
from tracing.data import Odd, Raised
from tracing.data import decode as decode_exception
from tracing.limit import TookTooLong
from tracing.values import Decoder, public_name

from ..sandbox.untrusted import Malformed, expect
from ..util.text import in_one_line
from .cases import Case, Step
from .comparison import Difference, Tolerance, difference, far, is_number

LONGEST_ARGUMENTS = 60  # characters that a message shows of the arguments of a call
TIMED_OUT = tuple(kind.__name__ for kind in TookTooLong.__mro__)


@dataclass(frozen=True)
class Outcome:
    """What came of a step.

    Attributes
    ----------
    raised : Raised or None
    returned : Any
    changed : dict of int to Any
        The arguments that are not as they were, by their place.
    before : dict of int to Any
        What they were.
    """

    raised: Raised | None
    returned: Any
    changed: dict[int, Any]
    before: dict[int, Any]


Outcomes = list[Outcome]


def received(data: Any, case: dict) -> Outcomes:
    """Read the trace of a case, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If it is none.
    """
    try:
        steps, decoder, found = data["steps"], Decoder(), []
        expect(type(steps) is list and 0 < len(steps) <= len(case["steps"]), "a trace of other calls")
        for told, step in zip(steps, case["steps"], strict=False):
            changed = {int(place): decoder.read(value) for place, value in told.get("changed", {}).items()}
            args, kwargs = given_by(step) if changed else ([], {})
            before = dict(enumerate([*args, *kwargs.values()]))
            expect(changed.keys() <= before.keys(), "an argument that is not there")
            raised = received_exception(told["raised"]) if "raised" in told else None
            returned = None if raised else decoder.read(told["returned"])
            found.append(Outcome(raised, returned, changed, {place: before[place] for place in changed}))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError, OverflowError) as error:
        raise Malformed("a trace that cannot be read") from error
    expect(len(found) == len(case["steps"]) or ended_early(found, case), "a trace that breaks off")
    return found


def received_exception(data: Any) -> Raised:
    """Read an exception; Malformed if it is none, or says of itself that it is our time limit."""
    raised = decode_exception(data)
    expect(isinstance(raised, Raised) and raised.types, "an exception that is none")
    expect(not raised.timed_out or raised.types == TIMED_OUT, "a time limit that is none")
    return raised


def ended_early(found: Outcomes, case: dict) -> bool:
    """Whether no call can have followed: the last one did not end, or there is no instance to call."""
    raised = found[-1].raised
    return bool(raised) and (raised.timed_out or bool(case.get("new")) and len(found) == 1)


def step_difference(step: Step, right: Outcome, given: Outcome, tolerance: Tolerance) -> Difference:
    """Compare what came of one step; the message goes on after the name of the call."""
    due = f" should raise {right.raised.types[0]}, and" if right.raised else ""
    if given.raised and given.raised.timed_out:
        return far(f"{due} {given.raised.message}")
    if given.raised and not (right.raised and right.raised.types[0] in given.raised.types):
        said = f"{given.raised.types[0]}: {given.raised.message}".rstrip(": ")
        return far(f"{due} raised {said}")
    if right.raised and not given.raised:
        return far(f" should raise {right.raised.types[0]}, and did not")
    largest = Difference(0.0)
    if not right.raised:
        what = f"the attribute {step.name}" if step.is_attribute else "what it returns"
        largest = difference(right.returned, given.returned, tolerance, what)
    for place in sorted({*right.changed, *given.changed}):
        if largest.size > 1:
            break
        name, before = named(step, place), (right.before | given.before)[place]
        mine, theirs = right.changed.get(place, before), given.changed.get(place, before)
        changed = difference(mine, theirs, tolerance, f"argument {name} after the call")
        if changed.size > 1 and place not in right.changed:
            return far(f" has changed its argument {name}, and should not")
        if changed.size > 1 and place not in given.changed:
            return far(f" should change its argument {name}, and did not")
        largest = max(largest, changed, key=lambda one: one.size)
    return Difference(largest.size, f": {largest.message}" if largest.message else "")


def is_telling(outcome: Outcome) -> bool:
    """Whether few mistakes lead to an outcome: it is more than an exception, yes or no, a small number, or nothing."""
    return any(map(is_rare, (outcome.returned, *outcome.changed.values())))


def is_rare(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(is_rare, value))
    if isinstance(value, (str, bytes)):
        return len(value) > 2
    if not is_number(value) or isinstance(value, (complex, np.complexfloating)):
        return is_number(value)
    return math.isfinite(value) and (abs(value) >= 10 or value != int(value))


def named(step: Step, place: int) -> str:
    """Return the name of an argument, or its number."""
    names = list(step.kwargs)
    return names[place - len(step.args)] if place >= len(step.args) else str(place + 1)


def where_of(subject: str, case: Case, place: int) -> str:
    """Return what was called when something was wrong, as a student would write it."""
    step, first = case.steps[place], case.steps[0]
    if not case.makes_instance:
        shown = f"{subject}{written(step)}"
        return shown if len(case.steps) == 1 else f"call {place + 1}, {shown}"
    if not place:
        return f"{subject}{written(first)}"
    called = "" if not step.name and place == 1 else f".{step.name or '__call__'}"
    last = called if step.is_attribute else f"{called}{written(step)}"
    return f"{subject}{written(first)}{'' if place == 1 else ' ... '}{last}"


def written(step: Step) -> str:
    """Return the arguments of a call as source, short."""
    shown = [argument(value) for value in step.args] + [f"{name}={argument(v)}" for name, v in step.kwargs.items()]
    text = f"({', '.join(shown)})"
    return text if len(text) <= 2 * LONGEST_ARGUMENTS else "(...)"


def argument(value: Any) -> str:
    """Return an argument as source, or what it is where that is long."""
    if callable(value):
        return public_name(value).replace("numpy.", "np.").removeprefix("builtins.")
    text = in_one_line(repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value))
    if len(text) <= LONGEST_ARGUMENTS and " raised " not in text:  # a page looks for the first, and quotes what follows
        return text
    if isinstance(value, np.ndarray):
        return f"<an array of shape {value.shape}>"
    if isinstance(value, str):
        return f"<a text of {len(value)} characters>"
    return f"<a {type(value).__name__} of {len(value)}>" if hasattr(value, "__len__") else f"<a {type(value).__name__}>"


def fault_of(step: Step, outcome: Outcome) -> str:
    """Say why nobody can be compared with what came of a step of the instructor's solution; empty if they can."""
    raised = outcome.raised
    if raised and raised.timed_out:
        return raised.message
    if step.raises not in (raised.types if raised else ("",)):
        if raised is None:
            return f"raised nothing, and the case says .raises({step.raises})"
        said = f"{raised.types[0]}: {raised.message}".rstrip(": ")
        if step.raises:
            return f"raised {said}; and the case says .raises({step.raises})"
        return f"raised {said}; is that meant? then add .raises({raised.types[0]})"
    odd = next(odds([outcome.returned, *outcome.changed.values()]), None)
    return f"gives {odd.what}, with which nothing can be compared" if odd else ""


def odds(values: Iterable[Any]) -> Iterator[Odd]:
    """Find what cannot be compared, at any depth."""
    for value in values:
        if isinstance(value, Odd):
            yield value
        elif isinstance(value, dict):
            yield from odds([*value.keys(), *value.values()])
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield from odds(list(value))
        elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
            yield from odds(value.ravel().tolist())
