"""Compare what a class does on the public cases with what was recorded."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from tinytorch.core.tensor import Tensor

from .behavior import SHOWN
from .case import Case
from .deviation import first_deviation
from .fingerprint import NOWHERE, Symptom, are_near, symptom
from .source import line_of
from .trace import Trace, make_trace
from .words import in_words, name_of, where

RECORDED = Path(__file__).with_name("fingerprints.npz")  # of known mistakes
RECORDED_RIGHT = Path(__file__).with_name("right_behavior.npz")
WRONG_ARGUMENT = Symptom(0, frozenset({"signature"}))


@dataclass(frozen=True)
class Diagnosis:
    """What was seen of a class.

    Attributes
    ----------
    subject : str
    is_right : bool
        Whether nothing wrong was seen on the public cases. The checks that grade use other numbers.
    looked_at : tuple of str
        What was looked at.
    cases : int
        In how many cases.
    belief, hint : str
        The known mistake whose trace is the same, and a question that helps; empty if there is none.
    where : str
        Where in `case` something wrong was seen first; empty if nowhere.
    differs : tuple of str
        What is wrong there; not what would be right.
    fields : tuple of str
        The same by the names of fields.
    raised : str
        The exception there, as a sentence; empty if there is none, or if it should be there.
    line : str
        The student's line that raised it; empty if it is not known.
    unwritten : str
        The method that still raises NotImplementedError there; empty if it is another matter.
    case : Case or None
    call : int
        The index of the call after which it was seen.
    yours, right : ndarray, shape (number of calls, number of values)
        Values of the parameters after every call of that case; not a number where none is recorded.
    """

    subject: str
    is_right: bool
    looked_at: tuple[str, ...] = ()
    cases: int = 0
    belief: str = ""
    hint: str = ""
    where: str = ""
    differs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    raised: str = ""
    line: str = ""
    unwritten: str = ""
    case: Case | None = None
    call: int = 0
    yours: np.ndarray | None = None
    right: np.ndarray | None = None


def load(path: Path) -> tuple[dict, dict]:
    """A recorded file: what its arrays are about, and the arrays."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(str(arrays.pop("about"))), arrays


@cache
def recorded() -> tuple[dict, dict]:
    """The recorded fingerprints of known mistakes, and what they are about."""
    return load(RECORDED)


@cache
def recorded_right() -> tuple[dict, dict]:
    """What was recorded of right optimizers, and what it is about."""
    return load(RECORDED_RIGHT)


@cache
def public_cases(name: str) -> list[Case]:
    """The cases in which a class is looked at."""
    return [Case.from_data(one["case"]) for one in recorded_right()[0][name]["cases"]]


def compare(subject: type) -> Diagnosis:
    """Compare a class with the recorded behaviors.

    Parameters
    ----------
    subject : type
        A class named Optimizer, SGD, Adam or AdamW; or one built on such a class, which is then compared as that one.

    Raises
    ------
    ValueError
        If it is something else.
    """
    about, _ = recorded()
    kinds = subject.__mro__ if isinstance(subject, type) else ()
    name = next((kind.__name__ for kind in kinds if kind.__name__ in about), None)
    if name is None:
        raise ValueError(f"diagnose takes one of the classes {', '.join(about)}, as in diagnose({next(iter(about))})")
    errors: list[BaseException] = []
    last: list[Trace] = []

    def run(case: Case) -> Trace:
        errors.clear()
        last[:] = [make_trace(case, subject, Tensor, on_error=errors.append)]
        return last[0]

    found = first_difference(name, run)
    if found.raised:
        before = [moment.raised for moment in last[0].moments[: found.call] if moment.raised]
        line = line_of(errors[len(before)], subject) if len(before) < len(errors) else ""
        found = replace(found, line=line)
    if found.is_right or found.unwritten:
        return found
    belief, hint = known_mistake(name, list(symptoms(name, run, skip=found.cases - 1)))
    return replace(found, belief=belief, hint=hint)


def first_difference(name: str, run: Callable[[Case], Trace]) -> Diagnosis:
    """Find where the traces that a class leaves of the public cases first differ from those of right optimizers.

    Parameters
    ----------
    name : str
        Of the class.
    run : callable
        Makes the trace of a case. Where it runs the class is its own affair.
    """
    about, arrays = recorded_right()
    looked_at, cases = tuple(about[name]["looked_at"]), about[name]["cases"]
    for k, (one, case) in enumerate(zip(cases, public_cases(name), strict=True)):
        trace = run(case)
        right, tolerance = arrays[f"{name}.{k}.right"], arrays[f"{name}.{k}.tolerance"]
        found = difference(case, trace, one, right, tolerance, about[name]["interface"])
        if found is not None:
            return replace(found, looked_at=looked_at, cases=k + 1)
    return Diagnosis(name, is_right=True, looked_at=looked_at, cases=len(cases))


