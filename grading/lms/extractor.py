"""nbgrader's zip_collect, taught to take a class's archive apart safely."""

import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin
from traitlets import Enum, Unicode, default

from ..util.errors import CourseError
from .archive import Archive, Refused, Unusable
from .conventions import CONVENTIONS, Upload, detect_convention
from .roster import Person, Roster, conflicting_claims

MOST_VERSIONS = 20  # notebooks by one student in one archive


@dataclass
class Extracted:
    """What came out of the archives: by student, whose it is, the newest upload, and the files of the older ones."""

    people: dict[str, Person] = field(default_factory=dict)
    newest: dict[str, Upload] = field(default_factory=dict)
    older: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    refused: list[Refused] = field(default_factory=list)
    has_roster: bool = False


class LmsExtractor(ExtractorPlugin):
    """Takes the place of nbgrader's ExtractorPlugin, which unpacks whatever it is given wherever that leads.

    Nothing is written under a name from an archive. The newest notebook of a student becomes
    ``STUDENT/TIME/NOTEBOOK.ipynb``, or ``STUDENT/untimed/…`` where the system tells no time, for nbgrader's own
    FileNameCollectorPlugin to find; older ones go into ``STUDENT/older/``, which it leaves alone.
    """

    lms = Enum(
        ["", *CONVENTIONS],
        default_value="",
        help="The system that the archives come from; without one it is told from the names in them.",
    ).tag(config=True)

    notebook = Unicode("", help="The name of the assignment's notebook; without one, that of the assignment.").tag(
        config=True
    )

    @default("notebook")
    def _notebook_default(self):
        return self.parent.coursedir.assignment_id

    def extract(self, archive_path: str, extracted_path: str) -> None:
        self.extracted, self.errors = Extracted(), []
        archives = sorted(Path(archive_path).glob("*.zip"), key=lambda path: path.stat().st_mtime)
        with Gradebook(self.parent.coursedir.db_url, self.parent.coursedir.course_id) as gradebook:
            roster = Roster(gradebook)
        self.extracted.has_roster = not roster.empty
        for path in archives:
            try:
                with Archive(path) as archive:
                    convention = CONVENTIONS[self.lms] if self.lms else detect_convention(archive.entries, path)
                    self.unpack(archive, convention, roster, Path(extracted_path))
            except CourseError as error:
                self.errors.append(error)
        if self.errors and len(self.errors) == len(archives):
            self.parent.fail("%s", self.errors[0])
        self.extracted.refused += [Refused("", str(error)) for error in self.errors]
        for refused in self.extracted.refused:
            self.log.warning("Left out: %s: %s", refused.entry, refused.reason)

    def unpack(self, archive: Archive, convention, roster: Roster, target: Path) -> None:
        """Write the notebooks of one archive."""
        uploads, people = list(convention.uploads(archive)), {}
        told = {upload.entry for upload in uploads} | {refused.entry for refused in archive.refused}
        for entry in archive.entries:
            if entry.endswith(".ipynb") and entry not in told:
                archive.refuse(entry, f"not named as {convention.name.capitalize()} names a submission")
        handed_in: dict[str, list[Upload]] = defaultdict(list)
        for upload in uploads:
            try:
                people[upload.lms_id] = roster.find(upload)
            except Unusable as error:
                archive.refuse(upload.entry, error)
            else:
                handed_in[upload.lms_id].append(upload)
        wrong = conflicting_claims(people.items())
        for lms_id, theirs in handed_in.items():
            try:
                if lms_id in wrong:
                    raise Unusable(wrong[lms_id])
                check_is_own(*self.places(people[lms_id].student))
            except Unusable as error:
                for upload in theirs:
                    archive.refuse(upload.entry, error)
            else:
                self.unpack_student(archive, people[lms_id], theirs, target)
        self.extracted.refused += archive.refused

    def places(self, student: str) -> list[Path]:
        """Where nbgrader will put a submission: the student's folder, and the assignment's in it."""
        directory = self.parent.coursedir
        there = Path(directory.format_path(directory.submitted_directory, student, directory.assignment_id))
        return [there.parent, there]

    def unpack_student(self, archive: Archive, person: Person, uploads: list[Upload], target: Path) -> None:
        """Write what one student handed in: of notebooks, the newest in its place and the others aside."""
        notebooks = sorted((upload for upload in uploads if is_notebook(upload.file)), key=self.rank, reverse=True)
        for upload in uploads:
            if not is_notebook(upload.file) and (len(notebooks) == 0 or upload.file.lower().endswith(".zip")):
                archive.refuse(upload.entry, "not a notebook" + instead(upload.file))
        for upload in notebooks[MOST_VERSIONS:]:
            archive.refuse(upload.entry, f"more than {MOST_VERSIONS} notebooks by one student")
        found = False
        for upload in notebooks[:MOST_VERSIONS]:
            try:
                data = archive.read(upload.entry)
            except Unusable as error:
                archive.refuse(upload.entry, error)
                continue
            home = target / person.student
            if found:
                self.keep_older(person.student, home, data)
                continue
            found = True
            if before := self.extracted.newest.get(person.student):  # from an archive downloaded earlier
                if self.rank(before) > self.rank(upload):
                    self.keep_older(person.student, home, data)
                    continue
                for folder in [folder for folder in home.iterdir() if folder.name != "older"]:
                    self.keep_older(person.student, home, (folder / f"{self.notebook}.ipynb").read_bytes())
                    shutil.rmtree(folder)
            folder = home / (upload.time.strftime("%Y%m%dT%H%M%SZ") if upload.time else "untimed")
            folder.mkdir(parents=True)
            (folder / f"{self.notebook}.ipynb").write_bytes(data)
            self.extracted.newest[person.student] = upload
            self.extracted.people[person.student] = person

    def rank(self, upload: Upload) -> tuple:
        """Return a key that is larger for a newer upload, and first, for one that is named as the notebook is.

        A browser calls a second file of a name ``ps1 (1).ipynb``, Canvas ``ps1-1.ipynb``.
        """
        # possessive: of a long row of digits, each way to split it would be tried
        own = rf"(\d++_)?{re.escape(self.notebook)}([ _-]?(\d++|\(\d++\)|copy\d*+))*+\.ipynb$"
        copies = [int(number[-18:]) for number in re.findall(r"\d+", upload.file.removeprefix(self.notebook))]
        return bool(re.match(own, upload.file, re.IGNORECASE)), upload.order, copies[-1:], upload.entry

    def keep_older(self, student: str, home: Path, data: bytes) -> None:
        older = self.extracted.older[student]
        path = home / "older" / f"{len(older) + 1}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        older.append(path)


def check_is_own(*folders: Path) -> None:
    """Raise Unusable if something is there that is no folder: what is written there would go elsewhere."""
    for folder in folders:
        if folder.is_symlink():
            raise Unusable(f"{folder} is a link, which leads out of the course or to somebody else's work")
        if folder.exists() and not folder.is_dir():
            raise Unusable(f"{folder} is there, and is no folder")


def is_notebook(file: str) -> bool:
    return file.lower().endswith(".ipynb")


def instead(file: str) -> str:
    """What to do about a file that is no notebook."""
    if file.lower().endswith((".zip", ".gz", ".7z", ".rar")):
        return " but an archive inside the archive; ask for the notebook itself"
    return ""
