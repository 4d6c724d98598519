"""What is looked at after each call of a case: one entry for each thing.

What a trace does not record yet is added to it in ``public/trace.py``, and let in by ``received``. To look at something
new, write its entry here, a function with ``@observation("name")`` above it, and give the name to
a check. The entry says when it is made, what it compares, and what it tells the student. The numbers that the oracle
expects have their own table, in ``numeric_fields``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from tracing.data import Odd

from .after_call import AfterCall
from .mutants.conditions import has_another_dtype
from .numeric_fields import KEPT, NUMERIC_FIELDS, numeric_fields_of
from .oracle import DEFAULTS, all_settings
from .update_rules import ROUNDING


@dataclass(frozen=True)
class Observation:
    """One thing that is looked at after a call.

    Attributes
    ----------
    field : str
        The name by which a check asks for it. Several observations may share one. ``"raised"`` needs no asking.
    find_mismatch : callable
        From an AfterCall to what is wrong, in words for a student and without the right value; empty if nothing is.
    after : tuple of str
        The kinds of call after which it is made; empty means all.
    not_after : tuple of str
        Kinds of call after which it is not made.
    reported_as : str
        The field of a Deviation, and of a fingerprint, that it stands for.
    """

    field: str
    find_mismatch: Callable[[AfterCall], str]
    after: tuple[str, ...]
    not_after: tuple[str, ...]
    reported_as: str

    def is_made_after(self, do: str) -> bool:
        """Whether it is made after this kind of call."""
        return (not self.after or do in self.after) and do not in self.not_after


OBSERVATIONS: list[Observation] = []  # in the order in which they are made: the first mismatch is reported


def observation(field: str, after: tuple[str, ...] = (), not_after: tuple[str, ...] = (), reported_as: str = ""):
    """Decorator: enter a function into the table of observations; see Observation."""

    def register(find_mismatch: Callable[[AfterCall], str]) -> Callable[[AfterCall], str]:
        OBSERVATIONS.append(Observation(field, find_mismatch, after, not_after, reported_as or field))
        observations_after.cache_clear()
        return find_mismatch

    return register


def observations_of(fields: frozenset[str]) -> list[Observation]:
    """The observations of a check that names these fields."""
    return [entry for entry in OBSERVATIONS if entry.field in fields or entry.field == "raised"]


@cache  # there are few different ones, and each submission asks for them a thousand times
def observations_after(do: str, fields: frozenset[str]) -> list[Observation]:
    """The observations of a check after one kind of call."""
    return [entry for entry in observations_of(fields) if entry.is_made_after(do)]


def reported_fields(fields: frozenset[str]) -> set[str]:
    """The fields of a fingerprint that show what a check looks at."""
    return {entry.reported_as for entry in observations_of(fields)} | numeric_fields_of(fields)


def require_known(check: str, fields: frozenset[str]) -> None:
    """Raise ValueError if a check names a field that is in no table."""
    known = {entry.field for entry in OBSERVATIONS} | {*NUMERIC_FIELDS, KEPT}
    if unknown := sorted(fields - known):
        names = ", ".join(sorted(known))
        raise ValueError(f"check {check} looks at {unknown[0]!r}, which nothing observes; there are: {names}")


# --- the constructor -------------------------------------------------------------------------------------------------


@observation("signature", after=("new",))
def has_the_arguments_of_the_interface(seen: AfterCall) -> str:
    """The constructor's arguments, in their order and with their defaults."""
    subject, signature = seen.case.subject, seen.trace.signature
    if signature is None:
        return f"{subject} is not a class that can be constructed"
    wanted = [("params", None), *DEFAULTS[subject].items()]
    for (name, default), (their_name, their_default) in zip(wanted, signature, strict=False):
        if name != their_name:
            return f"{subject}(...) has {their_name!r} where the interface has {name!r}"
        if name != "params" and their_default != default:
            return f"the default of {subject}'s {name} is not that of the interface"
    if len(signature) < len(wanted):
        return f"{subject}(...) has no argument {wanted[len(signature)][0]!r}"
    return ""


