"""What each collection has replaced and added, so that it can be taken back."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..util.errors import CourseError
from ..util.untrusted_files import Unacceptable, UntrustedFolder, ignoring

FOLDER = "collections"  # below downloaded/ASSIGNMENT/, with a numbered folder for each collection
CHECKPOINTS = ignoring([".ipynb_checkpoints"])  # whoever only looks at a notebook leaves these


@dataclass
class Change:
    """What a collection has done to one student's submission.

    Attributes
    ----------
    student : str
    existed : bool
        Whether there was one before; then a copy is in the journal.
    record : dict of str to dict
        What was known before of the student's collected notebooks.
    files : dict of str to str, or None
        The digests of the submission's files afterwards, by relative path; None if the collection was stopped there.
    """

    student: str
    existed: bool
    record: dict[str, dict] = field(default_factory=dict)
    files: dict[str, str] | None = None


class Journal:
    """The record of one collection: copies of what it replaced, and a line for each student.

    Parameters
    ----------
    folder : Path
        Its own; it is made when there is something to take down.
    archive : str
        The name of the archive that is collected.
    """

    def __init__(self, folder: Path, archive: str = "") -> None:
        self.folder, self.archive = folder, archive
        self.lines, self.gradebook_file = folder / "changes.jsonl", folder / "students.json"

    @classmethod
    def new(cls, kept: Path, archive: str) -> "Journal":
        """Begin the journal of a collection; `kept` is ``downloaded/ASSIGNMENT/``."""
        numbers = numbered(kept / FOLDER)
        return cls(kept / FOLDER / f"{max(numbers, default=0) + 1:04}", archive)

    @classmethod
    def last(cls, kept: Path) -> "Journal | None":
        """Return the journal of the last collection that has not been taken back; None if there is none."""
        numbers = numbered(kept / FOLDER)
        if not numbers:
            return None
        journal = cls(numbers[max(numbers)])
        journal.archive = next((line["archive"] for line in journal.read() if "archive" in line), "")
        return journal

    def copy_of(self, student: str) -> Path:
        """Where a submission is kept as it was before."""
        return self.folder / "before" / student

    def before(self, student: str, there: Path, record: dict[str, dict]) -> None:
        """Copy a submission that is about to change."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            self.append({"archive": self.archive})
        existed, copy = there.exists(), self.copy_of(student)
        if existed:
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir(parents=True)
            try:
                with UntrustedFolder(there) as opened:
                    opened.copy_all(opened.measure(skipped=CHECKPOINTS, hard_links=True), copy)
            except Unacceptable:  # `publish` keeps the folder as it is, and whoever takes this back is told
                shutil.rmtree(copy)
        self.append({"student": student, "existed": existed, "record": record})

    def after(self, student: str, there: Path) -> None:
        """Take down what a submission is now."""
        self.append({"student": student, "files": digests(there)})

    def append(self, line: dict) -> None:
        with open(self.lines, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def read(self) -> Iterator[dict]:
        """Yield what was taken down, up to where a collection was stopped.

        Raises
        ------
        CourseError
            If it is damaged.
        """
        try:
            lines = self.lines.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines):
                try:
                    found = json.loads(line)
                except ValueError:
                    if number == len(lines) - 1:  # half a line, of one that was stopped
                        return
                    raise
                if not isinstance(found, dict):
                    raise ValueError("no object")
                yield found
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise CourseError(f"{self.lines} is damaged ({error}): what was collected cannot be taken back") from None

    def changes(self) -> dict[str, Change]:
        """Return what was done, by student, without what was taken back already."""
        found: dict[str, Change] = {}
        for line in self.read():
            student = line.get("student")
            if "existed" in line:
                found[student] = Change(student, line["existed"], line["record"])
            elif "files" in line and student in found:
                found[student].files = line["files"]
            elif "undone" in line:
                found.pop(line["undone"], None)
        return found

    def note_students(self, before: dict[str, dict | None], after: dict[str, dict]) -> None:
        """Take down what the gradebook said of students, and what the collection has written there."""
        if self.folder.exists():
            changed = {name: [before[name], now] for name, now in after.items() if before[name] != now}
            self.gradebook_file.write_text(json.dumps(changed, indent=1), encoding="utf-8")

    def students(self) -> dict[str, list]:
        """Return what the gradebook said of students before and after, where that is not the same."""
        try:
            return json.loads(self.gradebook_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise CourseError(f"{self.gradebook_file} is damaged ({error})") from None

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def numbered(folder: Path) -> dict[int, Path]:
    """The numbered folders in a folder."""
    names = os.listdir(folder) if folder.is_dir() else []
    return {int(name): folder / name for name in names if name.isascii() and name.isdigit()}


def digests(folder: Path) -> dict[str, str] | None:
    """The digests of a submission's files, by relative path; None if there is no such folder, or one with links."""
    try:
        with UntrustedFolder(folder) as opened:
            contents = opened.measure(skipped=CHECKPOINTS, hard_links=True)
            if contents.odd:
                return None
            return {path: hashlib.sha256(data).hexdigest() for path, data in opened.read_all(contents).items()}
    except Unacceptable:
        return None
