"""Have nbgrader's own commands and its formgrader read submissions with care.

nbgrader copies whatever is in ``submitted/``, by following every link, and waits for pipes. It has settings for nearly
everything, but none for the classes that do this, so `install`, called by ``nbgrader_config.py``, puts others in their
place.
"""

import fnmatch
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nbgrader import converters
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from ..course import timestamps
from ..course.changes import why_not_the_same
from ..course.generation_time import first_generated
from ..course.handed_in import SubmittedReader, students_in
from ..course.lesson import lessons_in, notebooks_in
from ..course.reader import TIMESTAMP, NotGradable, read_time, read_timestamp, without_excess
from ..course.renamed import NO_SUCH_FILE, read_notebooks
from ..course.strays import strays
from ..course.submission import listed_reasons, not_in_the_way
from ..util.errors import CourseError
from ..util.text import in_one_line
from ..util.untrusted_files import Unacceptable
from .confined_execute import ConfinedExecute
from .isolated_exporter import FormgraderExporter

NO_SETTINGS = "Nothing is graded: the settings are not loaded, nbgrader_config.py has an error. It stands above"


class Autograde(converters.Autograde):
    """Grades a copy of the class that was read with care. Who cannot be read is named in one line."""

    def start(self) -> None:
        if "ConfinedExecute" not in self.config:  # this class was put in place by a file that then raised something
            self.log.error(NO_SETTINGS)
            raise NbGraderException(NO_SETTINGS)
        directory = self.coursedir
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            refused = self.copy_class(Path(folder))
            submitted, directory.submitted_directory = directory.submitted_directory, folder
            try:
                super().start()
            finally:
                directory.submitted_directory = submitted
        if refused:
            raise NbGraderException(f"not graded: {', '.join(map(in_one_line, refused))}")

    def copy_class(self, target: Path) -> list[str]:
        """Copy the submissions that are to be graded, and return whose cannot be."""
        directory, refused = self.coursedir, []
        source = Path(directory.format_path(directory.source_directory, ".", "."))
        submitted = Path(directory.root, directory.submitted_directory)
        limits = ConfinedExecute(config=self.config).limits()
        for assignment in fnmatch.filter(os.listdir(source), directory.assignment_id):
            lessons = lessons_in(source / assignment, assignment)
            reader = SubmittedReader(submitted, assignment, limits, directory.ignore, lessons)
            if directory.student_id == "*":
                for line in strays(submitted, assignment, os.listdir(source)):
                    self.log.warning("%s", line)
            with Gradebook(directory.db_url, directory.course_id) as gradebook:
                self.require_same_lesson(gradebook, assignment, source / assignment)
                generated = first_generated(gradebook, assignment)
            for student in students_in(submitted, assignment):
                if not fnmatch.fnmatchcase(student, directory.student_id):
                    continue
                try:
                    self.copy_submission(reader, student, source / assignment, target, generated)
                except (Unacceptable, NotGradable) as error:
                    refused.append(student)
                    self.log.error("Not graded: %s: %s", in_one_line(student), getattr(error, "reason", error))
                    shutil.rmtree(target / student, ignore_errors=True)
        return refused

    def require_same_lesson(self, gradebook: Gradebook, assignment: str, folder: Path) -> None:
        """Raise NbGraderException if an assignment is not the one that was generated, and say so in one line."""
        try:
            reason = why_not_the_same(gradebook, self.config, assignment, notebooks_in(folder))
        except MissingEntry:
            return  # it was never generated: nbgrader says so itself
        except CourseError as error:
            reason = str(error)
        if reason:
            self.log.error("Nothing is graded: %s", in_one_line(reason))
            raise NbGraderException(reason)

    def copy_submission(self, reader: SubmittedReader, student: str, source: Path, target: Path, generated) -> None:
        """Copy one submission; what is no notebook is left out, and named, if there is another one.

        Raises
        ------
        Unacceptable, NotGradable
            If it cannot be read, or is far too large.
        """
        place = target / student / reader.assignment
        names = list(reader.lessons)
        ours = [os.path.relpath(path, source) for path in find_all_files(str(source), self.coursedir.ignore)]
        with reader.folder(student) as folder:
            place.mkdir(parents=True)
            beside = reader.beside(folder)
            reserved = {*ours, *(f"{name}.html" for name in names), TIMESTAMP}
            kept = not_in_the_way(beside.files, reserved)
            beside.files = {path: beside.files[path] for path in kept}
            found, copied = read_notebooks(folder, names, reader.lessons, reader.skipped), 0
            # of one that is missing and nowhere else nbgrader says so itself
            refused = {name: reason for name, reason in found.refused.items() if reason != NO_SUCH_FILE}
            for name, data in found.notebooks.items():
                path = place / f"{name}.ipynb"
                try:
                    path.write_bytes(without_excess(path, data))
                    copied += 1
                except NotGradable as error:
                    refused[name] = error.reason
            if refused and not copied:
                raise NotGradable(place, listed_reasons(refused, len(names) > 1))
            folder.copy_all(beside, place)
            raise_files(place, found.inner_folders, reserved)
            if time := read_time(folder):
                (place / TIMESTAMP).write_text(timestamps.as_text(time))
        if refused:
            self.log.error("Not graded: %s: %s", student, listed_reasons(refused, several=True))
        for remark in found.remarks:
            self.log.warning("%s: %s", student, remark)
        if beside.left_out:
            self.log.warning("%s: left out: %s", student, beside.left_out)
        if time and (doubt := timestamps.doubt(time, generated, timestamps.utc_now())):
            self.log.warning("%s: handed in on %s, %s?", student, timestamps.as_text(time), doubt)


def raise_files(place: Path, folders: list[str], reserved: set[str]) -> None:
    """Copy what is in some folders of a copied submission to its top, where the notebooks that are in them go, too."""
    for folder in folders:
        inner = {str(path.relative_to(place / folder)): path for path in (place / folder).rglob("*") if path.is_file()}
        there = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
        for path in not_in_the_way(inner, reserved | there):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(inner[path], place / path)


def get_existing_timestamp(self: CourseDirectory, dest_path: str):
    """Get the time of a submission, in UTC; None if there is none, or none that can be read."""
    try:
        return read_timestamp(Path(dest_path, TIMESTAMP))
    except NotGradable as error:
        self.log.warning("%s", error)
        return None


def get_submitted_timestamp(self, assignment_id: str, student_id: str):
    """Get the time of a submission for the formgrader's list."""
    directory = self.coursedir
    return directory.get_existing_timestamp(
        directory.format_path(directory.submitted_directory, student_id, assignment_id)
    )


def install() -> None:
    """Put what is careful in the place of nbgrader's own, where it has been loaded, and where it will be."""
    for name in ("nbgrader.converters", "nbgrader.apps.autogradeapp", "nbgrader.apps.api"):
        if module := sys.modules.get(name):
            module.Autograde = Autograde
    CourseDirectory.get_existing_timestamp = get_existing_timestamp
    if formgrader := sys.modules.get("nbgrader.server_extensions.formgrader.formgrader"):
        from . import submission_pages  # here: it loads the server

        formgrader.HTMLExporter = FormgraderExporter
        submission_pages.install()
    if api := sys.modules.get("nbgrader.apps.api"):
        api.NbGraderAPI.get_submitted_timestamp = get_submitted_timestamp
