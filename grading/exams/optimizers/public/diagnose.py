"""What a class behaves like, in words and as a small picture."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.core.tensor import Tensor

from .case import Case
from .fingerprint import agree, fields, fingerprint
from .trace import Trace, make_trace

RECORDED = Path(__file__).with_name("fingerprints.npz")


@dataclass(frozen=True)
class Diagnosis:
    """What a class behaves like.

    Attributes
    ----------
    subject : str
    is_right : bool
        On the public cases; the checks that grade you ask for more.
    belief, hint : str
        The known mistake whose trace is the same, and a question that helps; empty if there is none.
    where : str
        Where the behavior leaves the right one; empty if it does not.
    unwritten : str
        The method that still raises NotImplementedError there; empty if it is another matter.
    case : Case or None
        In which case.
    yours, right : ndarray, shape (number of calls, number of values)
        The values of all parameters after every call of that case; not a number where there are none.
    call : int
        The call after which the two part.
    """

    subject: str
    is_right: bool
    belief: str = ""
    hint: str = ""
    where: str = ""
    unwritten: str = ""
    case: Case | None = None
    yours: np.ndarray | None = None
    right: np.ndarray | None = None
    call: int = 0


@cache
def recorded() -> tuple[dict, dict]:
    """The recorded fingerprints, and what they are about."""
    with np.load(RECORDED) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(str(arrays.pop("about"))), arrays


def compare(subject: type) -> Diagnosis:
    """Compare a class with the recorded behaviors.

    Parameters
    ----------
    subject : type
        A class named Optimizer, SGD, Adam or AdamW.

    Raises
    ------
    ValueError
        If it is something else.
    """
    about, _ = recorded()
    name = getattr(subject, "__name__", type(subject).__name__)
    if not isinstance(subject, type) or name not in about:
        raise ValueError(f"diagnose takes one of the classes {', '.join(about)}, as in diagnose({next(iter(about))})")
    return compare_traces(name, lambda case: make_trace(case, subject, Tensor))


def compare_traces(name: str, run: Callable[[Case], Trace]) -> Diagnosis:
    """Compare the traces that a class leaves of the public cases with the recorded behaviors.

    Parameters
    ----------
    name : str
        Of the class.
    run : callable
        Makes the trace of a case. Where it runs the class is its own affair.
    """
    about, arrays = recorded()
    cases = [Case.from_data(data) for data in about[name]["cases"]]
    traces = [run(case) for case in cases]
    values = [fingerprint(case, trace) for case, trace in zip(cases, traces, strict=True)]

    right = np.all([agree(values[k], arrays[f"{name}.{k}.right"]).all(axis=1) for k in range(len(cases))], axis=0)
    if right.any():
        return Diagnosis(name, is_right=True)
    known = np.all([agree(values[k], arrays[f"{name}.{k}.mutants"]).all(axis=1) for k in range(len(cases))], axis=0)
    belief, hint = about[name]["hints"][int(np.argmax(known))] if known.any() else ("", "")

    # where it parts: in the first case that no right behavior explains, from the one that explains the most of it
    agreements = [agree(values[k], arrays[f"{name}.{k}.right"]) for k in range(len(cases))]
    k = next((k for k, agreement in enumerate(agreements) if not agreement.all(axis=1).any()), len(cases) - 1)
    case, per_call = cases[k], len(values[k]) // len(cases[k].calls)
    first_off = [int(np.argmin(np.append(line, False))) for line in agreements[k]]
    nearest = int(np.argmax(first_off))
    call = min(first_off[nearest] // per_call, len(case.calls) - 1)
    is_param = fields(case)[:per_call] == "params"

    def params(numbers):
        rows = np.reshape(numbers, (len(case.calls), per_call))[:, is_param].astype(float)
        return np.where(rows <= -1e30, np.nan, rows)

    yours, way = params(values[k]), params(arrays[f"{name}.{k}.right"][nearest])
    raised = traces[k].moments[call].raised if call < len(traces[k].moments) else None
    method = {"put": "set_momentum_state"}.get(case.calls[call].do, case.calls[call].do)
    unwritten = method if raised and "NotImplementedError" in raised.types else ""
    return Diagnosis(name, False, belief, hint, case.describe(call), unwritten, case, yours, way, call)


def diagnose(subject: Any) -> None:
    """Say what an optimizer behaves like, and show where it leaves the right way.

    Parameters
    ----------
    subject : type
        Your class Optimizer, SGD, Adam or AdamW.
    """
    found = compare(subject)
    if found.is_right:
        print(f"{found.subject} behaves like none of the known mistakes, and as it should on the public cases.")
        return
    if found.unwritten:
        print(f"{found.subject}.{found.unwritten}() is not written yet.")
        return
    if found.belief:
        print(f"{found.subject} behaves like this known mistake: {found.belief}.\n{found.hint}")
    else:
        print(f"{found.subject} behaves like none of the known mistakes, but not as it should.")
    print(f"It first differs {found.where}.")
    show(found)


@dataclass(frozen=True)
class Parting:
    """One entry of a parameter on its way, beside the right way: a point for each call of new, step or zero_grad.

    Attributes
    ----------
    yours, right : ndarray, shape (number of points,)
        Not a number where there is none.
    point : int
        The point at which the two part.
    """

    yours: np.ndarray
    right: np.ndarray
    point: int


def parting(found: Diagnosis) -> Parting | None:
    """The entry that leaves the right way most; None if all values are right.

    Then what differs is state, a count or an exception, and no picture of values shows it.
    """
    if found.is_right:
        return None
    steps = [i for i, call in enumerate(found.case.calls) if call.do in ("new", "step", "zero_grad") and call.on == "a"]
    with np.errstate(all="ignore"):
        off = np.abs(found.yours - found.right)[steps]
    if len(steps) < 3 or not np.nanmax(np.where(np.isfinite(off), off, np.nan), initial=0.0) > 0:
        return None
    worst = int(np.nanargmax(np.nanmax(np.where(np.isfinite(off), off, 0.0), axis=0)))
    point = next((i for i, call in enumerate(steps) if call >= found.call), len(steps) - 1)
    return Parting(found.yours[steps, worst], found.right[steps, worst], point)


def show(found: Diagnosis) -> None:
    """Draw the parameter that leaves the right way most, beside that way."""
    drawn = parting(found)
    if drawn is None:
        return
    import matplotlib.pyplot as plt  # here, so that whoever only compares needs no matplotlib

    fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(drawn.right, color="#0072B2", marker="o", ms=7, mfc="white", label="a right optimizer")
    ax.plot(drawn.yours, color="#D55E00", marker="s", ms=4, ls="--", label="yours")
    ax.axvline(drawn.point, color="0.6", lw=1, ls=":")
    ax.set(xlabel="call of step() or zero_grad()", ylabel="value of one parameter entry",
           title=f"{found.subject}: where the two part (dotted)")  # fmt: skip
    ax.legend(frameon=False)
    plt.show()
