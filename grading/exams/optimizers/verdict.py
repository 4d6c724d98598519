"""A verdict: whether a trace is what it must be, and if not, where it left the oracle and by how much."""

from typing import Any

import numpy as np
from diagnosis.case import Call, Case
from diagnosis.trace import Moment, Trace
from tracing.data import Odd, Raised

from grading.examiner import FAR, Deviation

from .oracle import DEFAULTS, ROUNDING, Choice, Expected, choices, expectations
from .rows import Rows

WORDS = {
    "params": "the value",
    "momentum_buffers": "the velocity (momentum_buffers)",
    "m_buffers": "the average of the gradient (m_buffers)",
    "v_buffers": "the average of the squared gradient (v_buffers)",
    "held": "the state that the caller holds",
}


def wrong(call: int, field: str, message: str) -> Deviation:
    return Deviation(FAR, call, field, message)


def deviation(case: Case, trace: Trace, fields: frozenset[str], enough: float = 0.02) -> Deviation:
    """How far a trace is from the oracle, in the fields that a check is about.

    Where two behaviors are right, it is measured from the nearer one, or from the first that is as near as `enough`,
    which rounding in float32 explains.
    """
    found, rows = [], Rows(case)
    rows.learn(values for m in trace.moments for values in (m.params, m.held, *m.buffers.values()))
    for choice in choices(case):
        found.append(follow(case, trace, fields, choice, rows))
        if found[-1].size <= enough:
            return found[-1]
    # if all are wrong, the behavior that explains the most of the trace; then the nearest
    return min(found, key=lambda d: (0, d.size) if d.is_right else (len(case.calls) - d.call, d.size))


def follow(case: Case, trace: Trace, fields: frozenset[str], choice: Choice, rows: Rows) -> Deviation:
    """The first deviation from the oracle that is wrong, or the largest one that is right."""
    if "signature" in fields and (message := signature_fault(case, trace)):
        return wrong(0, "signature", message)
    largest, before = Deviation(0.0), {}
    if trace.moments and not trace.moments[0].params and trace.moments[0].raised:
        return wrong(0, "raised", exception_fault(case, case.calls[0], trace.moments[0].raised))
    compared = [[] for _ in case.calls]
    for expected in expectations(case, trace, choice, rows):
        for row, size in enumerate(compare(trace, expected, fields, rows)):
            compared[expected.calls[row]].append((expected, row, size))
    for index, (call, moment) in enumerate(zip(case.calls, trace.moments, strict=False)):
        wrongs = [
            fault(case, call, moment, before.get(call.on), fields, index),
            twin_fault(call, moment, before.get("a"), index) if "twin" in fields else None,
        ]
        for expected, row, size in compared[index]:
            if not size <= 1:  # nor is it where something cannot be measured
                wrongs.append(explain(case, moment, expected, row, fields, rows))
            elif size > largest.size:
                largest = Deviation(size, index, expected.field)
        if wrongs := [d for d in wrongs if d and not d.is_right]:
            return max(wrongs, key=lambda d: d.size)
        before[call.on] = moment
    if len(trace.moments) < len(case.calls):
        return wrong(len(trace.moments) - 1, "raised", "the optimizer could not be used any further")
    return largest


def fault(case: Case, call: Call, moment: Moment, before: Moment | None, fields, index: int) -> Deviation | None:
    """What is wrong after a call apart from the numbers: exceptions, answers, gradients written to, types."""
    if message := exception_fault(case, call, moment.raised):
        return wrong(index, "raised", message)
    if "returned" in fields and (message := answer_fault(case, call, moment)):
        return wrong(index, "returned", message)
    if "settings" in fields and call.do == "new" and (message := settings_fault(case, call, moment)):
        return wrong(index, "settings", message)
    if "same_params" in fields and not moment.same_params:
        return wrong(
            index, "same_params", f"{case.describe(index)}, optimizer.params no longer holds the tensors it was given"
        )
    if "same_params" in fields and not all(moment.requires_grad):
        return wrong(index, "same_params", f"{case.describe(index)}, a parameter no longer requires a gradient")
    if "step_count" in fields:
        steps = 0 if case.subject == "Optimizer" else case.steps(index)
        if moment.step_count != steps:
            seen = moment.step_count.what if isinstance(moment.step_count, Odd) else moment.step_count
            return wrong(
                index,
                "step_count",
                f"{case.describe(index)}, step_count does not say how often step() was called: {seen}",
            )
    if "grads" in fields and before and call.do not in ("gradients", "zero_grad", "new", "resume"):
        for i, (then, now) in enumerate(zip(before.grads, moment.grads, strict=True)):
            if not same(then, now):
                return wrong(
                    index,
                    "grads",
                    f"{case.describe(index)}, the gradient of parameter {i + 1} is not what it was before",
                )
    if "cleared" in fields and call.do == "zero_grad":
        left = [str(i + 1) for i, grad in enumerate(moment.grads) if grad is not None]
        if left:
            return wrong(
                index,
                "grads",
                f"{case.describe(index)}, grad is not None for parameter {', '.join(left)} of {len(case.params)}",
            )
    if "dtype" in fields and not all(moment.are_arrays):
        i = moment.are_arrays.index(False)
        return wrong(index, "dtype", f"{case.describe(index)}, the data of parameter {i + 1} is no longer an array")
    if "dtype" in fields:
        for i, (param, start) in enumerate(zip(moment.params, case.params, strict=True)):
            if isinstance(param, np.ndarray) and (param.dtype, param.shape) != (start.dtype, start.shape):
                return wrong(
                    index,
                    "dtype",
                    f"{case.describe(index)}, parameter {i + 1} is {param.dtype} of shape {param.shape}; "
                    f"it was {start.dtype} of shape {start.shape}",
                )
    if "moves" in fields and call.do == "step" and before:
        for i, (then, now) in enumerate(zip(before.params, moment.params, strict=True)):
            if before.grads[i] is not None and same(then, now):
                return wrong(
                    index, "params", f"{case.describe(index)}, parameter {i + 1} has a gradient and did not move"
                )
    return None


