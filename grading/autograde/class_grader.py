"""Grade a class: every submission in ``submitted/``, each on its own, so that one cannot stop the rest."""

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from ..course import timestamps
from ..course.assignment import Assignment, files_beside
from ..course.changes import require_same_lesson
from ..course.chosen import chosen_students, roster
from ..course.course import Course
from ..course.generation_time import first_generated
from ..course.gradebook import GradebookWriter
from ..course.grading_record import records_of
from ..course.handed_in import SubmittedReader
from ..course.reader import NotGradable
from ..course.submission import GradingResult, Submission, listed_reasons, not_in_the_way
from ..feedback_page import render
from ..feedback_page.preprocessor import configured_texts
from ..feedback_page.render import FeedbackRequest
from ..nbgrader_plugins import ConfinedExecute
from ..util.errors import CourseError
from ..util.untrusted_files import NotPermitted, is_plain_name
from ..workers.pool import InProcess, WorkerPool
from ..workers.task import Failed
from . import grade
from .currency import FORCED, NOT_HANDED_IN, Currency, told
from .plan import assignment_of, class_list, drawing_secret, is_current
from .step_folders import NotWritten, StepFolders

OLDER_STAYS = "the grade of the older file stays"
NO_GRADE = "the gradebook holds no grade for it: run `python -m grading autograde`"
BATCH_SECONDS = 1.0  # results that come within this time are written together: a commit waits for the disk
LARGEST_BATCH = 100


@dataclass(frozen=True)
class Outcome:
    """What became of one student's submission.

    Attributes
    ----------
    student : str
    problem : str
        Why it has no grade, or no page; empty if it has both.
    lacking : str
        Which notebooks of the assignment have no grade and why, where others have one; empty if all have.
    needs_person : bool
        Whether that is no fault of the submission. It has kept the scores that it had, and the next run tries it again.
    warnings : tuple of str
        What the instructor should know all the same, each in one line.
    """

    student: str
    problem: str = ""
    needs_person: bool = False
    lacking: str = ""
    warnings: tuple[str, ...] = field(default=(), compare=False)


