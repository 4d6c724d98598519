"""Put the submissions of an archive into ``submitted/``, each whole or not at all."""

import filecmp
import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from rich.markup import escape
from rich.table import Table

from ..course.course import Course
from ..course.nbgrader_log import captured_log, last_error
from ..course.reader import read_notebook
from ..util.errors import CourseError
from ..util.files import atomic_write
from ..util.text import printable
from ..util.untrusted_files import Unacceptable, UntrustedFolder
from .archive import Refused, Unusable
from .conventions import Upload
from .extractor import Extracted, check_is_own
from .roster import BY_NAME, UNKNOWN

WORK = ".collecting"  # what an interrupted run leaves, and nothing else does; the next one removes it
COLLECTED = "collected"
REPLACED = "collected, an older one kept"
UNCHANGED = "nothing new"
OLDER = "older than what is there, kept aside"


@dataclass
class Collection:
    """The result of collecting an archive: a row for each student, and what was refused."""

    students: list[tuple[str, Upload, str, str]] = field(default_factory=list)  # student, upload, outcome, remark
    refused: list[Refused] = field(default_factory=list)

    def outcomes(self) -> dict[str, str]:
        return {student: outcome for student, _, outcome, _ in self.students}


def collect(course: Course, archive: Path, lms: str = "") -> Collection:
    """Collect the submissions in an archive.

    Parameters
    ----------
    course : Course
    archive : Path
        The zip file, as it was downloaded.
    lms : str
        Where it comes from: ``canvas``, ``moodle``, ``blackboard`` or ``gradescope``; empty to tell from its names.

    Raises
    ------
    CourseError
        If the archive cannot be read or told from others, or if nobody's notebook is in it.
    """
    course.gradebook().close()
    work, kept = course.root / WORK, course.root / "downloaded" / course.assignment
    if not archive.exists():
        raise CourseError(f"{archive}: no such file")
    record = Record(kept / "collected.json")
    shutil.rmtree(work, ignore_errors=True)
    incoming = work / "downloaded" / course.assignment / "archive" / f"{safe_stem(archive)}.zip"
    incoming.parent.mkdir(parents=True)
    try:
        shutil.copy2(archive, incoming)
    except OSError as error:
        raise CourseError(f"{archive} cannot be read: {error.strerror}") from None
    try:
        extracted = zip_collect(course, lms)
    except CourseError as error:
        shutil.rmtree(work)
        raise CourseError(str(error).replace(str(incoming), str(archive))) from None
    result = Collection(refused=extracted.refused)
    folders = {student.casefold(): student for student in course.students()}
    for student in sorted(extracted.newest):
        upload, person = extracted.newest[student], extracted.people[student]
        try:
            outcome = publish(course, student, upload, extracted, record, kept, folders)
        except Unusable as error:
            result.refused.append(Refused(upload.entry, str(error)))
            continue
        remark = [
            "late" if upload.late else "",
            "found by name" if person.found == BY_NAME else "",
            "not in the gradebook yet" if person.found == UNKNOWN and extracted.has_roster else "",
        ]
        result.students.append((student, upload, outcome, ", ".join(filter(None, remark))))
    enter_students(course, result)
    keep_archive(incoming, kept / "archive")
    shutil.rmtree(work)
    return result


def zip_collect(course: Course, lms: str) -> Extracted:
    """Run nbgrader's zip_collect in the folder `WORK`, from which `publish` then moves submissions."""
    config = course.config(submitted_directory=f"{WORK}/submitted")
    config.ZipCollectApp.downloaded_directory = f"{WORK}/downloaded"
    config.LmsExtractor.lms, config.LmsExtractor.notebook = lms, course.notebook_name
    app = ZipCollectApp(config=config, coursedir=CourseDirectory(config=config))
    with captured_log(app.log) as log:
        try:
            app.init_plugins()
            app.extract_archive_files()
            extracted = app.extractor_plugin_inst.extracted
            if extracted.newest:
                app.process_extracted_files()
        except SystemExit:  # how nbgrader's apps fail
            for error in app.extractor_plugin_inst.errors:
                raise error from None
            raise CourseError(f"nbgrader could not collect: {last_error(log)}") from None
    return extracted


