"""Grade a class: every submission in ``submitted/``, each on its own, so that one cannot stop the rest."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import nbformat
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from ..course.assignment import Assignment, files_beside, size_beside
from ..course.course import Course
from ..course.gradebook import GradebookWriter
from ..course.reader import NotGradable, read_bytes, read_timestamp
from ..course.submission import GradingResult, Submission
from ..feedback_page import render
from ..feedback_page.render import FeedbackRequest
from ..nbgrader_plugins import ConfinedExecute
from ..sandbox.limits import MiB
from ..util.errors import CourseError
from ..workers.pool import DaskPool, InProcess
from ..workers.task import Failed
from . import grade
from .plan import assignment_of, class_list, drawing_secret, is_current

BATCH_SECONDS = 1.0  # results that come within this time are written together: a commit waits for the disk
LARGEST_BATCH = 100


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission: ``problem`` is empty if it is graded."""

    student: str
    problem: str = ""


class ClassGrader:
    """Grades the submissions of a course, and writes their feedback.

    A submission is graded where its autograded notebook is younger than all that it was made from, as make sees it, or
    was made from just that. It appears whole, after the gradebook knows of it: whoever is stopped anywhere can go on
    from there.

    Parameters
    ----------
    course : Course
    records : GradebookWriter
        The course's gradebook.
    """

    def __init__(self, course: Course, records: GradebookWriter) -> None:
        self.course, self.records, self.outcomes = course, records, {}
        self.batch: list[GradingResult] = []
        self.written = time.monotonic()
        config, self.lesson_path = course.config(), course.lesson_path
        self.largest = ConfinedExecute(config=config).limits().scratch_size
        self.directory = CourseDirectory(config=config)
        self.modes = {
            "autograded": int(str(Autograde(coursedir=self.directory, config=config).permissions), 8),
            "feedback": int(str(GenerateFeedback(coursedir=self.directory, config=config).permissions), 8),
        }

    def submissions(self, students: Iterable[str]) -> Iterator[Submission]:
        """Read what the students have handed in; whatever cannot be read is entered as such."""
        for student in students:
            try:
                yield self.submission(student)
            except NotGradable as error:
                self.add(GradingResult(student, error.reason))

    def grade(self, workers: InProcess | DaskPool, students: list[str], progress: "Progress") -> None:
        try:
            with closing(workers.map(grade.grade_submission, self.submissions(students))) as done:
                for submission, graded in progress("grading", done, len(students)):
                    if isinstance(graded, Failed):  # it is not the submission's fault, and costs it nothing
                        self.outcomes[submission.student] = Outcome(submission.student, f"not graded: {graded.reason}")
                    else:
                        self.add(graded)
        finally:
            self.flush()

    def submission(self, student: str) -> Submission:
        """What a student has handed in.

        Raises
        ------
        NotGradable
            If it cannot be read, or is far too large.
        """
        path = self.course.notebook("submitted", student)
        notebook, size = read_bytes(path), size_beside(path.parent)
        if size > self.largest:
            raise NotGradable(path, f"the files beside the notebook have more than {self.largest // MiB} MiB")
        return Submission(
            student, self.course.notebook_name, notebook, files_beside(path.parent, self.directory.ignore)
        )

    def needs_grading(self, student: str) -> bool:
        graded, folder = self.course.notebook("autograded", student), self.course.folder("submitted", student)
        if is_current(graded, self.lesson_path, *folder.rglob("*"), folder):
            return False
        if not is_current(graded, self.lesson_path):
            return True
        try:  # moved, copied or restored files are as new as their place; what is in them may be old
            known = nbformat.read(graded, as_version=4).metadata.get("submission")
            return known != self.submission(student).digest
        except (NotGradable, ValueError):
            return True

    def add(self, graded: GradingResult) -> None:
        """Take in what became of a submission; what has come in the last second or so is written down together."""
        self.batch.append(graded)
        if len(self.batch) == LARGEST_BATCH or time.monotonic() > self.written + BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write down what was taken in: first in the gradebook, then as files."""
        batch, self.batch = self.batch, []
        if batch:
            self.records.write((graded, self.handed_in(graded.student)) for graded in batch)
        for graded in batch:
            self.write_files(graded)
        self.written = time.monotonic()

    def write_files(self, graded: GradingResult) -> None:
        """Make a submission's folders agree with what the gradebook knows by now."""
        student = graded.student
        if graded.problem:
            self.outcomes[student] = Outcome(student, f"not graded: {graded.problem}")
            for step in ("autograded", "feedback"):
                shutil.rmtree(self.course.folder(step, student), ignore_errors=True)
            return
        self.outcomes[student] = Outcome(student)
        self.write_folder("autograded", student, graded.files | {f"{self.course.notebook_name}.ipynb": graded.notebook})

    def handed_in(self, student: str) -> datetime | None:
        """When a submission was handed in, if a file beside it says so."""
        try:
            return read_timestamp(self.course.folder("submitted", student) / "timestamp.txt")
        except NotGradable:  # it is not graded, for that reason
            return None

    def feedback_requests(self, students: Iterable[str]) -> Iterator[FeedbackRequest]:
        for student in students:
            notebook = self.course.notebook("autograded", student)
            yield FeedbackRequest(student, notebook.read_bytes(), self.records.scores(student))

    def needs_feedback(self, student: str) -> bool:
        graded = self.course.notebook("autograded", student)
        return graded.exists() and not is_current(self.course.page(student), graded)

    def make_pages(self, workers: InProcess | DaskPool, students: list[str], progress: "Progress") -> None:
        with closing(workers.map(render.render_feedback, self.feedback_requests(students))) as pages:
            for graded, page in progress("feedback", pages, len(students)):
                self.write_page(graded.student, page)

    def write_page(self, student: str, page: bytes | Failed) -> None:
        if isinstance(page, Failed):
            self.outcomes[student] = Outcome(student, f"graded, but without feedback: {page.reason}")
            return
        files = files_beside(self.course.folder("autograded", student), self.directory.ignore)
        self.write_folder("feedback", student, files | {self.course.page(student).name: page})

    def write_folder(self, step: str, student: str, files: dict[str, bytes]) -> None:
        """Write the folder of one of nbgrader's steps. It appears whole or not at all."""
        partial, done = self.course.folder(".partial", student), self.course.folder(step, student)
        shutil.rmtree(partial.parent, ignore_errors=True)
        try:
            for name, data in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                path.chmod(self.modes[step])
            shutil.rmtree(done, ignore_errors=True)
            done.parent.mkdir(parents=True, exist_ok=True)
            os.replace(partial, done)
        except OSError as error:
            reason = f"{type(error).__name__}: {error}"
            raise CourseError(f"grading stopped at {student}, mend it and run again: {reason}") from error
        finally:
            shutil.rmtree(partial.parent, ignore_errors=True)


