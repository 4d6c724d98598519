"""Make a notebook in nbformat's strict form out of one that some tool has saved in a form of its own.

Other tools leave keys out, add their own, or give values of other types than nbformat's schema wants. JupyterLab opens
such files. Of what they hold, grading reads little, so a notebook is built anew out of that: of each cell its type, its
source, its id, its role, its tags and its pictures. Outputs, which are made anew, and everything else are left behind.
"""

import math
import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from nbformat import NotebookNode, from_dict

CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
CELL_TYPES = ("code", "markdown", "raw")
ROLE = "grade_id grade solution task locked points checksum cell_type schema_version".split()
LOCKS = ("deletable", "editable")  # nbgrader writes them, into copies of its cells too
LANGUAGE = "name version mimetype file_extension pygments_lexer nbconvert_exporter".split()
MOST_TAGS = 100  # of a cell
MOST_PICTURES = 100  # attached to a cell
MOST_ATTACHED = 25 * 2**20  # characters of all attachments together: a handful of photographs, in base64


class NoCells(ValueError):
    """JSON that holds no cells."""


def raw_cells(nb: Any) -> list[dict]:
    """The cells of a notebook as JSON has it, in format 4 or, in worksheets, of the formats before it.

    Raises
    ------
    NoCells
        If there is no list of them.
    """
    cells = nb.get("cells") if isinstance(nb, dict) else None
    if not isinstance(cells, list) and isinstance(nb, dict) and isinstance(nb.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in nb["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise NoCells("it has no list of cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def strict_notebook(nb: dict) -> NotebookNode:
    """Build a valid notebook out of what is certain in one that may break nbformat's schema anywhere.

    What is odd in a cell costs at most that cell. A cell whose source is no text becomes an empty one. A cell of an
    unknown type is kept as text; if it has a role, grading gives it the lesson's type.

    Parameters
    ----------
    nb : dict
        As JSON has it; it is not changed.

    Returns
    -------
    NotebookNode
        In format 4.5; in 4.4, where cells have no ids, if no cell has one.

    Raises
    ------
    NoCells
        If there is no list of cells, or if a format of the future has others than those of format 4.
    """
    cells = raw_cells(nb)
    is_newer = type(nb.get("nbformat")) is int and nb["nbformat"] > 4
    if is_newer and not (cells and all(map(is_of_format_4, nb.get("cells") or [None]))):
        raise NoCells("its format is newer than 4, and its cells have another form")
    made = [strict_cell(cell) for cell in cells]
    with_ids = any(usable_id(cell.get("id")) for cell in cells)
    if with_ids:
        for cell, name in zip(made, unique_ids(cells), strict=True):
            cell["id"] = name
    limit_attachments(made)
    about = nb.get("metadata") if isinstance(nb.get("metadata"), dict) else {}
    metadata = {"kernelspec": kernelspec(about.get("kernelspec")), "language_info": language(about)}
    return from_dict(
        {
            "cells": made,
            "metadata": {name: value for name, value in metadata.items() if value},
            "nbformat": 4,
            "nbformat_minor": 5 if with_ids else 4,
        }
    )


def is_of_format_4(cell: Any) -> bool:
    """Whether a cell has all that makes one."""
    return isinstance(cell, dict) and cell.get("cell_type") in CELL_TYPES and joined(cell.get("source")) is not None


def strict_cell(cell: dict) -> dict:
    """A cell without its id, as format 4 has it."""
    kind = cell.get("cell_type")
    source = cell.get("source", cell.get("input"))  # code had that name before format 4
    text = sound_text(source) if type(source) is str else sound_text(joined(source) or "")
    if kind == "heading":  # before format 4
        level = cell.get("level")
        kind, text = "markdown", f"{'#' * (level if type(level) is int and 0 < level < 7 else 1)} {text}"
    elif kind == "html":
        kind = "markdown"
    made = {"cell_type": kind if kind in CELL_TYPES else "raw", "metadata": cell_metadata(cell.get("metadata"))}
    made["source"] = text.replace("\r\n", "\n") if "\r" in text else text
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    elif (attachments := cell.get("attachments")) and (pictures := attached_pictures(attachments)):
        made["attachments"] = pictures
    return made


def cell_metadata(metadata: Any) -> dict:
    """Of a cell's metadata: nbgrader's, whether it is locked, the tags, and an id that some tools keep there."""
    if not isinstance(metadata, dict):
        return {}
    kept = {name: metadata[name] for name in LOCKS if isinstance(metadata.get(name), bool)}
    if isinstance(role := metadata.get("nbgrader"), dict):
        kept["nbgrader"] = {name: strict_value(role[name]) for name in ROLE if is_plain(role.get(name))}
    if isinstance(tags := metadata.get("tags"), list):
        kept["tags"] = list(dict.fromkeys(sound_text(tag) for tag in tags[:MOST_TAGS] if isinstance(tag, str)))
    if isinstance(name := metadata.get("id"), str):
        kept["id"] = sound_text(name)
    return kept


def attached_pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures among a cell's attachments, by file name and MIME type."""
    bundles = attachments.items() if isinstance(attachments, dict) else ()
    found = {
        sound_text(name): {
            sound_text(mime): sound_text(text)
            for mime, value in islice(bundle.items(), MOST_PICTURES)
            if mime.startswith("image/") and (text := joined(value))
        }
        for name, bundle in islice(bundles, MOST_PICTURES)
        if isinstance(bundle, dict)
    }
    return {name: bundle for name, bundle in found.items() if bundle}


def limit_attachments(cells: list[dict]) -> None:
    """Leave out the pictures that would make all attachments together larger than they may be."""
    left = MOST_ATTACHED
    for cell in cells:
        if "attachments" not in cell:
            continue
        kept = {}
        for name, bundle in cell["attachments"].items():
            size = len(name) + sum(map(len, bundle.values()))
            if size <= left:
                kept[name] = bundle
                left -= size
        cell["attachments"] = kept


def unique_ids(cells: list[dict]) -> Iterator[str]:
    """An id for each cell: its own, if that is one and no cell before it has the same; else a new one."""
    taken, given = {cell["id"] for cell in cells if usable_id(cell.get("id"))}, set()
    new = (name for number in count(1) if (name := f"cell-{number}") not in taken)
    for cell in cells:
        name = cell.get("id")
        if not usable_id(name) or name in given:
            name = next(new)
        given.add(name)
        yield name


def usable_id(name: Any) -> bool:
    return isinstance(name, str) and CELL_ID.fullmatch(name) is not None


def kernelspec(spec: Any) -> dict:
    """The name of a kernel, if there is one."""
    if not isinstance(spec, dict):
        return {}
    name = next((spec[key] for key in ("name", "display_name") if is_text(spec.get(key))), "")
    shown = spec["display_name"] if is_text(spec.get("display_name")) else name
    more = {"language": spec["language"]} if is_text(spec.get("language")) else {}
    return {key: sound_text(text) for key, text in {"name": name, "display_name": shown, **more}.items() if name}


def language(about: dict) -> dict:
    """What a notebook's metadata say of its language; that is Python, if no other is named."""
    info = about.get("language_info")
    if not isinstance(info, dict):
        return {}
    return {"name": "python"} | {name: sound_text(info[name]) for name in LANGUAGE if is_text(info.get(name))}


def joined(value: Any) -> str | None:
    """A text, also one that is kept as a list of lines; None if it is neither."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else None


def sound_text(text: str) -> str:
    """A text without half characters, which can be read and cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def is_plain(value: Any) -> bool:
    return isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))


def strict_value(value: Any) -> Any:
    return sound_text(value) if isinstance(value, str) else value
