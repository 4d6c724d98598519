"""Read the cells of an Excel workbook's first sheet as text."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

LARGEST = 50 * 2**20  # bytes of one part, unpacked
MOST_COLUMNS = 1000
SPACE = re.compile(r"^\{[^}]*\}")  # of names, which XML puts before the name of an element


class NotExcel(Exception):
    """Why a file is no workbook that can be read."""


def read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of the first sheet, with their numbers.

    Parameters
    ----------
    path : Path
        A file ``.xlsx`` (ECMA-376). Of a formula it gives the value that was shown last.

    Raises
    ------
    NotExcel
        If it is none.
    """
    try:
        with zipfile.ZipFile(path) as book:
            shared = ["".join(texts(item)) for item in part(book, "xl/sharedStrings.xml", needed=False)]
            sheet = part(book, first_sheet(book), needed=True)
        rows = [row for data in sheet if name_of(data) == "sheetData" for row in data if name_of(row) == "row"]
        return [(int(row.get("r", number)), cells_of(row, shared)) for number, row in enumerate(rows, start=1)]
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, RuntimeError, ValueError, IndexError) as error:
        raise NotExcel(str(error)) from None
    except (KeyError, EOFError, NotImplementedError, StopIteration) as error:
        raise NotExcel(f"it holds no sheet ({error})") from None


def part(book: zipfile.ZipFile, name: str, needed: bool) -> ElementTree.Element | list:
    """Return the root element of one part of a workbook; an empty list if it is not there and not needed."""
    if not needed and name not in book.namelist():
        return []
    with book.open(name) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise NotExcel(f"{name} is larger than {LARGEST // 2**20} MiB")
    return ElementTree.fromstring(data)


def first_sheet(book: zipfile.ZipFile) -> str:
    """Return the name of the part that is the first sheet."""
    sheets = next(each for each in part(book, "xl/workbook.xml", needed=True) if name_of(each) == "sheets")
    wanted = next(value for key, value in sheets[0].attrib.items() if SPACE.sub("", key) == "id" and SPACE.match(key))
    for relation in part(book, "xl/_rels/workbook.xml.rels", needed=True):
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise NotExcel("it does not say which its first sheet is")


def cells_of(row: ElementTree.Element, shared: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row:
        letters = re.match(r"[A-Z]{1,3}", cell.get("r", ""))
        at = column_number(letters[0]) if letters else len(found)
        if at >= MOST_COLUMNS:
            raise NotExcel(f"it has more than {MOST_COLUMNS} columns")
        found += [""] * (at + 1 - len(found))
        found[at] = text_of(cell, shared)
    return found


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def text_of(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    value = next((each.text or "" for each in cell if name_of(each) == "v"), "")
    if kind == "s":
        return shared[int(value)]
    if kind == "inlineStr":
        return "".join(texts(cell))
    if kind == "n" and value:
        number = float(value)  # 20231234 may stand there as 2.0231234E7
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else value
    return value


def texts(element: ElementTree.Element) -> Iterator[str]:
    """The pieces of a text, without how it is pronounced."""
    for child in element:
        if name_of(child) == "t":
            yield child.text or ""
        elif name_of(child) != "rPh":
            yield from texts(child)


def name_of(element: ElementTree.Element) -> str:
    return SPACE.sub("", element.tag)
