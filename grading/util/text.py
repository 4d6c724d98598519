"""Text that is safe to show."""


def printable(text: str) -> str:
    """A text that does nothing to a terminal but show itself, on as many lines as it has."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