def difference(
    case: Case, trace: Trace, one: dict, right: np.ndarray, tolerance: np.ndarray, interface: list
) -> Diagnosis | None:
    """Find what differs after the first call at which a trace is like that of no right optimizer; None if none is.

    Parameters
    ----------
    case : Case
    trace : Trace
    one : dict
        What is recorded of the case: for each entry, which of the lists of ``kinds`` holds the facts that are right.
    right, tolerance : ndarray, shape (number of right behaviors, number of numbers)
    interface : list
        The name and the default of each argument of the constructor.
    """
    if argument := wrong_argument(trace, interface):
        place = case.describe(0)
        return Diagnosis(case.subject, False, where=place, differs=(argument,), fields=("signature",), case=case)
    first = first_deviation(case, trace, one, right, tolerance)
    if first is None:
        return None
    call, there = first.call, first.there
    moment = trace.moments[call] if call < len(trace.moments) else None
    raised = moment.raised if moment and there[0].field == "raised" else None
    is_unwritten = raised and "NotImplementedError" in raised.types
    values = {e.call: [] for e in first.seen}
    for (e, own), (_, best) in zip(first.grouped(first.numbers), first.grouped(first.right), strict=True):
        if e.field == "params":
            values[e.call] += list(zip(own, best, strict=True))[:SHOWN]
    empty = [(np.nan, np.nan)] * max(map(len, values.values()))
    curves = np.array([values.get(i) or empty for i in range(len(case.calls))]).reshape(len(case.calls), -1, 2)
    return Diagnosis(
        case.subject, False, where=where(case, call), differs=tuple(in_words(case, call, there, bool(raised))),
        raised=f"{name_of(case, call)} raised {raised.types[0]}: {raised.message}".rstrip(": ") if raised else "",
        unwritten=name_of(case, call) if is_unwritten else "",
        fields=tuple(sorted({e.field for e in there})), case=case, call=call,
        yours=curves[..., 0], right=curves[..., 1],
    )  # fmt: skip


def wrong_argument(trace: Trace, interface: list) -> str:
    """The first argument of the constructor that is not that of the interface, in words; empty if none is."""
    for i, (name, value) in enumerate(interface):
        if trace.signature is None or i >= len(trace.signature):
            return f"the arguments of the constructor, among which {name} is missing"
        their_name, default = trace.signature[i]
        if their_name != name:
            return f"argument {i + 1} of the constructor: its name or its place (yours: {their_name})"
        if name != "params" and (list(default) if isinstance(default, tuple) else default) != value:
            return f"the default of {name} (yours: {default})"
    return ""


def symptoms(name: str, run: Callable[[Case], Trace], skip: int = 0) -> Iterator[Symptom]:
    """What is wrong with a class in each public case, up to one that does not end.

    Parameters
    ----------
    name : str
        Of the class.
    run : callable
        Makes the trace of a case.
    skip : int
        In so many of the first cases nothing is wrong.
    """
    about, arrays = recorded_right()
    for k, case in enumerate(public_cases(name)):
        if k < skip:
            yield Symptom()
            continue
        trace = run(case)
        if wrong_argument(trace, about[name]["interface"]):
            yield WRONG_ARGUMENT
            continue
        right, tolerance = arrays[f"{name}.{k}.right"], arrays[f"{name}.{k}.tolerance"]
        yield symptom(first_deviation(case, trace, about[name]["cases"][k], right, tolerance), trace)
        if any(moment.raised and moment.raised.timed_out for moment in trace.moments):
            return


def known_mistake(name: str, seen: list[Symptom]) -> tuple[str, str]:
    """The belief and the hint of the known mistake that explains what was seen.

    It is one that is wrong in every case as the class is. If there is none, the class may make several mistakes: then
    it is one that is wrong as the class is in the first case that shows anything, and whose own symptoms all show in
    the others. Two different mistakes that explain the same are no explanation.

    Parameters
    ----------
    name : str
        Of the class.
    seen : list of Symptom
        By case; as many as are known.

    Returns
    -------
    belief, hint : str
        Empty if there is none.
    """
    about, arrays = recorded()
    count, whats = len(seen), [frozenset(what) for what in about[name]["whats"]]
    calls, what = arrays[f"{name}.calls"][:, :count], arrays[f"{name}.whats"][:, :count].astype(int)
    sizes = arrays[f"{name}.sizes"][:, :count]
    own = np.array([s.call for s in seen])
    is_right = calls == NOWHERE
    same_what = np.array([[other == s.what for other in whats] for s in seen]).T
    within = np.array([[other <= s.what for other in whats] for s in seen]).T
    near = np.stack([are_near(sizes[:, k], s.sizes) for k, s in enumerate(seen)], axis=1)
    index = np.arange(count)
    same = (calls == own) & (is_right | same_what[what, index] & near.all(axis=2))
    shows = (own != NOWHERE) & (own < calls) | (calls == own) & within[what, index] & near[..., 0]
    first = int(np.argmax(own != NOWHERE))
    explains = same.all(axis=1)
    if not explains.any():
        explains = same[:, first] & (is_right | shows).all(axis=1)
    said = {tuple(about[name]["hints"][k]) for k in np.array(about[name]["mistakes"])[explains]}
    return said.pop() if len(said) == 1 else ("", "")
