"""What was seen of a class on the public cases, in words and as a small picture."""

from typing import Any

from .curves import parting
from .differences import Diagnosis, compare
from .source import to_write


def report(found: Diagnosis) -> str:
    """What was seen, for a student."""
    name = found.subject
    if found.is_right:
        return (
            f"Nothing wrong was seen in your {name}.\n"
            f"Looked at, in {found.cases} public cases: {'; '.join(found.looked_at)}.\n"
            "The tests that grade you use other numbers."
        )
    if found.unwritten:
        says_nothing = found.raised.endswith("NotImplementedError")
        return f"{found.unwritten} is not written yet." if says_nothing else f"{found.raised}."
    lines = []
    if found.belief:
        lines += [f"Your {name} behaves like this known mistake: {found.belief}.", found.hint]
    else:
        lines += [f"Your {name} differs from every right {name} on record, and like none of the known mistakes."]
    if found.raised:
        lines += [
            f"{found.raised}.",
            *([f"The line: {found.line}"] if found.line else []),
            f"The call: {found.where.removeprefix('after ')}.",
        ]
    else:
        lines += [f"It first differs {found.where}.", *(f"What differs: {what}." for what in found.differs)]
    return "\n".join(lines)


def diagnose(subject: Any) -> None:
    """Say what was seen of an optimizer on the public cases, and show where it differs from right ones.

    Parameters
    ----------
    subject : type
        Your class Optimizer, SGD, Adam or AdamW, or one built on it.
    """
    found = compare(subject)
    if not found.is_right and not found.unwritten and (left := to_write(subject)):
        print(f"{found.subject} is not whole yet: {', '.join(left)}.")
        print("Write what is missing, and run its cell after the cell of the class. Then ask again.")
        return
    if subject.__name__ != found.subject:
        print(f"{subject.__name__} is compared with an {found.subject}.")
    print(report(found))
    drawn = parting(found)
    if drawn is not None:
        from .picture import show  # here, so that whoever only compares needs no matplotlib

        show(found, drawn)