class Record:
    """The record of what was collected last for each student: its order and its notebook's digest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.students = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            for entry in self.students.values():
                if not isinstance(entry["order"], list) or not isinstance(entry["digest"], str):
                    raise ValueError("not what is written here")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CourseError(f"{path} is damaged; remove it, and the next archive counts as the newest") from None

    def is_older(self, student: str, upload: Upload) -> bool:
        """Whether the upload is older than the one collected last; False if the system does not tell."""
        before = self.students.get(student, {}).get("order", [])
        return before[:1] == upload.order[:1] and upload.order < before

    def holds(self, student: str, notebook: bytes) -> bool:
        return self.students.get(student, {}).get("digest") == digest(notebook)

    def enter(self, student: str, upload: Upload, notebook: bytes) -> None:
        self.students[student] = {"order": upload.order, "digest": digest(notebook)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path) as partial:
            partial.write_text(json.dumps(self.students, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def digest(notebook: bytes) -> str:
    return hashlib.sha256(notebook).hexdigest()


def publish(
    course: Course,
    student: str,
    upload: Upload,
    extracted: Extracted,
    record: Record,
    kept: Path,
    folders: dict[str, str],
) -> str:
    """Move a student's new submission to its place and keep the old one; return what was done.

    Raises
    ------
    Unusable
        If the place is another's, or no folder of the course's own.
    """
    new = course.root / WORK / "submitted" / student / course.assignment
    there, name = course.folder("submitted", student), f"{course.notebook_name}.ipynb"
    notebook = (new / name).read_bytes()
    check_is_own(there.parent, there)
    if (other := folders.setdefault(student.casefold(), student)) != student:
        raise Unusable(f"{other} is there already, and one folder with {student} where case does not count")
    older = kept / "older" / student
    for path in extracted.older.get(student, []):
        keep(path.read_bytes(), older, name)
    if record.holds(student, notebook) and there.exists():
        return UNCHANGED
    if record.is_older(student, upload):
        keep(notebook, older, name)
        return OLDER
    current = notebook_in(there, name)
    if current == notebook:
        outcome = UNCHANGED
    else:
        outcome = REPLACED if extracted.older.get(student) or current is not None else COLLECTED
        if there.exists():
            set_aside(there, new.parent / "empty" if current is None else older / digest(current)[:16])
        there.parent.mkdir(parents=True, exist_ok=True)
        os.replace(new, there)
    record.enter(student, upload, notebook)
    return outcome


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


def keep_archive(archive: Path, folder: Path) -> None:
    """Keep an archive beside earlier ones of the same name."""
    folder.mkdir(parents=True, exist_ok=True)
    target, count = folder / archive.name, 1
    while target.exists() and not filecmp.cmp(archive, target, shallow=False):
        count += 1
        target = folder / f"{archive.stem}-{count}.zip"
    os.replace(archive, target)


def set_aside(folder: Path, target: Path) -> None:
    """Move a whole submission to where older ones are kept, or out of the way if it is kept there already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_name(f"{target.name}-again")
    os.replace(folder, target)


def enter_students(course: Course, result: Collection) -> None:
    """Note in the gradebook what the system calls everybody, so that grades find their way back."""
    with course.gradebook() as gradebook:
        known = {student.id: student for student in gradebook.students}
        for name, upload, _, _ in result.students:
            student = known.get(name)
            about = {"lms_user_id": upload.lms_id}
            if upload.email and not (student and student.email):
                about["email"] = upload.email
            if upload.name and not (student and (student.last_name or student.first_name)):
                about["last_name"] = upload.name
            gradebook.update_or_create_student(name, **about)


def safe_stem(archive: Path) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in archive.stem)[:100].lstrip(".") or "archive"


def tables(course: Course, result: Collection) -> list[Table]:
    """Who was collected, and what was refused and why."""
    submitted = Table(
        "student", "in the archive", "what was done", "", title=f"{course.assignment}: {course.root / 'submitted'}"
    )
    for student, upload, outcome, remark in result.students:
        submitted.add_row(*(escape(printable(text)) for text in (student, upload.entry, outcome, remark)))
    if not result.refused:
        return [submitted]
    refused = Table("refused", "why")
    for entry in result.refused:
        refused.add_row(escape(printable(entry.entry)), escape(printable(entry.reason)))
    return [submitted, refused]
