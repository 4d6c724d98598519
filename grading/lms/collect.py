"""Put the submissions of an archive into ``submitted/``, each whole or not at all."""

import filecmp
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory

from ..course.course import Course
from ..course.nbgrader_log import captured_log, logged_error
from ..util.errors import CourseError
from ..util.text import printable
from .archive import Refused, Unusable
from .conventions import Upload
from .extractor import Extracted
from .journal import Journal
from .publish import COLLECTED, OLDER, REPLACED, TIMED, UNCHANGED, Record, publish, written_time
from .roster import BY_NAME, UNKNOWN

WORK = ".collecting"  # what an interrupted run leaves, and nothing else does; the next one removes it


@dataclass
class Collection:
    """The result of collecting an archive.

    Attributes
    ----------
    students : list of (str, Upload, str, str)
        The newest version of each notebook: student, upload, outcome and remark.
    kept_aside : int
        How many older versions of them there were.
    refused : list of Refused
    beside : list of str
        The files in the archive that are no notebooks, of students who have handed in a notebook, too.
    names : dict of str to str
        What the gradebook calls the students, where it has a name for them.
    without : list of str
        The students of the gradebook from whom there is nothing in ``submitted/``.
    nobodys : list of str
        The folders in ``submitted/`` that are called as nobody in the gradebook is.
    notes : list of str
        What the instructor should know of the archive and of times, each in one line.
    """

    students: list[tuple[str, Upload, str, str]] = field(default_factory=list)
    kept_aside: int = 0
    refused: list[Refused] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    nobodys: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def outcomes(self) -> dict[str, str]:
        return {student: outcome for student, _, outcome, _ in self.students}

    def summary(self) -> str:
        """How many files of the archive were taken, kept aside and refused, in one line."""
        done = Counter(outcome for _, _, outcome, _ in self.students)
        counts = {
            "collected": done[COLLECTED] + done[REPLACED],
            "nothing new": done[UNCHANGED] + done[TIMED],
            "kept aside": done[OLDER] + self.kept_aside,
            "refused": len(self.refused),
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items())


def collect(course: Course, archive: Path, lms: str = "", times: Sequence[Path] = (), zone: str = "") -> Collection:
    """Collect the submissions in an archive.

    Parameters
    ----------
    course : Course
    archive : Path
        The zip file, as it was downloaded.
    lms : str
        Where it comes from: ``canvas``, ``moodle``, ``blackboard`` or ``gradescope``; empty to tell from its names.
    times : sequence of Path
        Files that say when everybody has handed in, for a system whose archive does not.
    zone : str
        Where times are of that name no zone.

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
        extracted = zip_collect(course, lms, times, zone)
    except CourseError as error:
        shutil.rmtree(work)
        raise CourseError(str(error).replace(str(incoming), str(archive))) from None
    result = Collection(refused=extracted.refused, beside=list(dict.fromkeys(extracted.beside)))
    journal = Journal.new(kept, archive.name)
    folders = {student.casefold(): student for student in course.students()}
    for student in sorted(extracted.newest):
        uploads, person = extracted.newest[student], extracted.people[student]
        older = {name: extracted.older[student, name] for name in uploads}
        try:
            outcomes = publish(course, work, student, uploads, older, record, folders, journal)
        except Unusable as error:
            result.refused += [Refused(upload.entry, str(error), student) for upload in uploads.values()]
            continue
        result.kept_aside += sum(map(len, older.values()))
        for name, outcome in sorted(outcomes.items()):
            remark = [
                "late" if uploads[name].late else "",
                "found by name" if person.found == BY_NAME else "",
                "not in the gradebook yet" if person.found == UNKNOWN and extracted.has_roster else "",
                f"could be {' or '.join(person.could_be)}: give one this lms_user_id" if person.could_be else "",
            ]
            result.students.append((student, uploads[name], outcome, ", ".join(filter(None, remark))))
    enter_students(course, result, journal)
    result.notes = [*notes_on_archive(course, extracted), *notes_on_times(course, extracted, times, zone)]
    keep_archive(incoming, kept / "archive")
    shutil.rmtree(work)
    return result


def zip_collect(course: Course, lms: str, times: Sequence[Path], zone: str) -> Extracted:
    """Run nbgrader's zip_collect in the folder `WORK`, from which `publish` then moves submissions."""
    config = course.config(submitted_directory=f"{WORK}/submitted")
    config.ZipCollectApp.downloaded_directory = f"{WORK}/downloaded"
    config.LmsExtractor.update(lms=lms, times=[str(path) for path in times], zone=zone)
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
            raise CourseError(f"nbgrader could not collect: {logged_error(log)}") from None
    return extracted


