"""Files of grades as systems read and write them: encoding, delimiter, and no formulas."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..util.errors import CourseError
from ..util.files import atomic_write
from ..util.spreadsheets import escape_formula

LARGEST = 50 * 2**20


@dataclass
class Sheet:
    """A table of text whose first row names the columns."""

    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL

    @property
    def header(self) -> list[str]:
        return self.rows[0]

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        """Read a file of grades with commas, semicolons or tabs, in UTF-8 or UTF-16.

        Raises
        ------
        CourseError
            If it cannot be read as such.
        """
        try:
            if path.stat().st_size > LARGEST:
                raise CourseError(f"{path} is larger than any file of grades")
            data = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}") from None
        encoding = "utf-8"
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        elif data.startswith(b"\xef\xbb\xbf"):
            encoding = "utf-8-sig"
        try:
            text = data.decode(encoding)
            first = text.partition("\n")[0]
            delimiter = max("\t,;", key=first.count)
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
        except UnicodeDecodeError:
            raise CourseError(
                f"{path} is no text in UTF-8 or UTF-16; download it again, and open it in no spreadsheet"
            ) from None
        except csv.Error as error:
            raise CourseError(f"{path} is no file of grades ({error})") from None
        if not rows or len(rows[0]) < 2:
            raise CourseError(f"{path} is no file of grades: its first line names no columns")
        width = len(rows[0])
        rows = [row + [""] * (width - len(row)) for row in rows]
        quoted = csv.QUOTE_ALL if first.lstrip("\ufeff").startswith('"') else csv.QUOTE_MINIMAL
        return cls(rows, encoding, delimiter, quoted)

    def column(self, name: str) -> int | None:
        """Where the column of that name is, or None."""
        names = [cell.strip().casefold() for cell in self.header]
        return names.index(name.casefold()) if name.casefold() in names else None

    def write(self, path: Path) -> list[str]:
        """Write the sheet; an older file is replaced when the new one is whole.

        Returns
        -------
        list of str
            The cells that a spreadsheet would have run, and that have an apostrophe before them now.
        """
        changed = [cell for row in self.rows for cell in row if escape_formula(cell) != cell]
        try:
            with atomic_write(path) as partial, open(partial, "w", encoding=self.encoding, newline="") as file:
                writer = csv.writer(file, delimiter=self.delimiter, quoting=self.quoting, lineterminator="\r\n")
                writer.writerows([escape_formula(cell) for cell in row] for row in self.rows)
        except OSError as error:
            raise CourseError(f"{path} cannot be written: {error.strerror}") from None
        return changed
