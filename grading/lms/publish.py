"""Put one student's collected notebooks into ``submitted/``, each whole or not at all, and keep what was there."""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from ..course import timestamps
from ..course.course import Course
from ..course.reader import TIMESTAMP, read_notebook
from ..util.errors import CourseError
from ..util.files import atomic_write
from ..util.untrusted_files import Unacceptable, UntrustedFolder
from .archive import Unusable
from .conventions import Upload
from .extractor import check_is_own
from .journal import Journal

COLLECTED = "collected"
REPLACED = "collected, an older one kept"
UNCHANGED = "nothing new"
OLDER = "older than what is there, kept aside"
TIMED = "nothing new but its time"


class Record:
    """The record of what was collected last: of each student's notebook, its order and its digest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            for entry in self.known.values():
                if not isinstance(entry["order"], list) or not isinstance(entry["digest"], str):
                    raise ValueError("not what is written here")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CourseError(f"{path} is damaged; remove it, and the next archive counts as the newest") from None

    def entry(self, student: str, name: str) -> dict:
        """What is known of a notebook. Records once had a single one for each student, and no name."""
        return self.known.get(f"{student}/{name}") or self.known.get(student, {})

    def is_older(self, student: str, name: str, upload: Upload) -> bool:
        """Whether the upload is older than the one collected last; False if the system does not tell."""
        before = self.entry(student, name).get("order", [])
        return before[:1] == upload.order[:1] and upload.order < before

    def holds(self, student: str, name: str, notebook: bytes) -> bool:
        return self.entry(student, name).get("digest") == digest(notebook)

    def of(self, student: str) -> dict[str, dict]:
        """All that is known of a student's notebooks."""
        return {key: entry for key, entry in self.known.items() if key == student or key.startswith(f"{student}/")}

    def time(self, student: str) -> str | None:
        """The text of the time that was written last beside a student's notebooks; None if that is not known."""
        return next((entry["time"] for entry in self.of(student).values() if "time" in entry), None)

    def enter(
        self, student: str, uploads: Mapping[str, Upload], notebooks: Mapping[str, bytes], time: str | None
    ) -> None:
        """Note that a student's notebooks were collected, with the time that stands beside them now."""
        for name, data in notebooks.items():
            self.known[f"{student}/{name}"] = {"order": uploads[name].order, "digest": digest(data)}
        for entry in self.of(student).values():
            entry.pop("time", None)
            if time is not None:
                entry["time"] = time
        self.write()

    def restore(self, student: str, known: Mapping[str, dict]) -> None:
        """Put back what was known of a student's notebooks before."""
        for key in self.of(student):
            del self.known[key]
        self.known |= known
        self.write()

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path) as partial:
            partial.write_text(json.dumps(self.known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def digest(notebook: bytes) -> str:
    return hashlib.sha256(notebook).hexdigest()


def publish(
    course: Course,
    work: Path,
    student: str,
    uploads: Mapping[str, Upload],
    older: Mapping[str, list[Path]],
    record: Record,
    folders: dict[str, str],
    journal: Journal,
) -> dict[str, str]:
    """Move a student's new notebooks to their place and keep the old ones.

    Parameters
    ----------
    course : Course
    work : Path
        The folder in whose ``submitted/`` the new ones are.
    student : str
    uploads : Mapping of str to Upload
        The newest of each notebook, by its name.
    older : Mapping of str to (list of Path)
        The files of older versions in the same archive, by the names of notebooks.
    record : Record
    folders : dict of str to str
        The students there are, by their names in lower case.
    journal : Journal
        Takes down what is replaced and what comes in its place.

    Returns
    -------
    dict of str to str
        What was done, by the names of notebooks.

    Raises
    ------
    Unusable
        If the place is another's, or no folder of the course's own.
    """
    new, there = work / "submitted" / student / course.assignment, course.folder("submitted", student)
    kept = course.root / "downloaded" / course.assignment / "older" / student
    check_is_own(there.parent, there)
    if (other := folders.setdefault(student.casefold(), student)) != student:
        raise Unusable(f"{other} is there already, and one folder with {student} where case does not count")
    found = {name: (new / f"{name}.ipynb").read_bytes() for name in uploads}
    current = {name: notebook_in(there, f"{name}.ipynb") for name in uploads}
    outcomes, settled = {}, {}
    for name, upload in uploads.items():
        for path in older[name]:
            keep(path.read_bytes(), kept, f"{name}.ipynb")
        if record.holds(student, name, found[name]) and there.exists():
            outcomes[name] = UNCHANGED
        elif record.is_older(student, name, upload):
            keep(found[name], kept, f"{name}.ipynb")
            outcomes[name] = OLDER
        else:
            settled[name] = found[name]
            outcomes[name] = REPLACED if older[name] or current[name] is not None else COLLECTED
            if current[name] == found[name]:
                outcomes[name] = UNCHANGED
    fresh = [name for name in settled if outcomes[name] != UNCHANGED]
    time, changed = written_time(new), bool(fresh)
    for name in uploads.keys() - fresh:
        (new / f"{name}.ipynb").unlink()
    if not fresh and UNCHANGED in outcomes.values() and needs_time(there, time, record.time(student)):
        outcomes = {name: TIMED if outcome == UNCHANGED else outcome for name, outcome in outcomes.items()}
        changed = True
    if changed:
        journal.before(student, there, record.of(student))
    if fresh:
        others = course.lesson_paths.keys() - fresh
        if any(os.path.lexists(there / f"{name}.ipynb") for name in others):
            put_beside(new, there, fresh, current, kept)
        else:
            put_in_place(new, there, [current[name] for name in fresh], kept)
    elif changed:
        os.replace(new / TIMESTAMP, there / TIMESTAMP)
    if settled or changed:
        record.enter(student, uploads, settled, written_time(there))
    if changed:
        journal.after(student, there)
    return outcomes


def written_time(folder: Path) -> str | None:
    """The text of the time beside a notebook; None if there is none that can be read."""
    try:
        with UntrustedFolder(folder) as opened:
            return timestamps.decode(opened.read(TIMESTAMP, timestamps.LONGEST)).strip()
    except (Unacceptable, UnicodeDecodeError):
        return None


def needs_time(there: Path, time: str | None, known: str | None) -> bool:
    """Whether the time of a notebook that is there already is to be written: not over one that a person has changed."""
    if time is None or not there.is_dir():
        return False
    if not os.path.lexists(there / TIMESTAMP):
        return True
    before = written_time(there)
    return before is not None and before == known and before != time


def put_in_place(new: Path, there: Path, current: Collection[bytes | None], kept: Path) -> None:
    """Put a whole folder in the place of the one that is there, which is kept."""
    if there.exists():
        held = [notebook for notebook in current if notebook is not None]
        set_aside(there, kept / digest(b"".join(held))[:16] if held else new.parent / "empty")
    there.parent.mkdir(parents=True, exist_ok=True)
    os.replace(new, there)


def put_beside(new: Path, there: Path, fresh: Collection[str], current: Mapping[str, bytes | None], kept: Path) -> None:
    """Put notebooks beside others of the same student, which stay, and keep those that they replace.

    The time goes first: whoever is stopped in between puts the notebooks there in the next run.
    """
    if (new / TIMESTAMP).exists():
        os.replace(new / TIMESTAMP, there / TIMESTAMP)
    for name in fresh:
        if current[name]:
            keep(current[name], kept, f"{name}.ipynb")
        elif current[name] is not None:  # a folder, a link
            set_aside(there / f"{name}.ipynb", kept / "unreadable" / f"{name}.ipynb")
        os.replace(new / f"{name}.ipynb", there / f"{name}.ipynb")


def notebook_in(folder: Path, name: str) -> bytes | None:
    """What a notebook holds that is there; None if there is none, and nothing if it is none that can be read."""
    if not os.path.lexists(folder / name):
        return None
    try:
        with UntrustedFolder(folder) as opened:
            return read_notebook(opened, name, hard_links=True)
    except Unacceptable:
        return b""


def keep(notebook: bytes, older: Path, name: str) -> None:
    """Keep an older notebook once, in a folder named by its digest."""
    target = older / digest(notebook)[:16] / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as partial:
            partial.write_bytes(notebook)


def set_aside(folder: Path, target: Path) -> None:
    """Move a whole submission to where older ones are kept, or out of the way if it is kept there already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_name(f"{target.name}-again")
    os.replace(folder, target)