# --- exceptions, in every check --------------------------------------------------------------------------------------


def is_wrong_state(seen: AfterCall) -> bool:
    """Whether the call puts in a momentum state that cannot fit."""
    state = seen.call.value
    return seen.call.do == "put" and isinstance(state, list) and seen.has_momentum and not seen.case.fits(state)


@observation("raised", after=("put",))
def refuses_a_wrong_state(seen: AfterCall) -> str:
    """set_momentum_state raises ValueError on a state that does not fit the parameters."""
    raised = seen.moment.raised
    if not is_wrong_state(seen):
        return ""
    if raised is None:
        return "set_momentum_state accepted a state of the wrong length or with a wrong shape"
    if "ValueError" in raised.types:
        return ""
    return f"set_momentum_state refused a wrong state with {raised.types[0]} where ValueError is promised"


@observation("raised", after=("step",))
def leaves_step_to_subclasses(seen: AfterCall) -> str:
    """The base class raises NotImplementedError in step()."""
    raised = seen.moment.raised
    if seen.case.subject != "Optimizer":
        return ""
    if raised is None:
        return "Optimizer.step() should raise NotImplementedError: only a subclass knows how to step"
    return "" if "NotImplementedError" in raised.types else f"Optimizer.step() raised {raised.types[0]}"


NAMES_OF_CALLS = {
    "new": "{subject}(...)",
    "resume": "{subject}(...)",
    "beside": "{subject}(...)",
    "put": "set_momentum_state(...)",
    "steps": "step()",
    "set": "setting an attribute",
    "gradients": "giving a parameter its gradient",
    "load": "giving a parameter new values",
    "overwrite": "writing into the state",
}


@observation("raised")
def raises_nothing(seen: AfterCall) -> str:
    """No call raises but those that must, or takes too long."""
    raised, do, subject = seen.moment.raised, seen.call.do, seen.case.subject
    if raised is None or is_wrong_state(seen) or (subject == "Optimizer" and do == "step"):
        return ""
    unwritten = subject == "Optimizer" and "NotImplementedError" in raised.types
    if do == "zero_grad" and not raised.timed_out and not unwritten:
        return ""  # it costs nothing but in the check of zero_grad
    if do == "set" and subject == "Optimizer" and not raised.timed_out:
        return ""  # the count of the base class may be one that can only be read
    name = NAMES_OF_CALLS.get(do, f"{do}()").format(subject=subject)
    if raised.timed_out:
        return f"{name} {raised.message}"
    return f"{name} raised {raised.types[0]}: {raised.message}".rstrip(": ")


@observation("raised")
def can_be_used_further(seen: AfterCall) -> str:
    """There is an optimizer to look at until the case ends."""
    moments = seen.trace.moments
    if seen.index + 1 < len(moments) or (seen.moment.params and len(moments) == len(seen.case.calls)):
        return ""
    return "the optimizer could not be used any further"


# --- what methods return, and what the optimizer keeps ---------------------------------------------------------------


@observation("returned", after=("has_momentum",))
def says_whether_it_has_momentum(seen: AfterCall) -> str:
    """has_momentum() returns True or False."""
    returned = seen.moment.returned
    if returned is seen.has_momentum:
        return ""
    if not isinstance(returned, bool):
        what = returned.what if isinstance(returned, Odd) else "nothing" if returned is None else "an array"
        return f"has_momentum() should return True or False; yours returns {what}"
    return f"has_momentum() should be {seen.has_momentum} {'with' if seen.has_momentum else 'without'} momentum"


@observation("returned", after=("get_momentum_state",))
def gives_a_state_for_each_parameter(seen: AfterCall) -> str:
    """get_momentum_state() returns a list with momentum, and None without."""
    returned = seen.moment.returned
    if not seen.has_momentum:
        return "" if returned is None else "get_momentum_state() should return None without momentum"
    if isinstance(returned, list) and len(returned) == len(seen.case.params):
        return ""
    return "get_momentum_state() should return a list with one entry for each parameter"