Pool = Callable[[Assignment], InProcess | DaskPool]
Progress = Callable[[str, Iterator, int], Iterator]


def silently(what: str, done: Iterator, total: int) -> Iterator:
    """Show no progress."""
    return done


def autograde_class(
    course: Course, pool: Pool = InProcess, force: bool = False, progress: Progress = silently, feedback: bool = True
) -> list[Outcome]:
    """Grade whoever is new or has changed, and write the feedback that is missing or older than the grade.

    Parameters
    ----------
    course : Course
    pool : callable
        Makes, of the assignment, who does the work.
    force : bool
        Grade everybody again.
    progress : callable
        Is given what is done, what comes of it as it comes, and how many that will be; yields it.
    feedback : bool
        Whether to write feedback.

    Returns
    -------
    list of Outcome
        In alphabetical order.

    Raises
    ------
    CourseError
        If the assignment has not been generated, if nobody has handed anything in, if submissions cannot be confined
        here, if the secret that cases are drawn from is missing, or if the results cannot be written. Whoever was
        graded before that is graded.
    """
    for path in (course.root, course.root / "gradebook.db"):
        if path.exists() and not os.access(path, os.W_OK):
            raise CourseError(f"you may not write to {path}, so there is no place for the grades")
    with GradebookWriter(course) as records, ExitStack() as stack:
        group, students = ClassGrader(course, records), class_list(course)
        to_grade = [student for student in students if force or group.needs_grading(student)]

        @cache
        def workers() -> InProcess | DaskPool:  # only if there is something to do
            return stack.enter_context(pool(assignment_of(course, drawing_secret(course) if to_grade else "")))

        if to_grade:
            group.grade(workers(), to_grade, progress)
        if without := [student for student in students if feedback and group.needs_feedback(student)]:
            group.make_pages(workers(), without, progress)
    return [group.outcomes.get(student, Outcome(student)) for student in students]


def write_feedback(course: Course, pool: Pool = InProcess, progress: Progress = silently) -> list[Outcome]:
    """Write everybody's feedback anew: what a person has given since the last time will be in it.

    Parameters, returns and raises as `autograde_class` does.
    """
    with GradebookWriter(course) as records:
        group = ClassGrader(course, records)
        students = [student for student in class_list(course) if course.notebook("autograded", student).exists()]
        if students:
            with pool(assignment_of(course, secret="")) as workers:  # no case is drawn
                group.make_pages(workers, students, progress)
    return [group.outcomes.get(student, Outcome(student)) for student in students]
