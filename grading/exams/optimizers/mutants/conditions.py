"""What a trace must show for a hint to be true of it.

Each function takes a case, a trace of it and the index of the call after which the trace was found to be wrong.
"""

import numpy as np
from diagnosis.case import CONSTRUCTORS, Case
from diagnosis.trace import BUFFERS, Moment, Trace

# What the messages of exceptions have in common, by what they are about. Their types differ from one spelling to the
# next: a slice of a single number is an IndexError, a loop over it a TypeError.
SYMPTOMS = {
    "None": ("NoneType",),
    "the data of an array": ("memoryview",),
    "the truth of an array": ("truth value",),
    "a function of one number": ("can be converted to Python scalars",),
    "the entries of a number": (
        "0-dimensional",
        "0-d array",
        "unsized",
        "item assignment",
        "too many indices",
        "not iterable",
        "not subscriptable",
        "scalar variable",
    ),  # fmt: skip
    "the call of what is no function": ("object is not callable",),
    "an index beyond a list": ("list index out of range", "list assignment index out of range"),
    "an operation on bits": ("bitwise_xor", "for ^:"),
    "a method of an array": ("'numpy.ndarray' object has no attribute",),
    "a product of matrices": ("not aligned", "matmul: "),
}


def symptom(moment: Moment) -> str:
    """What an exception is about, or its type; empty if nothing was raised."""
    if moment.raised is None:
        return ""
    if moment.raised.timed_out:
        return "no end"
    found = (name for name, words in SYMPTOMS.items() if any(word in moment.raised.message for word in words))
    return next(found, moment.raised.types[0])


def before(case: Case, trace: Trace, call: int) -> Moment:
    """What the trace showed of the same optimizer before a call; an empty moment at first."""
    earlier = (i for i in range(min(call, len(trace.moments)) - 1, -1, -1) if case.calls[i].on == case.calls[call].on)
    return next((trace.moments[i] for i in earlier), Moment())


