"""What a reference check saw call by call, beside what the instructor's solution did."""

from collections.abc import Iterator
from typing import Any

from .cases import Case, CheckRecipe, Step
from .comparison import Tolerance, difference
from .explanation import CallExplained, CaseExplained, Compared
from .outcome import Outcome, Outcomes, argument, named, step_difference
from .verdict import FAR


def explained(subject: str, case: Case, right: Outcomes, given: Outcomes, recipe: CheckRecipe) -> CaseExplained:
    """Explain a case.

    Parameters
    ----------
    subject : str
        The function or class, as the test cell names it.
    case : Case
    right, given : list of Outcome
        What the instructor's solution and the submission did; theirs may have ended early.
    recipe : CheckRecipe
    """
    calls, wrong = [], None
    for place, (step, mine) in enumerate(zip(case.steps, right, strict=False)):
        if place == len(given):
            break
        theirs = given[place]
        size = step_difference(step, mine, theirs, recipe.tolerance).size
        if size > 1 and wrong is None:
            wrong = place
        said = f"{theirs.raised.types[0]}: {theirs.raised.message}".rstrip(": ") if theirs.raised else ""
        compared = tuple(compared_values(step, mine, theirs, recipe.tolerance))
        calls.append(CallExplained(title(subject, case, place), tuple(inputs(step)), compared, said))
    tolerance = recipe.tolerance
    rule = f"{recipe.about} (relative {tolerance.relative:g}, absolute {tolerance.absolute:g} are allowed)"
    return CaseExplained((), tuple(calls), wrong, (rule,), "what your own solution does with the same calls")


def title(subject: str, case: Case, place: int) -> str:
    """Write a call as source, with long arguments shortened."""
    step = case.steps[place]
    if step.is_attribute:
        return f".{step.name}"
    shown = [argument(value) for value in step.args] + [f"{name}={argument(v)}" for name, v in step.kwargs.items()]
    is_method = bool(place) and case.makes_instance
    called = f".{step.name or '__call__'}" if is_method else subject
    return f"{called}({', '.join(shown)})"


def inputs(step: Step) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that the title does not show, by their names or numbers."""
    for place, value in enumerate([*step.args, *step.kwargs.values()]):
        if argument(value).startswith("<"):
            yield f"argument {named(step, place)}", value


def compared_values(step: Step, right: Outcome, given: Outcome, tolerance: Tolerance) -> Iterator[Compared]:
    """Yield what came of a call, beside what was to come: an exception, a result, and arguments that have changed."""
    if right.raised or given.raised:
        shown = [outcome.raised.types[0] if outcome.raised else "none" for outcome in (given, right)]
        is_right = bool(right.raised and given.raised) and right.raised.types[0] in given.raised.types
        yield Compared("an exception", *shown, 0.0 if is_right else FAR)
    elif step.is_attribute or given.returned is not None or right.returned is not None:
        what = f"the attribute {step.name}" if step.is_attribute else "what it returns"
        size = difference(right.returned, given.returned, tolerance).size
        yield Compared(what, given.returned, right.returned, size)
    for place in sorted({*right.changed, *given.changed}):
        before = (right.before | given.before)[place]
        mine, theirs = right.changed.get(place, before), given.changed.get(place, before)
        size = difference(mine, theirs, tolerance).size
        yield Compared(f"argument {named(step, place)} after the call", theirs, mine, size)
