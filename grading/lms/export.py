"""Grades in the form in which Canvas, Moodle, Blackboard and Gradescope read and write them, as nbgrader's exporters.

``nbgrader export --exporter=grading.lms.export.CanvasExport --CanvasExport.template=FILE.csv`` does the same as
``python -m grading export --to canvas --template FILE.csv``.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from ..course.chosen import chosen_students, roster
from ..course.course import Course, choose_assignment
from ..course.late import renew
from ..course.stream import graded_students, submissions_of
from ..util.errors import CourseError
from ..util.text import points
from .cautions import Overwritten, listed, not_graded
from .grade_sheet import Sheet
from .roster import plain

FOLDER = re.compile(r"[\w@+-][\w@+. -]*(?<![. ])")  # a name of a folder on any machine


@dataclass(frozen=True)
class Grade:
    """What one student has got."""

    id: str
    lms_user_id: str
    email: str
    first_name: str
    last_name: str
    score: float
    waiting: int  # answers that a person has yet to grade

    @property
    def name(self) -> str:
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.id

    def keys(self, attribute: str) -> set[str]:
        value = getattr(self, attribute).strip().casefold()
        return {value} if value else set()


class LmsExport(ExportPlugin):
    """What is common to all four.

    With a template, a file of grades that the system itself has written, the scores go into their column of it, and
    everything else stays as it is: whoever has handed in nothing keeps what is there. Without one, a new file is made.
    """

    template = Unicode("", help="A file of grades that the system has written, to be filled in.").tag(config=True)
    column = Unicode("", help="The column of the template for the scores, or a part of its name.").tag(config=True)

    system: str  # its name
    default_to: str  # the file that is written if nothing else is said
    identifiers: list[tuple[str, str]]  # attribute of a Grade, column that must hold the same; the surest first
    scores: re.Pattern  # what the name of a column of scores looks like
    maximum: str = ""  # the column with the points that can be had
    called: str  # the column with what people call a student
    fixed: tuple[str, str] | None = None  # a column, and what it says where the system would not take the score
    sample = "the file of grades"  # what a template is

    def export(self, gradebook: Gradebook) -> None:
        """Write the file; what an instructor should know about it is in `warnings`, and in nbgrader's log.

        Afterwards `folders` has, by the names of students, what to call their folders in an archive of feedback, for
        the system to know whose they are; empty where nothing is known by which it would. `left_alone` names whose
        rows of a template stay as they are.
        """
        self.warnings: list[str] = []
        self.folders: dict[str, str] = {}
        self.left_alone: list[str] = []
        try:
            self.written = self.write(gradebook)
        except CourseError as error:
            if self.parent is None:
                raise
            self.parent.fail("%s", error)  # under `nbgrader export`, whose way to say one line this is
        if self.parent is not None:
            for warning in self.warnings:
                self.log.warning("%s", warning)

    def write(self, gradebook: Gradebook) -> Path:
        grades, most = self.grades(gradebook)
        waiting = [grade for grade in grades if grade.waiting]
        if waiting:
            answers = sum(grade.waiting for grade in waiting)
            self.warnings.append(
                f"{answers} answers of {len(waiting)} students wait for a grade by hand; their scores will still rise: "
                + listed(grade.id for grade in waiting)
            )
        database = Path(gradebook.engine.url.database or "")
        if database.name == "gradebook.db":  # in the course's folder, and not a database elsewhere
            scores = dict.fromkeys(graded_students(gradebook, self.title), 1.0) | {
                grade.id: grade.score for grade in grades
            }
            self.warnings += not_graded(Course(database.parent, self.title), scores)
        target = Path(self.to or self.default_to)
        if self.template:
            sheet = Sheet.read(Path(self.template))
            rows = self.fill_in(sheet, grades, most)
        else:
            sheet, rows = self.new_sheet(grades, most), {}
        self.folders = {grade.id: self.folder(grade, sheet, rows.get(grade.id)) for grade in grades}
        changed = sheet.write(target)
        if changed:
            self.warnings.append("an apostrophe was put before what a spreadsheet would run: " + listed(changed))
        return target

    def grades(self, gradebook: Gradebook) -> tuple[list[Grade], float]:
        """The students who have handed in, by their ids, and the points that can be had."""
        name = self.assignment_name(gradebook)
        if self.parent is not None:  # `nbgrader export`; our own command has done it
            renew(gradebook, name, self.parent.config, Path(self.parent.coursedir.root))
        try:
            most = gradebook.find_assignment(name).max_score
        except MissingEntry:
            raise CourseError(f"{name} is not in the gradebook: nothing has been graded yet") from None
        grades, everybody = [], graded_students(gradebook, name)
        chosen = chosen_students(map(str, self.student), everybody, roster(gradebook)) if everybody else ()
        for submission in submissions_of(gradebook, name, grades=True, students=chosen if self.student else None):
            student = submission.student
            grades.append(
                Grade(
                    student.id,
                    student.lms_user_id or "",
                    student.email or "",
                    student.first_name or "",
                    student.last_name or "",
                    max(0.0, submission.score - submission.late_submission_penalty),
                    sum(bool(grade.needs_manual_grade) for book in submission.notebooks for grade in book.grades),
                )
            )
        if not grades:
            raise CourseError("nobody has been graded yet: run `python -m grading autograde` first")
        return sorted(grades, key=lambda grade: grade.id), most

    def assignment_name(self, gradebook: Gradebook) -> str:
        """Return the assignment whose grades are exported: ``--assignment``, or the only one there is."""
        generated = [assignment.name for assignment in gradebook.assignments]
        named = list(map(str, self.assignment))
        if len(named) > 1:
            raise CourseError(f"grades are written for one assignment at a time: name one of {', '.join(named)}")
        self.title = named[0] if named else choose_assignment(None, generated, [])
        return self.title

    def fill_in(self, sheet: Sheet, grades: list[Grade], most: float) -> dict[str, list[str]]:
        """Put the scores into a template.

        Returns
        -------
        dict of str to list of str
            The rows of the students who are in it, by their names.

        Raises
        ------
        CourseError
            If it has no such column, counts out of another number of points, or if it is not certain whose a row is.
        """
        present = [(attribute, sheet.column(name)) for attribute, name in self.identifiers]
        present = [(attribute, at) for attribute, at in present if at is not None]
        if not present:
            names = " or ".join(dict.fromkeys(name for _, name in self.identifiers))
            raise CourseError(f"{self.template} has no column {names}: it is not {self.sample}")
        scores = self.score_column(sheet)
        self.check_points(sheet, scores, most)
        known: dict[tuple[str, str], list[Grade]] = defaultdict(list)
        for grade in grades:
            for attribute in dict.fromkeys(attribute for attribute, _ in present):
                for key in grade.keys(attribute):
                    known[attribute, key].append(grade)
        rows: dict[str, int] = {}
        overwritten, unmatched, fixed = Overwritten(), [], []
        called, locked = sheet.column(self.called), sheet.column(self.fixed[0]) if self.fixed else None
        for number, row in enumerate(sheet.rows[1:], start=2):
            found = next((g for a, at in present if (g := known.get((a, self.key(row[at]))))), [])
            if len(found) > 1:
                raise CourseError(f"{self.template}, row {number} could be {listed(grade.id for grade in found)}")
            for grade in found:
                if grade.id in rows:
                    raise CourseError(f"{self.template}: rows {rows[grade.id]} and {number} both are {grade.id}")
                rows[grade.id] = number
                overwritten.note(grade.id, row[scores], grade.score)
                row[scores] = points(grade.score)
                if locked is not None and row[locked].strip().casefold() == self.fixed[1]:
                    fixed.append(grade.id)
            if not found and (keys := [row[at] for _, at in present if self.key(row[at])]):
                unmatched.append(row[called] if called is not None and row[called].strip() else keys[0])
        self.left_alone = sorted(unmatched)
        self.warnings += overwritten.warnings(self.template)
        if fixed:
            self.warnings.append(f"{self.system} says that these grades cannot be changed there: {listed(fixed)}")
        if left := [grade.id for grade in grades if grade.id not in rows]:
            others = f"; and in it, but not graded: {listed(self.left_alone)}" if unmatched else ""
            self.warnings.append(f"graded, but not in {self.template}: {listed(left)}{others}")
        return {student: sheet.rows[number - 1] for student, number in rows.items()}

    def folder(self, grade: Grade, sheet: Sheet, row: list[str] | None) -> str:
        """What to call a student's folder in an archive of feedback; `row` is the student's in a template."""
        return grade.lms_user_id if FOLDER.fullmatch(grade.lms_user_id) else grade.id

    def key(self, cell: str) -> str:
        """What identifies a student in a cell."""
        return cell.strip().removeprefix("'").casefold()

    def score_column(self, sheet: Sheet) -> int:
        """Where the scores go.

        Raises
        ------
        CourseError
            If that is not certain.
        """
        columns = [at for at, name in enumerate(sheet.header) if self.scores.search(name)]
        asked = plain(self.column or self.title.partition("_")[2] or self.title)
        if self.column:
            columns = [at for at, name in enumerate(sheet.header) if name == self.column] or columns
        if len(columns) > 1 or self.column:
            columns = [at for at in columns if asked in plain(sheet.header[at])]
        if len(columns) != 1:
            names = [name for name in sheet.header if self.scores.search(name)]
            offers = f"; it has {listed(names)}" if names else ""
            raise CourseError(f"{self.template}: which column are the scores for? Name it with --column{offers}")
        return columns[0]

    def check_points(self, sheet: Sheet, scores: int, most: float) -> None:
        """Raise CourseError if the system counts out of another number of points than the gradebook."""
        for said in self.points_in(sheet, scores):
            try:
                theirs = float(said.strip().replace(",", "."))
            except ValueError:
                continue
            if theirs != most:
                raise CourseError(
                    f"{self.system} counts {sheet.header[scores]!r} out of {theirs:g} points, the gradebook out of "
                    f"{most:g}: set it to {most:g} there, and download {self.template} again"
                )

    def points_in(self, sheet: Sheet, scores: int) -> Iterator[str]:
        at = sheet.column(self.maximum) if self.maximum else None
        return (row[at] for row in sheet.rows[1:]) if at is not None else iter(())

    def new_sheet(self, grades: list[Grade], most: float) -> Sheet:
        raise NotImplementedError


class CanvasExport(LmsExport):
    """For Canvas: Grades > Import. The template is what Grades > Export writes; a column is called ``Title (id)``."""

    system, default_to, called = "Canvas", "grades-canvas.csv", "Student"
    identifiers = [
        ("lms_user_id", "ID"),
        ("id", "SIS User ID"),
        ("id", "SIS Login ID"),
        ("email", "SIS Login ID"),
        ("id", "ID"),
    ]
    scores = re.compile(r".\(\d+\)$")
    sample = "a gradebook exported by Canvas"

    def points_in(self, sheet, scores):
        return (row[scores] for row in sheet.rows[1:] if "points possible" in row[0].casefold())

    def new_sheet(self, grades, most):
        rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", self.title]]
        rows.append(["    Points Possible", "", "", "", "", points(most)])
        for grade in grades:
            login = "" if grade.lms_user_id == grade.id else grade.id
            rows.append([grade.name, grade.lms_user_id, "", login, "", points(grade.score)])
        return Sheet(rows)


class MoodleExport(LmsExport):
    """For Moodle: Upload grading worksheet. The template is what Download grading worksheet gives.

    Folders are for its Upload multiple feedback files in a zip (``mod/assign/feedback/file/importziplib.php``), which
    goes by the participant's number and splits names at underscores. A file that is there already, unchanged, is left
    alone if the folder says that it is feedback; of one that is said to be a submission everybody would be notified.

    Without one the file has its columns too, and an ID number and an email address to tell students by under
    Grades > Import.
    """

    system, default_to, called = "Moodle", "grades-moodle.csv", "Full name"
    fixed = ("Grade can be changed", "no")
    identifiers = [
        ("lms_user_id", "Identifier"),
        ("email", "Email address"),
        ("id", "ID number"),
        ("id", "Username"),
        ("id", "Email address"),
        ("id", "Identifier"),
    ]
    scores = re.compile(r"^Grade$")
    maximum = "Maximum Grade"
    sample = "a grading worksheet of Moodle"

    def key(self, cell):
        return super().key(re.sub(r"^Participant\s*(?=\d+$)", "", cell.strip()))

    def folder(self, grade, sheet, row):
        at = sheet.column("Identifier")
        number = self.key(row[at]) if row and at is not None else grade.lms_user_id
        name = " ".join(re.sub(r"[^\w'-]|_", " ", f"{grade.first_name} {grade.last_name}").split()) or "student"
        return f"{name}_{number}_assignfeedback_file_" if re.fullmatch(r"[0-9]+", number) else ""

    def new_sheet(self, grades, most):
        rows = [
            ["Identifier", "Full name", "ID number", "Email address", "Grade", "Maximum Grade", "Last modified (grade)"]
        ]
        for grade in grades:
            number = f"Participant {grade.lms_user_id}" if grade.lms_user_id.isdigit() else grade.lms_user_id
            name = " ".join(filter(None, (grade.first_name, grade.last_name)))
            rows.append([number, name, grade.id, grade.email, points(grade.score), points(most), "-"])
        return Sheet(rows)


class BlackboardExport(LmsExport):
    """For Blackboard: Upload grades. The template is what Download grades writes; a column's id stands behind a bar."""

    system, default_to, called = "Blackboard", "grades-blackboard.txt", "Username"
    identifiers = [("lms_user_id", "Username"), ("id", "Username"), ("id", "Student ID")]
    scores = re.compile(r"\|\s*\d+$")
    sample = "a file of grades downloaded from Blackboard"

    def points_in(self, sheet, scores):
        found = re.search(r"\[Total Pts: ([\d.,]+)", sheet.header[scores])
        return iter([found[1]] if found else [])

    def new_sheet(self, grades, most):
        rows = [["Last Name", "First Name", "Username", self.title]]
        for grade in grades:
            rows.append([grade.last_name, grade.first_name, grade.lms_user_id or grade.id, points(grade.score)])
        return Sheet(rows, "utf-16", "\t", csv.QUOTE_ALL)


class GradescopeExport(LmsExport):
    """In the form of Gradescope's Download Grades."""

    system, default_to, called = "Gradescope", "grades-gradescope.csv", "Email"
    identifiers = [("email", "Email"), ("id", "SID"), ("lms_user_id", "SID"), ("id", "Email"), ("lms_user_id", "Email")]
    scores = re.compile(r"^Total Score$")
    maximum = "Max Points"
    sample = "a file of grades downloaded from Gradescope"

    def new_sheet(self, grades, most):
        rows = [["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Status"]]
        for grade in grades:
            rows.append(
                [grade.first_name, grade.last_name, grade.id, grade.email, points(grade.score), points(most), "Graded"]
            )
        return Sheet(rows)


EXPORTS = {
    "canvas": CanvasExport,
    "moodle": MoodleExport,
    "blackboard": BlackboardExport,
    "gradescope": GradescopeExport,
}