@observation("settings", after=("new",))
def keeps_its_settings(seen: AfterCall) -> str:
    """Each argument is an attribute of its name; betas are beta1 and beta2."""
    subject, wanted = seen.case.subject, all_settings(seen.case.subject, seen.call)
    if "betas" in wanted:
        wanted["beta1"], wanted["beta2"] = wanted.pop("betas")
    for name, value in wanted.items():
        kept = seen.moment.settings.get(name)
        if kept is None:
            return f"{subject} has no attribute {name}"
        if isinstance(kept, Odd) or not np.isclose(kept, value, rtol=1e-6, atol=0):
            return f"{subject}'s attribute {name} is not {'what was given' if any(seen.call.value) else 'the default'}"
    return ""


@observation("same_params")
def holds_the_same_tensors(seen: AfterCall) -> str:
    """optimizer.params holds the very tensors that the constructor was given."""
    return "" if seen.moment.same_params else f"{seen.where}, optimizer.params no longer holds the tensors it was given"


@observation("same_params")
def requires_gradients(seen: AfterCall) -> str:
    """Parameters still require a gradient."""
    return "" if all(seen.moment.requires_grad) else f"{seen.where}, a parameter no longer requires a gradient"


@observation("step_count")
def counts_steps(seen: AfterCall) -> str:
    """step_count is how often step() was called; the base class never counts."""
    count = seen.moment.step_count
    if count == (told_count(seen) if seen.case.subject == "Optimizer" else seen.case.steps(seen.index)):
        return ""
    shown = count.what if isinstance(count, Odd) else count
    return f"{seen.where}, step_count does not say how often step() was called: {shown}"


def told_count(seen: AfterCall) -> int:
    """The count that somebody has given to the base class, which has none of its own; it may refuse to take one."""
    calls = zip(seen.case.calls[: seen.index + 1], seen.trace.moments, strict=False)
    told = [call.value[1] for call, moment in calls if call.do == "set" and moment.raised is None]
    return told[-1] if told else 0


@observation("count_kept", after=("put",), reported_as="step_count")
def keeps_the_count(seen: AfterCall) -> str:
    """To put a state in is no step."""
    if seen.before is None or is_same(seen.before.step_count, seen.moment.step_count):
        return ""
    return f"{seen.where}, step_count is not what it was before"


BUFFERS_OF = {
    "SGD": ("momentum_buffers",),
    "Adam": ("m_buffers", "v_buffers"),
    "AdamW": ("m_buffers", "v_buffers"),
}


@observation("buffer_names", after=("new", "step"))
def keeps_buffers_under_their_names(seen: AfterCall) -> str:
    """What a class remembers of each parameter is a list under the name of the interface."""
    for name in BUFFERS_OF.get(seen.case.subject, ()):
        if seen.moment.buffers.get(name) is None:
            return f"{seen.where}, {seen.case.subject} has no attribute {name}"
    return ""


@observation("buffer_types", after=("step",), reported_as="state_dtype")
def keeps_buffers_of_the_parameters_type(seen: AfterCall) -> str:
    """What a class remembers of a parameter is an array of the parameter's dtype."""
    for name in BUFFERS_OF.get(seen.case.subject, ()):
        kept = seen.moment.buffers.get(name)
        for i, (value, param) in enumerate(zip(kept if isinstance(kept, list) else (), seen.case.params, strict=False)):
            if has_another_dtype(value, param):
                what = f"is {value.dtype} in {name}; the parameter is {param.dtype}"
                return f"{seen.where}, what is kept of parameter {i + 1} (shape {param.shape}) {what}"
    if not seen.moment.are_plain:
        return f"{seen.where}, a list of buffers holds something that is no array"
    return ""


@observation("unused_state", after=("put",), reported_as="momentum_buffers")
def takes_no_state_without_momentum(seen: AfterCall) -> str:
    """A state that is put into an optimizer without momentum changes nothing."""
    if seen.has_momentum or seen.before is None:
        return ""
    before, after = (moment.buffers.get("momentum_buffers") for moment in (seen.before, seen.moment))
    return (
        ""
        if is_same_state(before, after)
        else "set_momentum_state changed an optimizer that has no momentum: it has no use for a state"
    )


