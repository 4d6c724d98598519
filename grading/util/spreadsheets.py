"""Keep text from being run as a formula by the spreadsheet that opens a file."""

import csv
import re
from pathlib import Path

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
HARMLESS = re.compile(r"-|[+-]?\d+([.,]\d+)*%?")  # "-" is how Moodle writes that there is no date


def escape_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run as a formula."""
    text = cell.strip()
    runs = cell.lstrip(" ").startswith(FORMULA_STARTS) and not HARMLESS.fullmatch(text)
    return f"'{cell}" if runs else cell


def escape_formulas(path: Path) -> None:
    """Escape the formulas of a CSV file in place."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([escape_formula(cell) for cell in row] for row in rows)
