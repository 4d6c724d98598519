"""Read a table of text as spreadsheets and platforms write it: any delimiter, any usual encoding."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import xlsx
from .errors import CourseError

LARGEST = 50 * 2**20
DELIMITERS = ",;\t|"


@dataclass
class TextTable:
    """A table whose first row names the columns.

    Attributes
    ----------
    path : Path
    header : list of str
    rows : list of (int, list of str)
        Each with the number of the line in which it ends; cells without blanks around them, as many as the header has.
    guessed : str
        The encoding, where nothing in the file says it; else empty.
    """

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]
    guessed: str = ""

    def column(self, names: Iterable[str]) -> int | None:
        """Return where the first of these names is among the columns, whatever its case; None if there is none."""
        known = [plain_header(cell) for cell in self.header]
        return next((known.index(plain_header(name)) for name in names if plain_header(name) in known), None)


def read_table(path: Path) -> TextTable:
    """Read a table of text.

    Parameters
    ----------
    path : Path
        A file in UTF-8, UTF-16 or Windows-1252, the Latin-1 of spreadsheets, with commas, semicolons, tabs or bars; or
        an Excel workbook (``.xlsx``).

    Raises
    ------
    CourseError
        If it cannot be read as such, with the line where there is one.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise CourseError(f"{path} is larger than any table of a class")
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    if data.startswith(b"PK\x03\x04"):
        return table_of(path, excel_rows(path))
    text, guessed = decoded(path, data)
    return table_of(path, text_rows(path, text), guessed)


def excel_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a workbook's first sheet, with their numbers; raises CourseError as `read_table` does."""
    try:
        return xlsx.read_rows(path)
    except xlsx.NotExcel as error:
        raise CourseError(f"{path} is no table ({error}): save it as CSV (UTF-8)") from None


def text_rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a table of text, with the numbers of their lines; raises CourseError as `read_table` does."""
    lines = text.splitlines(keepends=True)
    first = next((line for line in lines if line.strip()), "")
    if first.casefold().startswith("sep=") and len(first.strip()) == 5:  # Excel's own line
        delimiter, skipped = first.strip()[4], lines.index(first) + 1
    else:
        delimiter, skipped = max(DELIMITERS, key=first.count), 0
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        return [(reader.line_num + skipped, row) for row in reader]
    except csv.Error as error:
        raise CourseError(f"{path}, line {reader.line_num + skipped}, is no line of a table ({error})") from None


def table_of(path: Path, rows: Iterable[tuple[int, list[str]]], guessed: str = "") -> TextTable:
    """Return rows as a table, without blanks around cells and without empty rows.

    Raises
    ------
    CourseError
        If there is none, or if a row is longer than the first one.
    """
    clean = [(line, [plain_cell(cell) for cell in row]) for line, row in rows]
    clean = [(line, cells) for line, cells in clean if any(cells)]
    if not clean:
        raise CourseError(f"{path} is empty")
    (_, header), *clean = clean
    width = len(header)
    for line, cells in clean:
        if any(cells[width:]):
            raise CourseError(
                f"{path}, line {line}, has {len(cells)} cells, and the first line names {width} columns: a cell that "
                "holds the separator needs quotes around it"
            )
    full = [(line, [*cells[:width], *[""] * (width - len(cells))]) for line, cells in clean]
    return TextTable(path, header, full, guessed)


def plain_cell(cell: str) -> str:
    return unicodedata.normalize("NFC", cell).replace("\xa0", " ").strip()


def decoded(path: Path, data: bytes) -> tuple[str, str]:
    """Return the text of a file, and its encoding if that is only guessed.

    Raises
    ------
    CourseError
        If it is no text.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # Excel's old form
        raise CourseError(f"{path} is no text but a file of a spreadsheet: save it as CSV (UTF-8)")
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text, guessed = data.decode("utf-16" if is_utf_16 else "utf-8-sig"), ""
    except UnicodeDecodeError:
        text, guessed = data.decode("cp1252", errors="replace"), "Windows-1252"
    if "\0" in text or (guessed and "\ufffd" in text):
        raise CourseError(f"{path} is no text in UTF-8, UTF-16 or Windows-1252: save it as CSV (UTF-8)")
    return text, guessed


def plain_header(name: str) -> str:
    """Reduce the name of a column to letters and digits: "E-Mail" and "email" are the same."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