# --- gradients -------------------------------------------------------------------------------------------------------


def is_same(one: Any, other: Any) -> bool:
    """Whether two things that a trace shows are equal to the last bit."""
    if one is other:
        return True
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.shape != other.shape:
            return False
        equal = one == other
        return bool(equal.all() or (equal | (one != one) & (other != other)).all())  # nan is as nan was
    return type(one) is type(other) and (one is None or one == other)


def is_same_state(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return is_same(one, other)


@observation("grads", not_after=("new", "resume", "gradients", "zero_grad"))
def does_not_change_gradients(seen: AfterCall) -> str:
    """Gradients are read, never written to, and a constructor leaves those alone that there are."""
    before = seen.latest.get(seen.call.value[0]) if seen.call.do == "beside" else seen.before
    if before is None:
        return ""
    for i, (then, now) in enumerate(zip(before.grads, seen.moment.grads, strict=True)):
        if not is_same(then, now):
            return f"{seen.where}, the gradient of parameter {i + 1} is not what it was before"
    return ""


@observation("cleared", after=("zero_grad",), reported_as="raised")
def clears_without_an_exception(seen: AfterCall) -> str:
    """zero_grad() raises nothing."""
    raised = seen.moment.raised
    return "" if raised is None else f"zero_grad() raised {raised.types[0]}: {raised.message}".rstrip(": ")


@observation("cleared", after=("zero_grad",), reported_as="grads")
def clears_gradients(seen: AfterCall) -> str:
    """zero_grad() leaves None as the gradient of every parameter."""
    left = [str(i + 1) for i, grad in enumerate(seen.moment.grads) if grad is not None]
    if not left:
        return ""
    if Odd("raises AttributeError") in [grad for grad in seen.moment.grads if isinstance(grad, Odd)]:
        return f"{seen.where}, a parameter has no attribute grad"
    return f"{seen.where}, grad is not None for parameter {', '.join(left)} of {len(seen.case.params)}"


# --- parameters, apart from their numbers ----------------------------------------------------------------------------


@observation("dtype")
def keeps_arrays(seen: AfterCall) -> str:
    """The data of a parameter is still an array."""
    if all(seen.moment.are_arrays):
        return ""
    return f"{seen.where}, the data of parameter {seen.moment.are_arrays.index(False) + 1} is no longer an array"


@observation("dtype")
def keeps_types_and_shapes(seen: AfterCall) -> str:
    """The data of a parameter keeps its dtype and shape."""
    for i, (param, start) in enumerate(zip(seen.moment.params, seen.case.params, strict=True)):
        if isinstance(param, np.ndarray) and (param.dtype, param.shape) != (start.dtype, start.shape):
            return (
                f"{seen.where}, parameter {i + 1} is {param.dtype} of shape {param.shape}; "
                f"it was {start.dtype} of shape {start.shape}"
            )
    return ""


@observation("moves", after=("step",), reported_as="params")
def moves_what_has_a_gradient(seen: AfterCall) -> str:
    """Every parameter with a gradient moves. Of one without a finite number nobody can tell."""
    before, params = seen.before, seen.moment.params
    if before is None:
        return ""
    for i, (then, now) in enumerate(zip(before.params, params, strict=True)):
        is_lost = isinstance(then, np.ndarray) and not np.isfinite(then).any()
        if before.grads[i] is not None and is_same(then, now) and not is_lost:
            return f"{seen.where}, parameter {i + 1} has a gradient and did not move"
    return ""


@observation("twin", after=("step",), reported_as="params")
def goes_on_as_the_first_run_did(seen: AfterCall) -> str:
    """An optimizer that took over a state steps as the first one did."""
    if seen.call.on == "a":
        return ""
    for i, (own, other) in enumerate(zip(seen.moment.params, seen.latest["a"].params, strict=True)):
        alike = isinstance(own, np.ndarray) and isinstance(other, np.ndarray) and own.shape == other.shape
        if not (alike and np.allclose(own, other, rtol=ROUNDING, atol=0)):
            return f"the resumed run does not go on as the first one did: parameter {i + 1} differs"
    return ""
