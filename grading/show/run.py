"""Run a submission once more, confined and with its own numbers, and gather what its checks saw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import nbformat
from nbgrader.utils import is_solution
from traitlets.log import get_logger

from ..autograde.check import CellScore, cell_scores
from ..autograde.currency import made_from
from ..autograde.grade import grade_submission
from ..autograde.plan import assignment_of, drawing_secret
from ..course.assignment import Assignment
from ..course.chosen import chosen_students, near_names, roster
from ..course.course import Course
from ..course.handed_in import SubmittedReader
from ..course.lesson import Lesson, names_bound
from ..course.reader import NotGradable
from ..course.submission import GradingResult, Submission
from ..examiner.course_exam import course_exam
from ..examiner.exam import Exam
from ..examiner.examination import Check, Examination
from ..examiner.explanation import CaseExplained
from ..examiner.session import CellSession, verdict
from ..examiner.verdict import Verdict
from ..nbgrader_plugins import ConfinedExecute
from ..util.errors import CourseError, NotDecided
from ..util.text import in_one_line
from ..util.untrusted_files import NotPermitted
from ..workers.pool import InProcess
from ..workers.task import Failed


@dataclass
class CheckSeen:
    """One check, and what was seen when a submission was asked.

    Attributes
    ----------
    check : Check
    verdict : Verdict or None
        None if the submission never came to be asked.
    number, cases : int
        Which case is shown, from 1 on, and how many there are: the first that is wrong, or else the first.
    case : CaseExplained or None
        None where nothing can be shown call by call.
    announced : tuple of str
        What tells students about it.
    """

    check: Check
    verdict: Verdict | None = None
    number: int = 0
    cases: int = 0
    case: CaseExplained | None = None
    announced: tuple[str, ...] = ()


@dataclass
class Shown:
    """A test cell of a submission that was run again.

    Attributes
    ----------
    student : str
    notebook : str
    cell : CellScore
        What it earns now, and why not more.
    source : str
        The instructor's, for a cell that asks no examiner; else empty.
    checks : list of CheckSeen
    notes : list of str
        What else to know about this run.
    code : dict of str to str
        By the name of a check, the student's cell that defines what it is about.
    """

    student: str
    notebook: str
    cell: CellScore
    source: str = ""
    checks: list[CheckSeen] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    code: dict[str, str] = field(default_factory=dict)


def run_again(course: Course, student: str, asked: str = "") -> list[Shown]:
    """Run a submission again, and return what its test cells saw.

    Parameters
    ----------
    course : Course
    student : str
    asked : str
        The name of a check, or a cell's; without one, all test cells that do not earn all of their points.

    Raises
    ------
    CourseError
        If there is no such student or check, or if the submission cannot be run.
    NotDecided
        If the grader failed at it.
    """
    with course.gradebook() as gradebook:
        absent = roster(gradebook)
    chosen = chosen_students([student], course.students(), absent)
    if len(chosen) != 1:
        raise CourseError(f"one student at a time: {' or '.join(map(in_one_line, chosen))}?")
    (student,) = chosen
    wanted = find_cells(course, asked) if asked else None
    assignment = assignment_of(course, drawing_secret(course))
    if ConfinedExecute(config=assignment.config).run_strangers_code_unconfined:
        raise CourseError("`show` runs submissions confined, and the setting run_strangers_code_unconfined is on")
    submission, sessions = read(course, student), {}
    with InProcess(assignment) as pool:
        ((_, graded),) = pool.map(partial(grade_submission, sessions=sessions), [submission])
    if isinstance(graded, Failed):
        raise NotDecided(f"{in_one_line(student)} could not be run: {graded.reason}")
    if graded.problem:
        raise CourseError(f"{in_one_line(student)} handed in nothing that can be run: {in_one_line(graded.problem)}")
    notes = [f"{name}.ipynb is not graded: {in_one_line(reason)}" for name, reason in graded.refused.items()]
    notes += list(changes(course, submission))
    exam = course_exam(course)
    shown = list(shown_cells(assignment, graded, sessions, wanted, exam))
    if wanted and not shown:
        raise CourseError(f"{in_one_line(student)}: {'; '.join(notes)}")
    for each in shown[:1]:
        each.notes += notes
    return shown


def find_cells(course: Course, asked: str) -> set[tuple[str, str]]:
    """Return the notebooks and test cells that are meant by the name of a check, of a cell, or of a cell without test-.

    Raises
    ------
    CourseError
        If there is none, with names that are like it.
    """
    lessons = course.lessons
    by_name: dict[str, set[tuple[str, str]]] = {}
    for notebook, lesson in lessons.items():
        for cell in lesson.tests:
            for name in (cell, cell.removeprefix("test-"), *lesson.checks.get(cell, ())):
                by_name.setdefault(name, set()).add((notebook, cell))
    if asked in by_name:
        return by_name[asked]
    if any(asked in lesson.marking_schemes for lesson in lessons.values()):
        raise CourseError(f"{asked} is graded by hand, in the formgrader: name a check, or a test cell")
    if any(asked in lesson.places for lesson in lessons.values()):
        raise CourseError(f"{asked} is no test cell: name a check, or a test cell")
    known = names_of_checks(lessons)
    near = near_names(asked, known) or near_names(asked, by_name)
    meant = f": did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known)}"
    raise CourseError(f"no check and no test cell is called {in_one_line(asked)!r}{meant}")


def names_of_checks(lessons: dict[str, Lesson]) -> list[str]:
    """The names of the checks; of test cells that ask no examiner, their ids."""
    return [name for lesson in lessons.values() for cell in lesson.tests for name in lesson.checks.get(cell, [cell])]


def read(course: Course, student: str) -> Submission:
    """Read what a student has handed in; CourseError if it is nothing that can be run."""
    limits = ConfinedExecute(config=course.config()).limits()
    reader = SubmittedReader(course.root / "submitted", course.assignment, limits, course.ignored, course.lessons)
    try:
        return reader.read(student, *course.lesson_paths).submission
    except NotGradable as error:
        reason = in_one_line(error.reason)
        raise CourseError(f"{in_one_line(student)} handed in nothing that can be run: {reason}") from None
    except NotPermitted as error:
        raise CourseError(f"{in_one_line(student)} cannot be read: {in_one_line(str(error))}") from None


def changes(course: Course, submission: Submission) -> Iterator[str]:
    """Say whether this is another submission than the one that has the grade."""
    paths = [course.notebook("autograded", submission.student, name) for name in submission.notebooks]
    known = {(made_from(path) or (None,))[0] for path in paths if path.exists()}
    if not known:
        yield "this submission is not graded yet"
    elif known != {submission.digest}:
        yield "it was handed in anew since it was graded: this is the new one, which is asked with other numbers"


def shown_cells(
    assignment: Assignment,
    graded: GradingResult,
    sessions: dict[str, list[tuple[str, CellSession]]],
    wanted: set[tuple[str, str]] | None,
    exam: Exam | None,
) -> Iterator[Shown]:
    """Gather what is to be shown of the test cells, in the order of the lesson."""
    for name, notebook in graded.notebooks.items():
        generated, asked = assignment.notebooks[name], dict(sessions.get(name, []))
        lesson = generated.lesson
        sources = {cell.name: cell.source for cell in generated.cells}
        for cell in cell_scores(notebook, generated):
            if cell.grade_id not in lesson.tests:
                continue
            if (name, cell.grade_id) in wanted if wanted else cell.score < cell.max_score:
                shown = Shown(graded.student, name, cell)
                if names := lesson.checks.get(cell.grade_id, []):
                    shown.checks = [check_seen(exam, check, asked.get(cell.grade_id)) for check in names]
                    shown.code = {check: code_of(notebook.data, exam.checks[check]) for check in names}
                else:
                    shown.source = sources.get(cell.grade_id, "")
                yield shown


def code_of(data: bytes, check: Check) -> str:
    """Return what a graded notebook has of what a check is about.

    That is the last cell that defines its subject, and the solutions with those of its methods that have cells of their
    own; empty if there is neither.
    """
    cells = nbformat.reads(data.decode(), as_version=4).cells
    bound = [(cell, names_bound(cell.source)) for cell in cells if cell.cell_type == "code"]
    sources = [cell.source for cell, names in bound if check.subject in names][-1:]
    own = [cell.source for cell, names in bound if is_solution(cell) and names.intersection(check.methods)]
    return "\n\n\n".join(sources + [source for source in own if source not in sources])


def check_seen(exam: Exam, name: str, session: CellSession | None) -> CheckSeen:
    """Return what a check saw: the first case that is wrong, or the first of all if none is."""
    seen = CheckSeen(exam.checks[name], announced=tuple(exam.announced.get(name, ())))
    if session is None or name not in session.examined:
        return seen
    examination, traces = session.examinations[name], session.traces[name]
    seen.verdict, seen.cases = verdict(examination, traces), len(examination.data)
    try:
        first = first_wrong(examination, traces)
        seen.number, seen.case = first + 1, examination.explain(first, traces[first])
    except CourseError:  # the exam does not fit its own solution
        raise
    except Exception:  # noqa: BLE001 - a trace may be forged, and the rest is worth showing
        get_logger().exception("Nothing can be shown of %s, by a fault of the grader's", name)
    return seen


def first_wrong(examination: Examination, traces: list) -> int:
    """Return the number of the first case that is wrong; of the first one, if none is."""
    judgement = examination.judgement()
    for number, trace in enumerate(traces):
        if not judgement.pending:
            break
        judgement.take(trace)
        if not judgement.verdict.passed:
            return number
    return 0
