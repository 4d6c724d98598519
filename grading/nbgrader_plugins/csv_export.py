"""Export grades as nbgrader does, in a file in which a name is a name: no grade, and no formula."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from ..course.late import renew
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
        students = [each for each in gradebook.students if not wanted or each.id in wanted]
        with open(target, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for assignment in assignments:
                for student in sorted(students, key=lambda student: student.id):
                    row = row_of(gradebook, assignment, student)
                    writer.writerow({name: cell(value) for name, value in row.items()})


def cell(value):
    """A value as a cell of a spreadsheet, which takes a text for no formula."""
    return escape_formula(value) if isinstance(value, str) else value


def row_of(gradebook: Gradebook, assignment, student: Student) -> dict:
    """What stands of a student, who has handed nothing in if there is no submission."""
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "timestamp": "",
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "raw_score": 0.0,
        "late_submission_penalty": 0.0,
        "score": 0.0,
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row
    penalty = submission.late_submission_penalty
    found = {"timestamp": submission.timestamp, "raw_score": submission.score, "late_submission_penalty": penalty}
    if submission.extension and assignment.duedate:
        found["duedate"] = submission.duedate
    return row | found | {"score": max(0.0, submission.score - penalty)}
