"""Text that is safe to show, and numbers as they are shown."""

LONGEST_NAME = 150  # characters of a name that are shown


def printable(text: str) -> str:
    """Replace control characters, so that a text does nothing to a terminal but show itself."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def in_one_line(text: str) -> str:
    """Replace line ends too, so that a text cannot pass for the next line."""
    return printable(text).replace("\n", "\ufffd")


def shown_name(name: str) -> str:
    """The beginning of a name that a stranger chose, in one line."""
    return in_one_line(name)[:LONGEST_NAME]


def by_hand(answers: int) -> str:
    """Say how many answers wait for a person."""
    return f"{answers} answer{'s' if answers != 1 else ''} to grade by hand"


def points(score: float) -> str:
    """Format points with at most two decimals and no trailing zeros."""
    return f"{round(float(score), 2):.2f}".rstrip("0").rstrip(".")
