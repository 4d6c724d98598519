"""Save a submission's scores to the gradebook; what it has written to stderr costs nothing."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from ..course.answers import answers_in
from ..course.extensions import extensions_of, wanted_extension
from ..course.former_cells import former_cells
from ..course.grading_record import (
    GradingRecord,
    create_tables,
    read_record,
    write_record,
)
from ..course.hand_grades import HandGrades
from ..course.handed_in import SubmittedReader
from ..course.lesson import grade_id, lessons_in, notebooks_in, read_lesson
from ..course.own_answers import answered_elsewhere
from ..course.reader import NotGradable
from ..course.results import without_stderr
from ..course.version import assignment_version
from ..examiner.course_exam import configured_source
from ..examiner.exam_version import exam_version
from ..util.errors import CourseError
from ..util.untrusted_files import NotPermitted
from .confined_execute import ConfinedExecute


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Does what nbgrader's own does, and more.

    That one takes whatever is on stderr for a test that failed, also a warning. And it gives no points for an answer
    cell that is as it was released, also where the student has written into a cell beside it; a person is to read that.
    A grade that a person has settled stays settled here if it is for the same answer. What the grade was made from is
    noted, a later due date of a single student is minded, and the notebook says which submission it is of.
    """

    elsewhere: frozenset[str] = frozenset()

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context = resources["nbgrader"]
        name, assignment, student = context["notebook"], context["assignment"], context["student"]
        self.elsewhere = answered_elsewhere(nb, read_lesson(self.config, assignment, name))
        with Gradebook(context["db_url"]) as gradebook:
            with gradebook.engine.begin() as connection:
                create_tables(connection)
            submitted = gradebook.find_submission_notebook(name, assignment, student)
            connection = gradebook.db.connection()
            record = read_record(connection, submitted.assignment_id)
            settled = HandGrades(
                connection, submitted, record, name, None, former_cells(gradebook, submitted.notebook_id)
            )
        nb, resources = super().preprocess(nb, resources)
        with Gradebook(context["db_url"]) as gradebook:
            submitted, answers = gradebook.find_submission_notebook(name, assignment, student), answers_in(nb)
            settled.connection = connection = gradebook.db.connection()
            settled.enter({grade.name: grade for grade in submitted.grades}, answers)
            submission = submitted.assignment
            submission.extension = wanted_extension(submission, extensions_of(connection, assignment))
            made_from, read = self.made_from(gradebook, context)
            if made_from:
                nb.metadata["submission"], nb.metadata["judged_by"] = made_from.digest, made_from.judged_by
                made_from = joined(record, made_from, read, name, answers)
            write_record(connection, submitted.assignment_id, made_from)
            gradebook.db.commit()
        return nb, resources

    def made_from(self, gradebook: Gradebook, context: dict) -> tuple[GradingRecord | None, Collection[str]]:
        """Return what this grade is made from, without the answers, and which notebooks were handed in.

        The first is None if that cannot be told.
        """
        directory, assignment = CourseDirectory(config=self.config), context["assignment"]
        folder = Path(directory.format_path(directory.source_directory, ".", assignment))
        submitted, limits = Path(directory.root, "submitted"), ConfinedExecute(config=self.config).limits()
        reader = SubmittedReader(submitted, assignment, limits, directory.ignore, lessons_in(folder, assignment))
        try:
            changed = reader.last_change(context["student"])
            submission = reader.read(context["student"], *notebooks_in(folder)).submission
            exam = exam_version(configured_source(self.config, assignment))
            version = assignment_version(gradebook, assignment, folder, directory.ignore)
        except (NotGradable, NotPermitted, CourseError, OSError):
            return None, ()
        return GradingRecord(submission.digest, changed, version, exam), submission.notebooks

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_score(without_stderr(cell), resources)
        if grade_id(cell) in self.elsewhere:
            grade = self.gradebook.find_grade(grade_id(cell), self.notebook_id, self.assignment_id, self.student_id)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_comment(cell, resources)
        if grade_id(cell) in self.elsewhere:
            comment = self.gradebook.find_comment(grade_id(cell), self.notebook_id, self.assignment_id, self.student_id)
            comment.auto_comment = None
            self.gradebook.db.commit()


def joined(
    before: GradingRecord | None, made_from: GradingRecord, read: Collection[str], name: str, answers: dict
) -> GradingRecord:
    """Return the record of a submission of which one notebook was graded, of those that could be read.

    Where others of its notebooks were graded from something else, what the grade was made from is not one thing any
    more: then it counts as not known.
    """
    kept = {other: before.answers[other] for other in before.answers if other in read} if before else {}
    same = bool(before) and replace(before, answers={}, changed=None) == replace(made_from, changed=None)
    version = made_from.version if same or kept.keys() <= {name} else ""
    return replace(made_from, version=version, answers=kept | {name: answers})