def twin_fault(call: Call, moment: Moment, first: Moment | None, index: int) -> Deviation | None:
    """Whether an optimizer that took over another's state goes on exactly as that one did."""
    if call.do != "step" or call.on == "a":
        return None
    for i, (own, other) in enumerate(zip(moment.params, first.params, strict=True)):
        alike = isinstance(own, np.ndarray) and isinstance(other, np.ndarray) and own.shape == other.shape
        if not (alike and np.allclose(own, other, rtol=ROUNDING, atol=0)):
            return wrong(
                index, "params", f"the resumed run does not go on as the first one did: parameter {i + 1} differs"
            )
    return None


def exception_fault(case: Case, call: Call, raised: Raised | None) -> str:
    """What is wrong with a call that raised, or that should have."""
    if call.do == "put" and isinstance(call.value, list):
        wrong_state = len(call.value) != len(case.params) or any(
            b is not None and b.shape != p.shape for b, p in zip(call.value, case.params, strict=True)
        )
        momentum = next(c.value[1] for c in case.calls if c.do in ("new", "resume") and c.on == call.on).get("momentum")
        if wrong_state and momentum:
            if raised is None:
                return "set_momentum_state accepted a state of the wrong length or with a wrong shape"
            if "ValueError" not in raised.types:
                return f"set_momentum_state refused a wrong state with {raised.types[0]} where ValueError is promised"
            return ""
    if call.do == "step" and case.subject == "Optimizer":
        if raised is None:
            return "Optimizer.step() should raise NotImplementedError: only a subclass knows how to step"
        return "" if "NotImplementedError" in raised.types else f"Optimizer.step() raised {raised.types[0]}"
    unfinished = raised is not None and "NotImplementedError" in raised.types
    if raised is None or (call.do == "zero_grad" and case.subject != "Optimizer" and unfinished):
        return ""  # whether zero_grad is written is asked of Optimizer, and costs nothing anywhere else
    name = {
        "new": f"{case.subject}(...)",
        "resume": f"{case.subject}(...)",
        "put": "set_momentum_state(...)",
        "steps": "step()",
        "set": "setting an attribute",
        "gradients": "giving a parameter its gradient",
        "load": "giving a parameter new values",
        "overwrite": "writing into the state",
    }.get(call.do, f"{call.do}()")
    if raised.timed_out:
        return f"{name} {raised.message}"
    return f"{name} raised {raised.types[0]}: {raised.message}".rstrip(": ")


def answer_fault(case: Case, call: Call, moment: Moment) -> str:
    """What is wrong with what a state method returned."""
    settings = next(c.value[1] for c in case.calls if c.do in ("new", "resume") and c.on == call.on)
    momentum = bool(settings.get("momentum", 0.0))
    if call.do == "has_momentum" and moment.returned is not momentum:
        return f"has_momentum() should be {momentum} {'with' if momentum else 'without'} momentum"
    if call.do == "get_momentum_state":
        if not momentum:
            return "" if moment.returned is None else "get_momentum_state() should return None without momentum"
        if not isinstance(moment.returned, list) or len(moment.returned) != len(case.params):
            return "get_momentum_state() should return a list with one entry for each parameter"
    return ""


def settings_fault(case: Case, call: Call, moment: Moment) -> str:
    """Whether the constructor keeps its arguments where the interface says."""
    arguments, settings = call.value
    wanted = {**DEFAULTS[case.subject], **dict(zip(DEFAULTS[case.subject], arguments, strict=False)), **settings}
    if "betas" in wanted:
        wanted["beta1"], wanted["beta2"] = wanted.pop("betas")
    for name, value in wanted.items():
        if moment.settings.get(name) is None:
            return f"{case.subject} has no attribute {name}"
        if isinstance(moment.settings[name], Odd) or not np.isclose(moment.settings[name], value, rtol=1e-6, atol=0):
            given = "what was given" if arguments or settings else "the default"
            return f"{case.subject}'s attribute {name} is not {given}"
    return ""


