"""A case and what a class did in it, call by call, beside what is right: for instructors."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from diagnosis.case import CONSTRUCTORS, Call, Case
from diagnosis.trace import Moment, Trace
from tracing.data import Odd

from grading.examiner import FAR, CallExplained, CaseExplained, Compared

from .comparison import MISSING, NumberComparison, distance, value_of
from .deviation import nearest_deviation
from .numeric_fields import KEPT, NUMERIC_FIELDS
from .oracle import all_settings
from .rows import Rows

MORE_CALLS = 3  # that are shown after the first wrong one
BUFFERS = {"SGD": ("momentum_buffers",), "Adam": ("m_buffers", "v_buffers"), "AdamW": ("m_buffers", "v_buffers")}
LABELS = {"params": "value", "held": "state in hand"}  # of what is no attribute of the optimizer
RIGHT_IS = "what must follow, in float64, from the student's own values before the call"
AVERAGES = ("m <- beta1 m + (1 - beta1) g", "v <- beta2 v + (1 - beta2) g^2")
ADAM_STEP = "step = lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps), where t counts the calls of step()"
NO_STEP = (
    "only step() changes the parameters and what the optimizer keeps of them; set_momentum_state changes the latter"
)
WITHOUT_GRADIENT = "a parameter whose grad is None stays as it is, with its buffers; all others move"
RULES = {  # by class and field
    "Optimizer": {"raised": ("the base class raises NotImplementedError in step(), and nothing else raises",)},
    "SGD": {
        "params": ("g = grad + weight_decay * param", "velocity <- momentum * velocity + g (without momentum: g)",
                   "param <- param - lr * velocity"),
        "momentum_buffers": ("g = grad + weight_decay * param", "velocity <- momentum * velocity + g"),
    },
    "Adam": {
        "params": ("g = grad + weight_decay * param", *AVERAGES, ADAM_STEP, "param <- param - step"),
        "m_buffers": ("g = grad + weight_decay * param", AVERAGES[0]),
        "v_buffers": ("g = grad + weight_decay * param", AVERAGES[1]),
    },
    "AdamW": {
        "params": ("g = grad, without any decay", *AVERAGES, ADAM_STEP,
                   "param <- (param - step) * (1 - lr * weight_decay), or the decay first: both are right"),
        "m_buffers": ("g = grad, without any decay", AVERAGES[0]),
        "v_buffers": ("g = grad, without any decay", AVERAGES[1]),
    },
}  # fmt: skip
GENERAL_RULES = {
    "held": ("a state that leaves the optimizer or enters it is a copy",),
    "grads": ("a gradient is read and never written to; zero_grad() sets every one to None",),
    "step_count": ("step_count is how often step() was called",),
    "settings": ("each argument is an attribute of its name; betas are beta1 and beta2",),
    "signature": ("names, order and defaults of the arguments are those of torch.optim",),
    "same_params": ("optimizer.params holds the very tensors that were given, and they still require a gradient",),
    "dtype": ("a parameter keeps its dtype and its shape, and its data is an array",),
    "state_dtype": ("what is kept of a parameter is an array of its dtype",),
    "raised": ("no call raises but those that must",),
    "returned": (
        "has_momentum() is True or False",
        "get_momentum_state() is a list of copies, or None without momentum",
    ),
    "buffer_names": ("what is kept of the parameters is a list under the name of the interface, from the start",),
}


@np.errstate(all="ignore")  # a trace may hold anything
def explained(case: Case, trace: Trace, fields: frozenset[str]) -> CaseExplained:
    """Explain a case.

    Parameters
    ----------
    case : Case
    trace : Trace
        Of this case.
    fields : frozenset of str
        What the check looks at.
    """
    found, behavior = nearest_deviation(case, trace, fields)
    wrong = None if found.is_right else found.call
    last = len(trace.moments) if wrong is None else wrong + 1 + MORE_CALLS
    moments, rows = trace.moments[:last], Rows(case)
    shown = frozenset({"params", *BUFFERS.get(case.subject, ()), *fields & {"held"}})
    numbers = NumberComparison(case, moments, shown, behavior, rows)
    calls = []
    for index, (call, moment) in enumerate(zip(case.calls, moments, strict=False)):
        compared = [*compared_facts(case, index, moments, fields), *compared_numbers(numbers, index, fields)]
        if call.do in ("gradients", "load", "set"):  # which runs no code of the student's that could change much
            compared = [row for row in compared if not row.is_right]
        said = f"{moment.raised.types[0]}: {moment.raised.message}".rstrip(": ") if moment.raised else ""
        calls.append(CallExplained(title(case, call), tuple(inputs(call)), tuple(compared), said))
    start = tuple((f"parameter {i + 1}", param) for i, param in enumerate(case.params))
    rule = () if wrong is None else rule_of(case, case.calls[wrong], found.field, fields)
    return CaseExplained(start, tuple(calls), wrong, rule, RIGHT_IS)


def rule_of(case: Case, call: Call, field: str, fields: frozenset[str]) -> tuple[str, ...]:
    """Return the rule that a field follows after a call, a line each."""
    rules, is_step = RULES[case.subject], call.do in ("step", "steps")
    if field == "raised" and is_step and "params" in rules:
        field = "params"  # what the call should have done in place of raising
    if field in NUMERIC_FIELDS and not is_step:
        return (NO_STEP, *GENERAL_RULES["held"])
    rule = rules.get(field) or GENERAL_RULES.get(field, ())
    return (*rule, WITHOUT_GRADIENT) if is_step and fields & {KEPT, "moves"} else rule


def title(case: Case, call: Call) -> str:
    """Write a call as a student would."""
    who = "" if call.on == "a" else f"{call.on}: "
    match call.do:
        case "new":
            given, settings = call.value
            return f"{who}{constructor(case.subject, 'params', given, settings)}"
        case "resume":
            return f"{who}{constructor(case.subject, f'copies of the params of {call.value[0]}', (), call.value[1])}"
        case "beside":
            return f"{who}{constructor(case.subject, f'the params of {call.value[0]}', (), call.value[1])}"
        case "set":
            return f"{who}optimizer.{call.value[0]} = {shown_setting(call.value[1])}"
        case "gradients":
            return f"{who}each param.grad = ..."
        case "load":
            return f"{who}each param.data = ..."
        case "steps":
            return f"{who}step(), {call.value} times"
        case "put":
            return f"{who}set_momentum_state({'None' if call.value is None else '...'})"
        case "overwrite":
            return f"{who}the caller fills the state in its hands with {call.value!r}"
        case name:
            return f"{who}{name}()"


def constructor(subject: str, params: str, given: tuple, settings: dict) -> str:
    arguments = [params, *map(shown_setting, given), *(f"{k}={shown_setting(v)}" for k, v in settings.items())]
    return f"{subject}({', '.join(arguments)})"


def shown_setting(value: Any) -> str:
    """Write a setting with few digits."""
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(shown_setting, value))})"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def inputs(call: Call) -> Iterator[tuple[str, Any]]:
    """Yield the arrays that a call is given, by the parameter."""
    if call.do == "gradients":
        for i, value in enumerate(call.value):
            kind = "" if value is None else ", as a Tensor" if value[0] == "Tensor" else ", as an array"
            yield f"gradient of parameter {i + 1}{kind}", None if value is None else value[1]
    elif call.do in ("load", "put") and call.value is not None:
        what = "value" if call.do == "load" else "state"
        yield from ((f"{what} of parameter {i + 1}", value) for i, value in enumerate(call.value))


def compared_facts(case: Case, index: int, moments: list[Moment], fields: frozenset[str]) -> Iterator[Compared]:
    """Yield what is no array: settings, the count of steps, what a method returned, gradients that have changed."""
    call, moment = case.calls[index], moments[index]
    if call.do == "new" and "settings" in fields:
        wanted = all_settings(case.subject, call)
        if "betas" in wanted:
            wanted["beta1"], wanted["beta2"] = wanted.pop("betas")
        for name, right in wanted.items():
            given = moment.settings.get(name)
            is_right = type(given) is float and bool(np.isclose(given, right, rtol=1e-6, atol=0))
            yield Compared(f"optimizer.{name}", plain(given), right, 0.0 if is_right else FAR)
    if call.do in (*CONSTRUCTORS, "step", "steps") and "step_count" in fields:
        right = 0 if case.subject == "Optimizer" else case.steps(index)
        yield Compared("step_count", plain(moment.step_count), right, 0.0 if moment.step_count == right else FAR)
    if call.do == "has_momentum":
        right = case.has_momentum(index)
        size = 0.0 if moment.returned is right else FAR
        yield Compared("what it returns", plain(moment.returned), right, size, counts="returned" in fields)
    if call.do == "zero_grad":
        for i, grad in enumerate(moment.grads):
            size = 0.0 if grad is None else FAR
            yield Compared("grad", plain(grad), None, size, f"parameter {i + 1}", "cleared" in fields)
    elif index and call.do not in ("gradients", *CONSTRUCTORS) and case.calls[index - 1].on == call.on:
        for i, (before, now) in enumerate(zip(moments[index - 1].grads, moment.grads, strict=False)):
            if not (before is now or np.array_equal(plain(before), plain(now), equal_nan=False)):
                yield Compared("grad", plain(now), plain(before), FAR, f"parameter {i + 1}", "grads" in fields)


def compared_numbers(numbers: NumberComparison, index: int, fields: frozenset[str]) -> Iterator[Compared]:
    """Yield the values of the parameters and of what the optimizer keeps, where the oracle says what they must be."""
    rows = numbers.rows
    for expected, row, _ in numbers.compared[index]:
        field = NUMERIC_FIELDS[expected.field]
        values = field.read(numbers.moments[index])
        if values is None and (field.is_attribute or field.name == "held"):
            continue
        for i, (part, shape) in enumerate(zip(rows.parts, rows.shapes, strict=True)):
            right = expected.value[row, part].reshape(shape)
            value = value_of(values, i, right, field.any_shape)
            off = distance(value, right) / expected.tolerance[row, part].reshape(shape)
            size = float(np.max(off, initial=0.0))
            is_kept = KEPT in fields and bool(expected.kept[row, part].all())
            counts = field.name in fields or is_kept or (field.name == "params" and "moves" in fields)
            given = "nothing" if isinstance(value, Odd) and value == MISSING else plain(value)
            yield Compared(LABELS.get(field.name, field.name), given, right, size, f"parameter {i + 1}", counts)


def plain(value: Any) -> Any:
    """Return a value of a trace as what can be shown."""
    return value.what if isinstance(value, Odd) else value
