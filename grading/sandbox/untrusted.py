"""Data from a process that may send anything: let in only what has the right form."""


class Malformed(Exception):
    """Data that our own code in a child would never send."""


def expect(condition: bool, what: str) -> None:
    """Raise Malformed, with what was sent, unless a condition holds."""
    if not condition:
        raise Malformed(what)
