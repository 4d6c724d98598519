"""Name what lies in ``submitted/`` where nobody's work is looked for."""

import os
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from ..util.text import shown_name

MOST_SHOWN = 5  # names of what is in one folder


def strays(submitted: Path, assignment: str, assignments: Collection[str] = ()) -> list[str]:
    """Say of what is in ``submitted/`` and will not be graded where it should be, each in one line.

    These are notebooks that lie too high, and folders of students without an assignment, or with one that is spelt
    otherwise. Nothing is opened, and no link is followed.

    Parameters
    ----------
    submitted : Path
    assignment : str
        The one that is graded.
    assignments : collection of str
        All that the course has.
    """
    known = {assignment, *assignments}
    found = []
    for entry in entries(submitted) or ():
        if is_notebook(entry):
            found.append(
                f"submitted/{shown_name(entry.name)} is nobody's: move it to submitted/STUDENT/{assignment}/, with the "
                "student's id for STUDENT"
            )
        elif entry.is_dir(follow_symlinks=False):
            found += of_student(entry, assignment, known)
    return found


def of_student(folder: os.DirEntry, assignment: str, known: Collection[str]) -> Iterator[str]:
    """Say what is wrong with one student's folder."""
    place, inside = f"submitted/{shown_name(folder.name)}", entries(folder.path)
    if inside is None:
        return
    names = {entry.name for entry in inside}
    notebooks = [entry.name for entry in inside if is_notebook(entry)]
    if notebooks:
        yield f"{place}/ has {listed(notebooks)}, which lies too high: move it to {place}/{assignment}/"
    folders = [entry.name for entry in inside if entry.is_dir(follow_symlinks=False) and entry.name not in known]
    alike = [name for name in folders if plain(assignment) in plain(name)]
    if alike and assignment in names:
        yield f"{place}/{shown_name(alike[0])}/ is not graded, {place}/{assignment}/ is: move what should count there"
    elif len(alike) == 1:
        yield f"{place}/{shown_name(alike[0])}/ is not graded: rename it to {place}/{assignment}/"
    elif alike:
        yield f"{place}/ has {listed(alike)}, none of which is graded: rename the right one to {assignment}"
    elif not names & set(known) and not notebooks:
        holds = f"it has {listed(sorted(names))}" if names else "it is empty"
        yield f"{place}/ has no folder {assignment}/, and nothing in it is graded: {holds}"


def entries(folder: Path | str) -> list[os.DirEntry] | None:
    """What is in a folder, in alphabetical order, without hidden files; None if it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted((e for e in found if not e.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:  # whoever reads a submission in it says so
        return None


def is_notebook(entry: os.DirEntry) -> bool:
    return entry.name.casefold().endswith(".ipynb") and entry.is_file(follow_symlinks=False)


def plain(name: str) -> str:
    """A name by which two are compared that a person would take for the same."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(map(shown_name, names[:MOST_SHOWN])) + more