class ClassGrader:
    """Grades the submissions of a course, and writes their feedback.

    A submission is graded where the gradebook holds its grade, and says that this was made from what is there now. The
    autograded notebooks appear whole, after the gradebook knows of them: whoever is stopped anywhere can go on from
    there.

    Parameters
    ----------
    course : Course
    records : GradebookWriter
        The course's gradebook.
    """

    def __init__(self, course: Course, records: GradebookWriter) -> None:
        self.course, self.records, self.outcomes = course, records, {}
        self.batch: list[GradingResult] = []
        self.times: dict[str, datetime | None] = {}
        self.changes: dict[str, float | None] = {}
        self.warnings: dict[str, list[str]] = defaultdict(list)
        self.written = time.monotonic()
        config, self.lesson_paths = course.config(), course.lesson_paths
        configured_texts(config)  # before anybody is graded
        self.generated = first_generated(records.gradebook, course.assignment)
        self.directory = CourseDirectory(config=config)
        limits = ConfinedExecute(config=config).limits()
        submitted, ignored = course.root / "submitted", self.directory.ignore
        self.reader = SubmittedReader(submitted, course.assignment, limits, ignored, course.lessons)
        self.currency = Currency(course, records.gradebook, self.reader)
        self.folders = StepFolders(course, self.directory, config)

    def __enter__(self) -> "ClassGrader":
        self.folders.remove_partial()  # of a run that was killed
        return self

    def __exit__(self, *error) -> None:
        self.folders.remove_partial()

    def submissions(self, students: Iterable[str]) -> Iterator[Submission]:
        """Read what the students have handed in; whatever cannot be read is entered as such."""
        for student in students:
            try:
                yield self.submission(student)
            except NotGradable as error:
                if is_plain_name(student):
                    self.add(GradingResult(student, error.reason))
                else:  # no gradebook can hold it
                    self.outcomes[student] = Outcome(student, f"not graded: {error.reason}")
            except NotPermitted as error:
                self.give_up(student, str(error))

    def grade(self, workers: "Workers", students: list[str], progress: "Progress") -> None:
        try:
            with closing(workers.map(grade.grade_submission, self.submissions(students))) as done:
                for submission, graded in progress("grading", done, len(students)):
                    if isinstance(graded, Failed):
                        self.give_up(submission.student, graded.reason)
                    else:
                        record = self.currency.record(submission.digest, self.changes[submission.student])
                        self.add(replace(graded, record=record))
        finally:
            self.flush()

    def give_up(self, student: str, reason: str) -> None:
        """Leave a submission as it is that could not be graded by no fault of its own, and have the next run try it."""
        self.outcomes[student] = Outcome(student, f"not graded, needs a person: {reason}", needs_person=True)
        for path in self.graded_notebooks(student).values():
            os.utime(path, (0, 0))  # older than all that it was made from

    def graded_notebooks(self, student: str) -> dict[str, Path]:
        """The autograded notebooks of a student that there are, by name."""
        paths = {name: self.course.notebook("autograded", student, name) for name in self.lesson_paths}
        return {name: path for name, path in paths.items() if path.exists()}

    def submission(self, student: str) -> Submission:
        """What a student has handed in.

        Raises
        ------
        NotGradable
            If it is none, or far too large.
        NotPermitted
            If it may not be read.
        """
        self.changes[student] = self.reader.last_change(student)  # first, to see what is written meanwhile
        found = self.reader.read(student, *self.lesson_paths)
        self.times[student] = found.time
        if found.left_out:
            self.warnings[student].append(f"left out: {found.left_out}")
        self.warnings[student] += found.remarks
        if found.time and (doubt := timestamps.doubt(found.time, self.generated, timestamps.utc_now())):
            self.warnings[student].append(f"handed in at a time {doubt}")
        return found.submission

    def add(self, graded: GradingResult) -> None:
        """Take in what became of a submission; what has come in the last second or so is written down together."""
        self.batch.append(replace(graded, kept=self.currency.older_grades(graded)))
        if len(self.batch) == LARGEST_BATCH or time.monotonic() > self.written + BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write down what was taken in: first in the gradebook, then as files."""
        batch, self.batch = self.batch, []
        if new := [graded for graded in batch if not (graded.problem and graded.kept)]:
            self.records.write((graded, self.times.get(graded.student)) for graded in new)
        for graded in batch:
            self.write_files(graded)
        self.written = time.monotonic()

    def write_files(self, graded: GradingResult) -> None:
        """Make a submission's folders agree with what the gradebook knows by now."""
        student = graded.student
        if graded.problem:
            kept = f"; {OLDER_STAYS}" if graded.kept else ""
            self.outcomes[student] = Outcome(student, f"not graded: {graded.problem}{kept}")
            if not kept:
                self.remove_folders(student)
            return
        refused = {
            name: f"{why}; {OLDER_STAYS}" if name in graded.kept else why for name, why in graded.refused.items()
        }
        self.outcomes[student] = Outcome(student, lacking=listed_reasons(refused, several=True))
        files = graded.files | {f"{name}.ipynb": notebook.data for name, notebook in graded.notebooks.items()}
        older = self.graded_notebooks(student) if graded.kept else {}
        files |= {f"{name}.ipynb": older[name].read_bytes() for name in graded.kept & older.keys()}
        try:
            self.folders.write("autograded", student, files)
        except NotWritten as error:
            self.outcomes[student] = Outcome(student, f"graded, but its files cannot be written: {error}")
            self.remove_folders(student)

    def remove_folders(self, student: str) -> None:
        for step in ("autograded", "feedback"):
            shutil.rmtree(self.course.folder(step, student), ignore_errors=True)

    def feedback_requests(self, students: Iterable[str]) -> Iterator[FeedbackRequest]:
        for student in students:
            notebooks = {name: path.read_bytes() for name, path in self.graded_notebooks(student).items()}
            scores = {name: self.records.scores(student, name) for name in notebooks}
            yield FeedbackRequest(student, notebooks, scores)

    def needs_feedback(self, student: str) -> bool:
        graded = self.graded_notebooks(student)
        return any(not is_current(self.course.page(student, name), path) for name, path in graded.items())

    def with_grade(self, students: Iterable[str]) -> list[str]:
        """The students with autograded notebooks of whom the gradebook holds a grade; the others are noted."""
        known, found = records_of(self.records.gradebook, self.course.assignment), []
        for student in students:
            if student in known and self.graded_notebooks(student):
                found.append(student)
            elif is_plain_name(student) and self.graded_notebooks(student):
                problem = f"no feedback: {NO_GRADE}"
                self.outcomes.setdefault(student, Outcome(student, problem, needs_person=True))
        return found

    def make_pages(self, workers: "Workers", students: list[str], progress: "Progress") -> None:
        with closing(workers.map(render.render_feedback, self.feedback_requests(students))) as pages:
            for graded, made in progress("feedback", pages, len(students)):
                self.write_pages(graded.student, made)

    def write_pages(self, student: str, made: dict[str, bytes | Failed] | Failed) -> None:
        """Write a student's pages of feedback; one that could not be made keeps no other one back."""
        if isinstance(made, Failed):
            self.note_missing_pages(student, made.reason)
            return
        pages = {f"{name}.html": page for name, page in made.items() if not isinstance(page, Failed)}
        if failed := {name: page.reason for name, page in made.items() if isinstance(page, Failed)}:
            self.note_missing_pages(student, listed_reasons(failed, several=True))
        files = files_beside(self.course.folder("autograded", student), self.directory.ignore)
        files = {path: files[path] for path in not_in_the_way(files, pages)}
        try:
            self.folders.write("feedback", student, files | pages)
        except NotWritten as error:
            self.outcomes[student] = Outcome(student, f"graded, but its feedback cannot be written: {error}")

    def note_missing_pages(self, student: str, reason: str) -> None:
        """Note that a student has no page, unless what was said of the grade says more."""
        before, problem = self.outcomes.get(student, Outcome(student)), f"graded, but without feedback: {reason}"
        if not before.needs_person:
            self.outcomes[student] = replace(before, problem=problem, needs_person=True)

    def results(self, students: Iterable[str]) -> list[Outcome]:
        """What became of the students."""
        found = [self.outcomes.get(student) or self.graded_before(student) for student in students]
        return [replace(outcome, warnings=tuple(self.warnings[outcome.student])) for outcome in found]

    def graded_before(self, student: str) -> Outcome:
        """What became of a student who was graded by an earlier run."""
        several = len(self.lesson_paths) > 1
        without = self.lesson_paths.keys() - self.graded_notebooks(student) if several else ()
        return Outcome(student, lacking=listed_reasons(dict.fromkeys(without, NOT_HANDED_IN), several))