def keep_archive(archive: Path, folder: Path) -> None:
    """Keep an archive beside earlier ones of the same name."""
    folder.mkdir(parents=True, exist_ok=True)
    target, count = folder / archive.name, 1
    while target.exists() and not filecmp.cmp(archive, target, shallow=False):
        count += 1
        target = folder / f"{archive.stem}-{count}.zip"
    os.replace(archive, target)


def enter_students(course: Course, result: Collection, journal: Journal) -> None:
    """Note in the gradebook what the system calls everybody, so that grades find their way back."""
    before, after = {}, {}
    with course.gradebook() as gradebook:
        known = {student.id: student for student in gradebook.students}
        for name, upload, _, _ in result.students:
            student = known.get(name)
            about = {"lms_user_id": upload.lms_id}
            if upload.email and not (student and student.email):
                about["email"] = upload.email
            if upload.name and not (student and (student.last_name or student.first_name)):
                about["last_name"] = upload.name
            before.setdefault(name, {key: getattr(student, key) for key in about} if student else None)
            after[name] = about
            gradebook.update_or_create_student(name, **about)
        journal.note_students(before, after)
        there = set(course.students())
        for student in gradebook.students:
            name = " ".join(f"{student.first_name or ''} {student.last_name or ''}".split())
            result.names[student.id] = name
            if student.id not in there:
                result.without.append(f"{student.id} ({name})" if name else student.id)
        result.nobodys = sorted(there - result.names.keys())


def notes_on_archive(course: Course, extracted: Extracted) -> Iterator[str]:
    """Say so where all that was collected are files that cannot be read, and the notebooks are another assignment's."""
    if extracted.newest and extracted.of_another and not extracted.of_this:
        yield (
            f"no notebook in this archive has cells of {course.assignment}: if it is of another assignment, "
            "take it back by `python -m grading collect --undo`"
        )


def notes_on_times(course: Course, extracted: Extracted, times: Sequence[Path], zone: str) -> Iterator[str]:
    """Say of whom it is not known when they have handed in, and which times were taken for UTC."""
    uploads = {student: list(theirs.values()) for student, theirs in extracted.newest.items()}
    untimed = sorted(
        student
        for student, theirs in uploads.items()
        if any(upload.time is None for upload in theirs) and not has_time(course.folder("submitted", student))
    )
    systems = " and ".join(sorted(name.capitalize() for name in extracted.systems))
    never = "never late, and no points are taken off"
    if untimed and times:
        named = " and ".join(map(str, times))
        yield f"{named} has no time of {', '.join(map(printable, untimed))}: they are {never}"
    elif untimed and len(untimed) == len(uploads):
        yield (
            f"{systems}'s archive does not say when anybody has handed in. Without a time a submission is {never}; "
            "to add the times, collect the archive again with --times FILE, see docs/lms.md"
        )
    elif untimed:
        yield f"{systems}'s archive has no time of {', '.join(map(printable, untimed))}: they are {never}"
    if not zone and any(upload.time and not upload.has_zone for theirs in uploads.values() for upload in theirs):
        yield f"{systems}'s times name no zone and were taken for UTC: if they are of another, collect with --zone"


def has_time(folder: Path) -> bool:
    """Whether a time stands beside what is in ``submitted/``, whoever has put it there."""
    return bool(written_time(folder))


def safe_stem(archive: Path) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in archive.stem)[:100].lstrip(".") or "archive"
