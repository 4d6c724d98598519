"""Export grades as nbgrader does, in a file in which a name is a name: no grade, and no formula."""

import csv
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment
from nbgrader.plugins import ExportPlugin
from sqlalchemy import select

from ..course.late import renew
from ..course.stream import with_submissions
from ..util.spreadsheets import escape_formula

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


class CsvExport(ExportPlugin):
    """Writes what nbgrader's `CsvExportPlugin` writes, in the order of the students' ids.

    That one quotes nothing: by a name with commas in it somebody could give themselves any score.
    """

    def export(self, gradebook: Gradebook) -> None:
        target = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", target)
        named, wanted = set(map(str, self.assignment)), set(map(str, self.student))
        assignments = [each for each in gradebook.assignments if not named or each.name in named]
        if self.parent is not None:  # `nbgrader export`; our own commands have done it
            for assignment in assignments:
                renew(gradebook, assignment.name, self.parent.config, Path(self.parent.coursedir.root))
        names = select(Student.id, Student.last_name, Student.first_name, Student.email)
        people = {student: rest for student, *rest in gradebook.db.execute(names) if not wanted or student in wanted}
        with open(target, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for assignment in assignments:
                for student, submission in with_submissions(gradebook, assignment.name, people):
                    row = row_of(assignment, student, people[student], submission)
                    writer.writerow({name: cell(value) for name, value in row.items()})


def cell(value):
    """A value as a cell of a spreadsheet, which takes a text for no formula."""
    return escape_formula(value) if isinstance(value, str) else value


def row_of(assignment: Assignment, student: str, names: list, submission: SubmittedAssignment | None) -> dict:
    """What stands of a student, who has handed nothing in if there is no submission."""
    last_name, first_name, email = names
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "timestamp": "",
        "student_id": student,
        "last_name": last_name,
        "first_name": first_name,
        "email": email,
        "raw_score": 0.0,
        "late_submission_penalty": 0.0,
        "score": 0.0,
        "max_score": assignment.max_score,
    }
    if submission is None:
        return row
    penalty = submission.late_submission_penalty
    found = {"timestamp": submission.timestamp, "raw_score": submission.score, "late_submission_penalty": penalty}
    if submission.extension and assignment.duedate:
        found["duedate"] = submission.duedate
    return row | found | {"score": max(0.0, submission.score - penalty)}
