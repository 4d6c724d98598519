"""Text that is safe to show."""


def printable(text: str) -> str:
    """Replace control characters, so that a text does nothing to a terminal but show itself."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def in_one_line(text: str) -> str:
    """Replace line ends too, so that a text cannot pass for the next line."""
    return printable(text).replace("\n", "\ufffd")
