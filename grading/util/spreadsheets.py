"""Keep text from being run as a formula by the spreadsheet that opens a file."""

import re

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# Where a semicolon or a tab separates cells, what follows one begins a cell, too.
AFTER_SEPARATOR = re.compile(r"(?<!^)([;\t\r\n] *)(?=[=+\-@＝＋－＠])")
HARMLESS = re.compile(r"-|[+-]?\d+([.,]\d+)*%?")  # "-" is how Moodle writes that there is no date


def escape_formula(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    text = cell.strip()
    runs = cell.lstrip(" ").startswith(FORMULA_STARTS) and not HARMLESS.fullmatch(text)
    return ("'" if runs else "") + AFTER_SEPARATOR.sub(r"\1'", cell)
