"""nbgrader's zip_collect, taught to take a class's archive apart safely."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import count
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin
from traitlets import Enum, List, Unicode

from ..course.lesson import notebooks_in, read_lesson_file
from ..course.reader import NotGradable, parse_notebook
from ..course.recognition import recognize
from ..util.errors import CourseError
from .archive import Archive, Refused, Unusable
from .conventions import CONVENTIONS, Upload, detect_convention
from .roster import Person, Roster, conflicting_claims
from .times import read_times, time_zone

MOST_VERSIONS = 20  # notebooks by one student in one archive


@dataclass
class Extracted:
    """What came out of the archives.

    Attributes
    ----------
    people : dict of str to Person
        By student.
    newest : dict of str to (dict of str to Upload)
        By student, and by the name of the notebook.
    older : dict of (str, str) to (list of Path)
        The files of older versions, by student and notebook.
    refused : list of Refused
    beside : list of str
        The files that are no notebooks, of students who have handed in a notebook, too.
    systems : set of str
        The systems that the archives come from.
    has_roster : bool
        Whether there is anybody in the gradebook.
    of_this, of_another : int
        How many notebooks have cells of the assignment, and how many have none.
    """

    people: dict[str, Person] = field(default_factory=dict)
    newest: dict[str, dict[str, Upload]] = field(default_factory=dict)
    older: dict[tuple[str, str], list[Path]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    systems: set[str] = field(default_factory=set)
    has_roster: bool = False
    of_this: int = 0
    of_another: int = 0


class LmsExtractor(ExtractorPlugin):
    """Takes the place of nbgrader's ExtractorPlugin, which unpacks whatever it is given wherever that leads.

    Nothing is written under a name from an archive. Which notebook of the assignment a file is, its cells say; one that
    has none of the assignment's cells is refused. The newest version of each becomes ``STUDENT/TIME/NOTEBOOK.ipynb``,
    or ``STUDENT/untimed/…`` where the system tells no time, for nbgrader's own FileNameCollectorPlugin to find; older
    ones stay in ``STUDENT/older/``, which it leaves alone.
    """

    lms = Enum(
        ["", *CONVENTIONS],
        default_value="",
        help="The system that the archives come from; without one it is told from the names in them.",
    ).tag(config=True)

    times = List(Unicode(), help="Files that say when everybody has handed in; see docs/lms.md.").tag(config=True)
    zone = Unicode("", help="Where times are of that name no zone, such as Europe/Berlin.").tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        self.extracted, self.errors, self.numbers = Extracted(), [], count(1)
        self.versions: dict[tuple[str, str], list[tuple[Upload, Person, Path]]] = defaultdict(list)
        self.find_lessons()
        archives = sorted(Path(archive_path).glob("*.zip"), key=lambda path: path.stat().st_mtime)
        with Gradebook(self.parent.coursedir.db_url, self.parent.coursedir.course_id) as gradebook:
            roster = Roster(gradebook)
        self.extracted.has_roster = not roster.empty
        try:
            self.local = time_zone(self.zone)
            self.given = read_times(map(Path, self.times), self.local) if self.times else None
        except CourseError as error:
            self.errors.append(error)
            self.parent.fail("%s", error)
        for path in archives:
            try:
                with Archive(path) as archive:
                    convention = CONVENTIONS[self.lms] if self.lms else detect_convention(archive.entries, path)
                    self.unpack(archive, convention, roster, Path(extracted_path))
            except CourseError as error:
                self.errors.append(error)
        if self.errors and len(self.errors) == len(archives):
            self.parent.fail("%s", self.errors[0])
        self.settle(Path(extracted_path))
        self.extracted.refused += [Refused("", str(error)) for error in self.errors]
        for refused in self.extracted.refused:
            self.log.warning("Left out: %s: %s", refused.entry, refused.reason)

    def find_lessons(self) -> None:
        """Find the notebooks of the assignment; where there is no ``source/``, it has one that is called as it is."""
        directory = self.parent.coursedir
        source = Path(directory.format_path(directory.source_directory, ".", directory.assignment_id))
        paths = notebooks_in(source)
        self.lessons = {name: read_lesson_file(path, directory.assignment_id) for name, path in paths.items()}
        self.names = list(self.lessons) or [directory.assignment_id]

    def unpack(self, archive: Archive, convention, roster: Roster, target: Path) -> None:
        """Write the notebooks of one archive."""
        uploads, people = [self.with_time(upload) for upload in convention.uploads(archive)], {}
        if self.given and uploads and not any(upload.time for upload in uploads):
            raise CourseError(f"{self.given.name} says of nobody in {archive.path} when they have handed in")
        self.extracted.systems.add(convention.name)
        told = {upload.entry for upload in uploads} | {refused.entry for refused in archive.refused}
        for entry in archive.entries:
            if entry not in told and not convention.is_own(entry):
                archive.refuse(entry, convention.why_not(entry))
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

    def with_time(self, upload: Upload) -> Upload:
        """Return an upload with its time: as the archive has it, in the zone that was named, or as a file says it."""
        if upload.time and not upload.has_zone and self.local:
            upload = replace(upload, time=upload.time.replace(tzinfo=self.local).astimezone(UTC))
        return self.given.given_to(upload) if self.given else upload

    def places(self, student: str) -> list[Path]:
        """Where nbgrader will put a submission: the student's folder, and the assignment's in it."""
        directory = self.parent.coursedir
        there = Path(directory.format_path(directory.submitted_directory, student, directory.assignment_id))
        return [there.parent, there]

    def unpack_student(self, archive: Archive, person: Person, uploads: list[Upload], target: Path) -> None:
        """Write the notebooks that one student handed in, aside."""
        notebooks = [upload for upload in uploads if is_notebook(upload.file)]
        notebooks.sort(key=lambda upload: max(rank(upload, name) for name in self.names), reverse=True)
        for upload in uploads:
            if not is_notebook(upload.file) and (len(notebooks) == 0 or upload.file.lower().endswith(".zip")):
                archive.refuse(upload.entry, "not a notebook" + instead(upload.file), person.student)
            elif not is_notebook(upload.file):
                self.extracted.beside.append(upload.entry)
        most = MOST_VERSIONS * len(self.names)
        for upload in notebooks[most:]:
            archive.refuse(upload.entry, f"more than {most} notebooks by one student", person.student)
        for upload in notebooks[:most]:
            try:
                data = archive.read(upload.entry)
                name = self.notebook_of(upload, data)
            except Unusable as error:
                archive.refuse(upload.entry, error, person.student)
                continue
            path = target / person.student / "older" / f"{next(self.numbers)}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.versions[person.student, name].append((upload, person, path))

    def notebook_of(self, upload: Upload, data: bytes) -> str:
        """Return which notebook of the assignment a file is: by its cells, or if it is no notebook, by its name.

        Raises
        ------
        Unusable
            If it is none of them, or if that cannot be told.
        """
        named = [name for name in self.names if rank(upload, name)[0]]
        try:
            nb = parse_notebook(Path(upload.entry), data)
        except NotGradable:  # grading says why
            if len(self.names) == 1:
                return self.names[0]
            if len(named) != 1:
                raise Unusable(f"not a notebook, and its name is none of {self.listed(self.names)}") from None
            return named[0]
        found = recognize(nb, self.lessons, named[0] if len(named) == 1 else "")
        if not found and not self.lessons:  # there is no source/ to tell by
            found = named or self.names
        found = found or [name for name in named if not self.lessons[name].graded_or_solution_ids]
        if not found:
            self.extracted.of_another += 1
            assignment = self.parent.coursedir.assignment_id
            raise Unusable(f"a notebook, but not of the assignment {assignment}: it has none of its cells")
        self.extracted.of_this += 1
        if len(found) > 1:
            raise Unusable(f"could be any of {self.listed(found)}: its cells and its name do not tell which")
        return found[0]

    @staticmethod
    def listed(names: Iterable[str]) -> str:
        return ", ".join(f"{name}.ipynb" for name in names)

    def settle(self, target: Path) -> None:
        """Put the newest version of each notebook in its place, and leave the others aside."""
        for (student, name), versions in self.versions.items():
            *older, (upload, person, path) = sorted(versions, key=lambda version: rank(version[0], name))
            folder = target / student / (upload.time.strftime("%Y%m%dT%H%M%SZ") if upload.time else "untimed")
            folder.mkdir(exist_ok=True)
            path.rename(folder / f"{name}.ipynb")
            self.extracted.newest.setdefault(student, {})[name] = upload
            self.extracted.older[student, name] = [path for _, _, path in older]
            self.extracted.people[student] = person


def rank(upload: Upload, notebook: str) -> tuple:
    """Return a key that is larger for a newer upload, and first, for one that is named as the notebook is.

    A browser calls a second file of a name ``ps1 (1).ipynb``, Canvas ``ps1-1.ipynb``.
    """
    # possessive: of a long row of digits, each way to split it would be tried
    own = rf"(\d++_)?{re.escape(notebook)}([ _-]?(\d++|\(\d++\)|copy\d*+))*+\.ipynb$"
    copies = [int(number[-18:]) for number in re.findall(r"\d+", upload.file.removeprefix(notebook))]
    return bool(re.match(own, upload.file, re.IGNORECASE)), upload.order, copies[-1:], upload.entry


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
