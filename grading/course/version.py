"""The version of an assignment that submissions are graded by, as a digest."""

import hashlib
import json
from dataclasses import astuple
from pathlib import Path

from nbgrader.api import Gradebook

from .assignment import files_beside, source_cells


def assignment_version(gradebook: Gradebook, name: str, folder: Path, ignored: list[str]) -> str:
    """Return digests of an assignment's generated cells, and of the files beside its notebooks, with a space between.

    What students only read is in neither: to mend a word there changes nobody's grade.

    Parameters
    ----------
    gradebook : Gradebook
    name : str
        The assignment's.
    folder : Path
        Where the instructor's notebooks are.
    ignored : list of str
        Patterns of the files beside them that are not copied.
    """
    notebooks = [
        [
            entry.name,
            entry.kernelspec,
            [astuple(cell) for cell in source_cells(gradebook, entry.name, name)],  # in the order in which they run
        ]
        for entry in sorted(gradebook.find_assignment(name).notebooks, key=lambda entry: entry.name)
    ]
    cells = hashlib.sha256(json.dumps(notebooks).encode()).hexdigest()
    files = files_beside(folder, ignored)
    beside = [f"{path!r} {hashlib.sha256(files[path]).hexdigest()}" for path in sorted(files)]
    return f"{cells} {hashlib.sha256(chr(10).join(beside).encode()).hexdigest()}"
