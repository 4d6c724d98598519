"""Calls, parameters and what is wrong with them, in words for a student."""

from collections.abc import Iterator

from .behavior import WORDS, Entry
from .case import CONSTRUCTORS, Case

LISTED = 3  # parameters that are described; of more, only the number is told


def name_of(case: Case, call: int) -> str:
    """What a call is called in the student's code."""
    do = case.calls[call].do
    if do in CONSTRUCTORS:
        return f"{case.subject}(...)"
    name = {"put": "set_momentum_state", "steps": "step"}.get(do, do)
    return f"{'Optimizer' if do == 'zero_grad' else case.subject}.{name}()"


def where(case: Case, call: int) -> str:
    """Where in a case a call is, and what the case is like, in words for a student."""
    arguments, settings = case.arguments(call)
    given = [f"{a:g}" if isinstance(a, float) else str(a) for a in arguments]
    given += [
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in settings.items()
    ]
    made = f"{case.subject}({', '.join(['params', *given])})"
    which = "" if case.calls[call].on == "a" else ", a second optimizer beside the first"
    return f"{case.describe(call)}, with {made}{which}"


def in_words(case: Case, call: int, wrong: list[Entry], raised: bool) -> Iterator[str]:
    """What is wrong after a call, one thing at a time. An exception that explains the rest stands for it."""
    if wrong[0].field == "raised":
        yield WORDS["raised"] if raised else f"{name_of(case, call)} should have raised an exception and did not"
        return
    for field in dict.fromkeys(entry.field for entry in wrong):
        same = [entry for entry in wrong if entry.field == field]
        if same[0].param >= 0:
            yield f"{WORDS[field]} of {of_parameters(case, call, same)}"
        elif field == "settings":
            yield f"{WORDS[field]} " + ", ".join(entry.fact.partition(",")[0] for entry in same)
        else:
            yield WORDS[field] + (f" (yours: {same[0].fact})" if field in ("step_count", "returned") else "")


def of_parameters(case: Case, call: int, wrong: list[Entry]) -> str:
    """The parameters that are wrong in one field, in words."""
    is_step, on = case.calls[call].do in ("step", "steps"), case.calls[call].on
    given = [c.value for c in case.calls[:call] if c.do == "gradients" and c.on == on]
    gradients = given[-1] if given and is_step else [None] * len(case.params)
    numbers = [entry.param for entry in wrong]
    facts = {entry.fact for entry in wrong} - {"array"}
    yours = f" (yours: {' or '.join(sorted(facts))})" if 0 < len(facts) < 3 else ""
    if len(numbers) == len(case.params) > 1:
        return f"every parameter{yours}"
    if len(numbers) > 1 and numbers == [i for i, gradient in enumerate(gradients) if gradient is not None]:
        return f"every parameter that has a gradient{yours}"
    words = []
    for i in numbers:
        known = [f"shape {case.params[i].shape}", case.params[i].dtype.name]
        if is_step and given:
            kind = gradients[i] and {"array": "an array", "Tensor": "a Tensor"}[gradients[i][0]]
            known.append(f"its gradient is {kind}" if kind else "it has no gradient")
        words.append(f"parameter {i + 1} ({', '.join(known)})")
    if len(words) > LISTED:
        words = [*words[:LISTED], f"and {len(words) - LISTED} more"]
    return ", ".join(words) + yours