def same(one, other) -> bool:
    """Whether two things that a trace shows are equal."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return type(one) is type(other) and (one is None or one == other)


def unchanged(one: list, other: list) -> list[bool]:
    """Which entries of two lists are equal."""
    return [same(a, b) for a, b in zip(one, other, strict=False)]


def buffer(moment: Moment, name: str, i: int):
    """The buffer of one parameter; None if there is none."""
    values = moment.buffers.get(name)
    return values[i] if isinstance(values, list) and i < len(values) else None


def is_empty(value) -> bool:
    """Whether a buffer is missing or all zeros."""
    return value is None or isinstance(value, np.ndarray) and not value.any()


def raised_about(what: str):
    """The call raised an exception about this."""

    def holds(case: Case, trace: Trace, call: int) -> bool:
        return symptom(trace.moments[call]) == what

    return holds


def buffer_names(case: Case, call: int) -> tuple[str, ...]:
    """The names of the buffers that a step needs."""
    if case.subject == "SGD":
        return ("momentum_buffers",) if case.has_momentum(call) else ()
    return ("m_buffers", "v_buffers")


def stays_with_new_buffers(case: Case, trace: Trace, call: int) -> bool:
    """A step raised an exception about None, for a parameter that has a gradient and all buffers that it needs.

    It has not moved, and its buffers were made in this very step. Where none is needed, no gradient before its own is
    missing. So the None is what some method returned.
    """
    if case.calls[call].do != "step" or symptom(trace.moments[call]) != "None":
        return False
    old, new, names = before(case, trace, call), trace.moments[call], buffer_names(case, call)
    for i, (gradient, stays) in enumerate(zip(old.grads, unchanged(old.params, new.params), strict=False)):
        made = [buffer(old, name, i) is None and buffer(new, name, i) is not None for name in names]
        if gradient is not None and stays and all(made) and (names or None not in old.grads[:i]):
            return True
        if gradient is None and not names:
            return False
    return False


def calculated_with_what_a_method_returned(case: Case, trace: Trace, call: int) -> bool:
    """A step raised an exception about None, and no gradient was missing, nor a buffer."""
    has_all = all(gradient is not None for gradient in before(case, trace, call).grads)
    return has_all and stays_with_new_buffers(case, trace, call)


def step_asked_none(case: Case, trace: Trace, call: int) -> bool:
    """A step raised an exception about None, and some gradient was missing."""
    about = case.calls[call].do == "step" and symptom(trace.moments[call]) == "None"
    is_missing = any(gradient is None for gradient in before(case, trace, call).grads)
    return about and is_missing and not stays_with_new_buffers(case, trace, call)


def some_gradient_missing(case: Case, trace: Trace, call: int) -> bool:
    """In some step, up to this call, a gradient was missing."""
    steps = (i for i in range(min(call + 1, len(trace.moments))) if case.calls[i].do == "step")
    return any(gradient is None for i in steps for gradient in before(case, trace, i).grads)


def none_was_put(case: Case, trace: Trace, call: int) -> bool:
    """A state with a None in it was put in, and a velocity is not finite."""
    put = any(c.do == "put" and isinstance(c.value, list) and any(b is None for b in c.value)
              for c in case.calls[: call + 1])  # fmt: skip
    kept = [buffer(trace.moments[call], "momentum_buffers", i) for i in range(len(case.params))]
    return put and any(isinstance(b, np.ndarray) and not np.isfinite(b).all() for b in kept)


def lacks_buffers(case: Case, trace: Trace, call: int) -> bool:
    """Before a step there is no buffer for a parameter that has a gradient, and the step needs one."""
    old, names = before(case, trace, call), buffer_names(case, call)
    return any(
        gradient is not None and buffer(old, name, i) is None for i, gradient in enumerate(old.grads) for name in names
    )


def calculated_with_no_buffer(case: Case, trace: Trace, call: int) -> bool:
    """A step raised an exception about None, no gradient was missing, and a buffer was that was not put in as None."""
    if any(made.do == "put" for made in case.calls[:call]):
        return False
    about = case.calls[call].do == "step" and symptom(trace.moments[call]) == "None"
    has_all = all(gradient is not None for gradient in before(case, trace, call).grads)
    return about and has_all and lacks_buffers(case, trace, call) and not stays_with_new_buffers(case, trace, call)


def a_single_number_has_no_entries(case: Case, trace: Trace, call: int) -> bool:
    """A call raised an exception about the entries of a number, and one parameter is a single number."""
    about = symptom(trace.moments[call]) == "the entries of a number"
    return about and any(param.ndim == 0 for param in case.params)


def nothing_moved(case: Case, trace: Trace, call: int) -> bool:
    """The step returned and left every parameter as it was."""
    moment = trace.moments[call]
    is_step = case.calls[call].do in ("step", "steps") and moment.raised is None
    return is_step and all(unchanged(before(case, trace, call).params, moment.params))


def nothing_changed(case: Case, trace: Trace, call: int) -> bool:
    """The step returned and left every parameter and buffer as it was."""
    old, new = before(case, trace, call), trace.moments[call]
    buffers = all(same(buffer(old, name, i), buffer(new, name, i)) for name in BUFFERS for i in range(len(case.params)))
    return nothing_moved(case, trace, call) and buffers


def some_never_move(case: Case, trace: Trace, call: int) -> bool:
    """Some parameter had a gradient in a step and has not moved in any; another has moved."""
    moved, had = np.zeros(len(case.params), bool), np.zeros(len(case.params), bool)
    for i in range(min(call + 1, len(trace.moments))):
        if case.calls[i].do == "step" and trace.moments[i].raised is None:
            old = before(case, trace, i)
            moved |= ~np.array(unchanged(old.params, trace.moments[i].params), bool)
            had |= [isinstance(g, np.ndarray) and bool(g.any()) for g in old.grads]
    return bool((had & ~moved).any())


def along_velocity(case: Case, trace: Trace, call: int) -> float:
    """The product of how far parameters moved in a step with their velocity: below zero where they move against it."""
    old, new = before(case, trace, call).params, trace.moments[call].params
    kept = [buffer(trace.moments[call], "momentum_buffers", i) for i in range(len(case.params))]
    return sum(
        float(np.sum((now - then) * velocity))
        for then, now, velocity in zip(old, new, kept, strict=False)
        if isinstance(now, np.ndarray) and isinstance(velocity, np.ndarray) and velocity.shape == now.shape
    )


def moves_along_velocity(case: Case, trace: Trace, call: int) -> bool:
    """The step moved parameters the way that their velocities point."""
    return along_velocity(case, trace, call) > 0


def moves_against_velocity(case: Case, trace: Trace, call: int) -> bool:
    """The step moved parameters against their velocities."""
    return along_velocity(case, trace, call) < 0


def took_two_steps(case: Case, trace: Trace, call: int) -> bool:
    """One optimizer took two steps that were looked at: only the second shows what was kept of the first."""
    on = case.calls[call].on
    taken = [c for c, _ in zip(case.calls, trace.moments, strict=False) if c.do == "step" and c.on == on]
    return len(taken) > 1


def steps_by_what_it_keeps(case: Case, trace: Trace, call: int) -> bool:
    """The step changed something, and if it moved a parameter of Adam, some average is not empty.

    The decay of AdamW moves parameters beside the averages.
    """
    moment = trace.moments[call]
    kept = (buffer(moment, name, i) for name in ("m_buffers", "v_buffers") for i in range(len(case.params)))
    is_other = case.subject != "Adam" or nothing_moved(case, trace, call)
    return not nothing_changed(case, trace, call) and (is_other or not all(map(is_empty, kept)))


def m_and_v_are_one(case: Case, trace: Trace, call: int) -> bool:
    """Some step left an average of the gradient that is not empty, and all that are there equal those of the square."""
    for i in range(min(call + 1, len(trace.moments))):
        pairs = [[buffer(trace.moments[i], name, p) for name in ("m_buffers", "v_buffers")]
                 for p in range(len(case.params))]  # fmt: skip
        if any(not is_empty(m) for m, _ in pairs):
            return all(same(m, v) for m, v in pairs)
    return False


def v_is_one_number(case: Case, trace: Trace, call: int) -> bool:
    """In every parameter that has one, all entries of v are alike."""
    shown = [buffer(trace.moments[call], "v_buffers", i) for i in range(len(case.params))]
    there = [v for v in shown if isinstance(v, np.ndarray) and v.size]
    return bool(there) and all(np.allclose(v, v.flat[0], rtol=1e-5, atol=0) for v in there)


def v_differs(case: Case, trace: Trace, call: int) -> bool:
    """The entries of v differ in some parameter."""
    return not v_is_one_number(case, trace, call)


def others_stopped(case: Case, trace: Trace, call: int) -> bool:
    """A parameter had no gradient, and another that has one did not move, and kept its buffers as they were."""
    old, new = before(case, trace, call), trace.moments[call]
    still = unchanged(old.params, new.params)
    has = [isinstance(gradient, np.ndarray) and bool(gradient.any()) for gradient in old.grads]
    rests = [all(same(buffer(old, n, i), buffer(new, n, i)) for n in BUFFERS) for i in range(len(case.params))]
    is_missing = any(gradient is None for gradient in old.grads)
    return new.raised is None and is_missing and any(map(all, zip(has, still, rests, strict=False)))


def missing_changed(case: Case, trace: Trace, call: int) -> bool:
    """In a step a parameter without a gradient changed, or its state did."""
    if case.calls[call].do not in ("step", "steps"):
        return False
    old, new = before(case, trace, call), trace.moments[call]
    for i, gradient in enumerate(old.grads):
        if gradient is None and not same(old.params[i], new.params[i]):
            return True
        if gradient is None and not all(same(buffer(old, n, i), buffer(new, n, i)) for n in BUFFERS):
            return True
    return False


def decay_is_on(case: Case, trace: Trace, call: int) -> bool:
    """The optimizer has weight decay."""
    arguments, settings = case.arguments(call)
    return bool(arguments[3] if len(arguments) > 3 else settings.get("weight_decay", 0.01))


def missing_moved(case: Case, trace: Trace, call: int) -> bool:
    """In a step a parameter without a gradient moved."""
    old, new = before(case, trace, call), trace.moments[call]
    still = unchanged(old.params, new.params)
    return any(gradient is None and not s for gradient, s in zip(old.grads, still, strict=False))


def missing_lost_its_state(case: Case, trace: Trace, call: int) -> bool:
    """In a step a parameter without a gradient lost its state."""
    old, new = before(case, trace, call), trace.moments[call]
    return any(
        gradient is None and not is_empty(buffer(old, name, i)) and is_empty(buffer(new, name, i))
        for i, gradient in enumerate(old.grads)
        for name in BUFFERS
    )


def gradient_written(case: Case, trace: Trace, call: int) -> bool:
    """Some step, up to this call, changed a gradient."""
    for i in range(min(call + 1, len(trace.moments))):
        if case.calls[i].do in ("step", "steps"):
            old = before(case, trace, i).grads
            if not all(unchanged(old, trace.moments[i].grads)):
                return True
    return False


def constructor_cleared(case: Case, trace: Trace, call: int) -> bool:
    """A constructor ran, and no gradient is there."""
    return case.calls[call].do in CONSTRUCTORS and all(g is None for g in trace.moments[call].grads)


def type_changed(case: Case, trace: Trace, call: int) -> bool:
    """Some parameter is an array of another dtype or shape than at first."""
    moment = trace.moments[call]
    return all(moment.are_arrays) and any(
        isinstance(new, np.ndarray) and (new.dtype, new.shape) != (param.dtype, param.shape)
        for new, param in zip(moment.params, case.params, strict=False)
    )


def has_another_dtype(value, param: np.ndarray) -> bool:
    """Whether a buffer has the shape of its parameter and another dtype. One of zeros may not have been made yet."""
    return isinstance(value, np.ndarray) and value.shape == param.shape and value.dtype != param.dtype and value.any()


def buffer_of_another_dtype(case: Case, trace: Trace, call: int) -> bool:
    """Some buffer has another dtype than its parameter."""
    kept = [(buffer(trace.moments[call], name, i), p) for name in BUFFERS for i, p in enumerate(case.params)]
    return any(has_another_dtype(value, param) for value, param in kept)


def buffer_is_no_array(case: Case, trace: Trace, call: int) -> bool:
    """Some buffer is no array."""
    return not trace.moments[call].are_plain


def not_an_array(case: Case, trace: Trace, call: int) -> bool:
    """The data of some parameter is no array."""
    return not all(trace.moments[call].are_arrays)


def miscounted(case: Case, trace: Trace, call: int) -> bool:
    """The count is not that of the calls of step()."""
    return trace.moments[call].step_count != case.steps(call)


def count_changed(case: Case, trace: Trace, call: int) -> bool:
    """A call that is no step changed the count."""
    is_step = case.calls[call].do in ("step", "steps")
    return not is_step and before(case, trace, call).step_count != trace.moments[call].step_count


def cannot_fit(case: Case, call: int) -> bool:
    """Whether the call puts in a state that cannot fit, be there momentum or not."""
    state = case.calls[call].value
    return case.calls[call].do == "put" and isinstance(state, list) and not case.fits(state)


def wrong_state_taken(case: Case, trace: Trace, call: int) -> bool:
    """A state that cannot fit was taken."""
    return cannot_fit(case, call) and trace.moments[call].raised is None


def wrong_state_left_its_mark(case: Case, trace: Trace, call: int) -> bool:
    """A state that cannot fit was refused, and the velocities have changed."""
    old, new = before(case, trace, call), trace.moments[call]
    kept = [
        same(buffer(old, "momentum_buffers", i), buffer(new, "momentum_buffers", i)) for i in range(len(case.params))
    ]
    return cannot_fit(case, call) and new.raised is not None and not all(kept)


def refused_otherwise(case: Case, trace: Trace, call: int) -> bool:
    """A state that cannot fit was refused, with another exception than a ValueError."""
    raised = trace.moments[call].raised
    return cannot_fit(case, call) and raised is not None and "ValueError" not in raised.types


def none_did_something(case: Case, trace: Trace, call: int) -> bool:
    """set_momentum_state(None) raised or changed something."""
    return case.calls[call].do == "put" and case.calls[call].value is None


def state_without_momentum(case: Case, trace: Trace, call: int) -> bool:
    """A state was put into an optimizer without momentum."""
    on = case.calls[call].on
    put = any(c.do == "put" and c.on == on and c.value is not None for c in case.calls[: call + 1])
    return put and not case.has_momentum(call)


def state_could_not_be_taken(case: Case, trace: Trace, call: int) -> bool:
    """get_momentum_state() raised an exception about None or a key, and some velocity is not there yet."""
    kept = [buffer(trace.moments[call], "momentum_buffers", i) for i in range(len(case.params))]
    is_early = case.calls[call].do == "get_momentum_state" and any(velocity is None for velocity in kept)
    return is_early and symptom(trace.moments[call]) in ("None", "KeyError")


def missing_velocity_refused(case: Case, trace: Trace, call: int) -> bool:
    """A state with a None in it was put in, fits, and was refused."""
    state = case.calls[call].value
    has_none = isinstance(state, list) and any(entry is None for entry in state)
    is_refused = case.calls[call].do == "put" and trace.moments[call].raised is not None
    return has_none and is_refused and not cannot_fit(case, call)


def clearing_raised(case: Case, trace: Trace, call: int) -> bool:
    """zero_grad() raised."""
    return case.calls[call].do == "zero_grad" and trace.moments[call].raised is not None


def cleared_to_zeros(case: Case, trace: Trace, call: int) -> bool:
    """Some gradient is zeros or zero after zero_grad()."""
    return any(isinstance(gradient, np.ndarray) and not gradient.any() for gradient in trace.moments[call].grads)


def some_not_cleared(case: Case, trace: Trace, call: int) -> bool:
    """Some gradients are None after zero_grad(), and some are as they were."""
    grads = trace.moments[call].grads
    left = [gradient for gradient in grads if gradient is not None]
    return bool(left) and len(left) < len(grads)


def more_than_gradients_changed(case: Case, trace: Trace, call: int) -> bool:
    """Some call of zero_grad(), up to this one, changed the parameters, the list of them or the count."""
    for i in range(min(call + 1, len(trace.moments))):
        if case.calls[i].do == "zero_grad":
            old, new = before(case, trace, i), trace.moments[i]
            kept = all(unchanged(old.params, new.params)) and len(old.params) == len(new.params)
            if not kept or (old.same_params, old.requires_grad, old.step_count) != (
                new.same_params,
                new.requires_grad,
                new.step_count,
            ):
                return True
    return False


def none_cleared(case: Case, trace: Trace, call: int) -> bool:
    """zero_grad() changed no gradient."""
    return all(unchanged(before(case, trace, call).grads, trace.moments[call].grads))


def clearing_changed_nothing(case: Case, trace: Trace, call: int) -> bool:
    """zero_grad() changed no gradient and no value."""
    old, new = before(case, trace, call), trace.moments[call]
    return none_cleared(case, trace, call) and all(unchanged(old.params, new.params))


def clearing_changed_values(case: Case, trace: Trace, call: int) -> bool:
    """zero_grad() changed no gradient, and values of parameters."""
    return none_cleared(case, trace, call) and not clearing_changed_nothing(case, trace, call)


def has_momentum_was_wrong(case: Case, trace: Trace, call: int) -> bool:
    """Some call of has_momentum(), up to this one, returned something else than whether there is momentum."""
    asked = [i for i in range(min(call + 1, len(trace.moments))) if case.calls[i].do == "has_momentum"]
    return any(trace.moments[i].returned is not case.has_momentum(i) for i in asked)


def attribute_missing(case: Case, trace: Trace, call: int) -> bool:
    """The optimizer shows no buffers under a name that the interface has for them, or only empty ones."""
    shown = trace.moments[call].buffers
    names = ("momentum_buffers",) if case.subject == "SGD" else ("m_buffers", "v_buffers")
    empty = (all(is_empty(buffer(trace.moments[call], name, i)) for i in range(len(case.params))) for name in names)
    return any(shown.get(name) is None for name in names) or all(empty)