def signature_fault(case: Case, trace: Trace) -> str:
    """Whether the constructor has the arguments of the interface, in its order and with its defaults."""
    if trace.signature is None:
        return f"{case.subject} is not a class that can be constructed"
    wanted = [("params", None), *DEFAULTS[case.subject].items()]
    for (name, default), (their_name, their_default) in zip(wanted, trace.signature, strict=False):
        if name != their_name:
            return f"{case.subject}(...) has {their_name!r} where the interface has {name!r}"
        if name != "params" and their_default != default:
            return f"the default of {case.subject}'s {name} is not that of the interface"
    if len(trace.signature) < len(wanted):
        return f"{case.subject}(...) has no argument {wanted[len(trace.signature)][0]!r}"
    return ""


def shown(moment: Moment, name: str) -> Any:
    return {"params": moment.params, "held": moment.held}.get(name, moment.buffers.get(name))


def compare(trace: Trace, expected: Expected, fields: frozenset[str], rows: Rows) -> list[float]:
    """How far what is seen is from what it must be, in units of the tolerance, for each call; nan if it is no numbers.

    Of a field that the check is not about, only what is to stay as it was is compared, if the check is about that.
    """
    if not fields & {expected.field, "kept"}:
        return []
    seen = [rows.of(shown(trace.moments[call], expected.field)) for call in expected.calls]
    nothing = np.full(expected.value.shape[1], np.nan)
    off = np.abs(np.array([nothing if row is None else row for row in seen]) - expected.value) / expected.tolerance
    if expected.field not in fields:
        off = np.where(expected.kept, off, 0.0)
    return off.max(axis=1).tolist()


def explain(case: Case, moment: Moment, expected: Expected, row: int, fields: frozenset[str], rows: Rows) -> Deviation:
    """What is wrong after a call, of the parameter that is the furthest off."""
    index, name = expected.calls[row], expected.field
    seen = shown(moment, name)
    if name.endswith("buffers") and seen is None:
        return wrong(index, name, f"{case.subject} has no attribute {name}")
    found = [
        compare_parameter(case, seen, expected, row, i, rows)
        for i, part in enumerate(rows.parts)
        if name in fields or expected.kept[row, part].any()
    ]
    return max(found, key=lambda d: d.size)


def compare_parameter(case: Case, seen: Any, expected: Expected, row: int, i: int, rows: Rows) -> Deviation:
    """How far one parameter's values are from what they must be, in words."""
    index, name, shape, part = expected.calls[row], expected.field, rows.shapes[i], rows.parts[i]
    right, tolerance = expected.value[row, part].reshape(shape), expected.tolerance[row, part].reshape(shape)
    value = seen[i] if isinstance(seen, list) and i < len(seen) else Odd("missing")
    if value is None:
        value = np.zeros(shape)  # not made yet
    if isinstance(value, np.ndarray) and name == "params" and value.size == right.size:
        value = value.reshape(shape)  # a change of shape is the affair of the checks on gradients
    off = size = np.nan
    if isinstance(value, np.ndarray) and value.shape == shape:
        off = np.abs(value.astype(np.float64) - right)
        size = float(np.max(off / tolerance, initial=0.0))
        if size <= 1:
            return Deviation(size, index, name)

    what = f"{case.describe(index)}, {WORDS[name]} of parameter {i + 1} (shape {shape})"
    if isinstance(value, Odd):
        return wrong(index, name, f"{what} is {value.what}, not an array of numbers")
    if value.shape != shape:
        return wrong(index, name, f"{what} has become of shape {value.shape}")
    if not np.isfinite(off).all():
        return wrong(index, name, f"{what} is no longer finite")
    if expected.kept[row, part].all():
        return Deviation(size, index, name, f"{what} has changed, and should not have")
    step = float(np.max(np.abs(expected.step[row, part]), initial=0.0))
    return Deviation(size, index, name, f"{what} is off by {share(off, step)}")


def share(off: np.ndarray, step: float) -> str:
    """How much is wrong, as a part of what should have been added."""
    if step <= 0:
        return "all of its change: it should not have changed"
    ratio = float(np.max(off)) / step
    if ratio > 1e4:
        return "more than 10,000 times its right change"
    if ratio >= 2:
        return f"{ratio:.0f} times its right change"
    return f"{100 * ratio:.0f}% of its right change" if ratio >= 0.01 else "less than 1% of its right change"


def same(one, other) -> bool:
    """Whether two observations are equal to the last bit."""
    if one is other:
        return True
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and np.array_equal(one, other, equal_nan=True)
    return type(one) is type(other) and (one is None or one == other)