Workers = InProcess | WorkerPool
Pool = Callable[[Assignment], Workers]
Progress = Callable[[str, Iterator, int], Iterator]


def silently(what: str, done: Iterator, total: int) -> Iterator:
    """Show no progress."""
    return done


def autograde_class(
    course: Course,
    pool: Pool = InProcess,
    force: bool = False,
    progress: Progress = silently,
    feedback: bool = True,
    only: Collection[str] = (),
    tell: Callable[[str], None] = lambda line: None,
) -> list[Outcome]:
    """Grade whoever has no current grade, bring penalties up to date, and write the feedback that is missing or older.

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
    only : collection of str
        Those students alone, as `chosen_students` takes them; by default everybody.
    tell : callable
        Is given a line for the user: how many are graded, and why.

    Returns
    -------
    list of Outcome
        In alphabetical order.

    Raises
    ------
    CourseError
        If the assignment has not been generated as it is, if nobody has handed anything in, or nobody of such a name,
        if submissions cannot be confined here, if the secret that cases are drawn from is missing, or if the results
        cannot be written. Whoever was graded before that is graded.
    """
    for path in (course.root, course.root / "gradebook.db"):
        if path.exists() and not os.access(path, os.W_OK):
            raise CourseError(f"you may not write to {path}, so there is no place for the grades")
    with GradebookWriter(course) as records, ClassGrader(course, records) as group, ExitStack() as stack:
        require_same_lesson(records.gradebook, course)
        students = chosen_students(only, class_list(course), roster(records.gradebook))
        reasons = {student: FORCED if force else group.currency.reason(student) for student in students}
        to_grade = [student for student in students if reasons[student]]

        @cache
        def workers() -> Workers:  # only if there is something to do
            assignment = assignment_of(course, drawing_secret(course) if to_grade else "")
            return stack.enter_context(pool(replace(assignment, judged_by=group.currency.record("", None).judged_by)))

        if to_grade:
            tell(told([reasons[student] for student in to_grade]))
            group.grade(workers(), to_grade, progress)
        if renewed := records.renew_penalties():
            tell(f"penalties for being late have changed: {len(renewed)}")
        if without := [student for student in group.with_grade(students) if feedback and group.needs_feedback(student)]:
            group.make_pages(workers(), without, progress)
    return group.results(students)


def write_feedback(
    course: Course, pool: Pool = InProcess, progress: Progress = silently, only: Collection[str] = ()
) -> list[Outcome]:
    """Write everybody's feedback anew: what a person has given since the last time will be in it.

    Parameters, returns and raises as `autograde_class` does.
    """
    with GradebookWriter(course) as records, ClassGrader(course, records) as group:
        records.renew_penalties()
        chosen = chosen_students(only, class_list(course), roster(records.gradebook))
        students = [student for student in chosen if group.graded_notebooks(student)]
        if only:
            not_graded = [student for student in chosen if student not in students]
            group.outcomes |= {student: Outcome(student, "not graded, so no page") for student in not_graded}
        if graded := group.with_grade(students):
            with pool(assignment_of(course, secret="")) as workers:  # no case is drawn
                group.make_pages(workers, graded, progress)
    return group.results(chosen if only else students)
