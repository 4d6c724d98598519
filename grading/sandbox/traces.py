"""Traces and outputs as they come from a child, which may send anything: only what has the right form is let in."""

import re
from typing import Any

import numpy as np
from diagnosis.case import Case
from diagnosis.data import Odd, Raised, decode, writable
from diagnosis.trace import BUFFERS, LARGEST, SETTINGS, Moment, Trace
from nbformat.v4 import new_output

LONGEST = 1000  # names and messages
DEEPEST = 100  # levels of nesting; what a notebook shows has a few, and Python can copy and write a few hundred


class Malformed(Exception):
    """Not what a child would send that runs our code."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Malformed(what)


def storable(data: Any, levels: int = DEEPEST) -> Any:
    """JSON as a file can hold it: with a question mark for half a surrogate pair, and no deeper than can be written.

    Raises
    ------
    Malformed
        If it is deeper, or if a text in it has more than so many characters.
    """
    expect(levels > 0, "data that are nested too deeply")
    match data:
        case str():
            return writable(data)
        case list():
            return [storable(item, levels - 1) for item in data]
        case dict():
            return {writable(key): storable(item, levels - 1) for key, item in data.items()}
    return data


def received_answer(data: Any) -> float | Odd:
    """The answer to a question that asks for a number, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If it is neither a number nor said to be something else.
    """
    try:
        answer = decode(data)
    except (RecursionError, TypeError, ValueError, OverflowError) as error:
        raise Malformed("an answer that cannot be read") from error
    expect(type(answer) in (float, Odd), "an answer that cannot be read")
    return answer


def received_trace(data: Any, case: Case) -> Trace:
    """The trace of a case, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If it is no trace, or not one of this case.
    """
    try:
        moments = [Moment(**{name: decode(value) for name, value in moment.items()}) for moment in data["moments"]]
        signature = decode(data["signature"])
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise Malformed("a trace that cannot be read") from error
    expect(0 < len(moments) <= len(case.calls), "a trace of another length")
    for index, moment in enumerate(moments):
        check_moment(moment, len(case.params), last=index == len(moments) - 1)
    if signature is not None:
        expect(isinstance(signature, list) and all(is_parameter(item) for item in signature), "a signature")
    return Trace(moments, signature)


def check_moment(moment: Moment, count: int, last: bool) -> None:
    """Raise Malformed if this is not what can be seen of an optimizer with `count` parameters after a call."""
    lists = (moment.params, moment.grads, moment.are_arrays, moment.requires_grad)
    expect(all(isinstance(values, list) for values in lists), "what is seen of the parameters")
    unseen = last and moment.raised is not None and not any(lists)  # no optimizer came about to be looked at
    expect(unseen or all(len(values) == count for values in lists), "another number of parameters")
    expect(moment.raised is None or is_raised(moment.raised), "an exception")
    expect(all(is_numbers(value) for value in [*moment.params, *moment.grads]), "what is no parameter or gradient")
    expect(all(type(flag) is bool for flag in [*moment.are_arrays, *moment.requires_grad]), "what is no flag")
    expect(type(moment.same_params) is bool, "what is no flag")
    expect(is_state(moment.returned) or type(moment.returned) is bool, "what is no answer")
    expect(is_state(moment.held), "what is no state")
    expect(isinstance(moment.buffers, dict) and set(moment.buffers) <= set(BUFFERS), "the names of buffers")
    expect(unseen or set(moment.buffers) == set(BUFFERS), "the names of buffers")
    expect(all(is_state(value) for value in moment.buffers.values()), "what are no buffers")
    expect(isinstance(moment.settings, dict) and set(moment.settings) <= set(SETTINGS), "the names of settings")
    expect(all(is_number(value) for value in moment.settings.values()), "what is no setting")
    count_seen = moment.step_count
    counted = type(count_seen) is int and abs(count_seen) < 10**9
    expect(count_seen is None or isinstance(count_seen, Odd) or counted, "what is no count")


def is_raised(value: Any) -> bool:
    if not isinstance(value, Raised) or not 0 < len(value.types) <= LONGEST:
        return False
    return all(len(text) <= LONGEST for text in (value.message, *value.types))


def is_numbers(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or (isinstance(value, np.ndarray) and value.size <= LARGEST)


def is_state(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or isinstance(value, list) and all(is_numbers(b) for b in value)


def is_number(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or type(value) is float


def is_parameter(value: Any) -> bool:
    """Whether this is the name and default of a constructor's parameter."""

    def is_default(default: Any) -> bool:
        if type(default) is tuple:
            return all(is_default(item) for item in default)
        return type(default) in (bool, int, float, str, type(None), Odd)

    return type(value) is tuple and len(value) == 2 and type(value[0]) is str and is_default(value[1])


def received_outputs(data: Any) -> list:
    """The outputs of a cell as nbformat has them, out of data that anybody may have made.

    Raises
    ------
    Malformed
        If they are no outputs.
    """
    expect(isinstance(data, list) and all(isinstance(output, dict) for output in data), "outputs that are none")
    return [received_output(output) for output in storable(data)]


def received_output(data: dict) -> Any:
    kind = data.get("output_type")
    match data:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
            return new_output(kind, name=name, text=text)
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(frames)}:
            expect(all(isinstance(frame, str) for frame in frames), "a traceback that is not text")
            return new_output(kind, ename=name, evalue=value, traceback=frames)
        case {"output_type": "display_data" | "execute_result", "data": dict(shown), "metadata": dict(metadata)}:
            expect(all(is_shown(name, value) for name, value in shown.items()), "a picture that is none")
            more = {}
            if kind == "execute_result":
                count = data.get("execution_count")
                expect(type(count) is int and count >= 0, "a result without its number")
                more = {"execution_count": count}
            return new_output(kind, data=shown, metadata=harmless(metadata), **more)
    raise Malformed("an output of no known kind")


def harmless(metadata: dict) -> dict:
    """What of an output's metadata cannot be mistaken for HTML: pages put a picture's width there as it is."""
    kept = {}
    for name, value in metadata.items():
        if isinstance(value, dict):
            value = harmless(value)
        if type(value) in (bool, int, float, dict) or isinstance(value, str) and re.fullmatch(r"[\w.%-]*", value):
            kept[name] = value
    return kept


def is_shown(name: str, value: Any) -> bool:
    """Whether this is MIME data: text, or for JSON types anything."""
    return "/" in name and (isinstance(value, str) or re.fullmatch(r"application/([a-zA-Z0-9.+-]+\+)?json", name))
