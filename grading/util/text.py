"""Text that is safe to show."""


def printable(text: str) -> str:
    """Replace control characters, so that a text does nothing to a terminal but show itself."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
