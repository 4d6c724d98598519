"""Traces and outputs as they come from a child, which may send anything: only what has the right form is let in."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from diagnosis.case import Case
from diagnosis.data import Odd, Raised, Shelved, decode, writable
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
    moments, fields = [], {}
    try:
        expect(0 < len(data["moments"]) <= len(case.calls), "a trace of another length")
        expect(data["moments"][0].keys() == SOUND.keys(), "a trace whose beginning is missing")
        shelf = Shelved(data["arrays"])
        for changed in data["moments"]:
            changed = {name: decode(value, shelf) for name, value in changed.items()}
            for name, value in changed.items():
                expect(SOUND[name](value), f"what is no {name}")
            fields = fields | changed
            moments.append(Moment(**fields))
        signature = decode(data["signature"])
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise Malformed("a trace that cannot be read") from error
    for index, moment in enumerate(moments):
        check_lengths(moment, len(case.params), last=index == len(moments) - 1)
    if signature is not None:
        expect(isinstance(signature, list) and all(is_parameter(item) for item in signature), "a signature")
    return Trace(moments, signature)


def check_lengths(moment: Moment, count: int, last: bool) -> None:
    """Raise Malformed if this is not what can be seen of an optimizer with `count` parameters after a call."""
    lengths = {len(moment.params), len(moment.grads), len(moment.are_arrays), len(moment.requires_grad)}
    if lengths == {0} and last and moment.raised:
        return  # no optimizer came about to be looked at
    expect(lengths == {count}, "another number of parameters")
    expect(len(moment.buffers) == len(BUFFERS), "the names of buffers")


def is_exception(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, Raised) or not 0 < len(value.types) <= LONGEST:
        return False
    return all(len(text) <= LONGEST for text in (value.message, *value.types))


def is_numbers(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or (isinstance(value, np.ndarray) and value.size <= LARGEST)


def is_state(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or isinstance(value, list) and all(is_numbers(b) for b in value)


def is_number(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or type(value) is float


def is_list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(kind(item) for item in value)


def is_flag(value: Any) -> bool:
    return type(value) is bool


def is_count(value: Any) -> bool:
    return value is None or isinstance(value, Odd) or type(value) is int and abs(value) < 10**9


def is_dict_of(names: tuple[str, ...], kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and value.keys() <= set(names) and all(kind(item) for item in value.values())
    )


# What each field of a moment can be.
SOUND = {
    "raised": is_exception,
    "returned": lambda value: is_state(value) or is_flag(value),
    "params": is_list_of(is_numbers),
    "grads": is_list_of(is_numbers),
    "buffers": is_dict_of(BUFFERS, is_state),
    "settings": is_dict_of(SETTINGS, is_number),
    "step_count": is_count,
    "held": is_state,
    "are_arrays": is_list_of(is_flag),
    "requires_grad": is_list_of(is_flag),
    "same_params": is_flag,
}


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
