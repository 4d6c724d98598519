"""What there is to say of a class, from the gradebook and the autograded notebooks."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from sqlalchemy.exc import SQLAlchemyError

from ..course.assignment import require_generated
from ..course.course import Course
from ..course.lesson import Lesson
from ..course.reader import NotGradable, parse_submission, read_time
from ..course.renamed import read_notebooks as read_notebooks_of
from ..course.results import failures, usage, verdicts
from ..course.scores import gradebook_cells
from ..course.submission import listed_reasons
from ..examiner import Misconception
from ..examiner.course_exam import course_exam
from ..examiner.exam import Exam
from ..feedback_page.facts import HINT, is_unwritten, label_of, place_of, split_hint, trusted_hints
from ..util.errors import CourseError
from ..util.isolation import NotDone, isolated
from ..util.untrusted_files import Unacceptable, UntrustedFolder, ignoring

READING_SECONDS = 20.0  # for one autograded notebook, which takes a few hundredths
READING_MEMORY = 2**30  # bytes


@dataclass(frozen=True)
class CheckFacts:
    """How many students passed one check, of those whose submission could be graded."""

    part: str
    name: str
    points: float
    passed: int
    graded: int

    @property
    def rate(self) -> float:
        return self.passed / self.graded if self.graded else 0.0


@dataclass(frozen=True)
class Held:
    """A misconception, or a slip in a number, and who shows it."""

    name: str
    belief: str
    hint: str
    students: tuple[str, ...]


@dataclass
class ClassFacts:
    """A graded class.

    Attributes
    ----------
    assignment : str
    exam : Exam or None
        The assignment's.
    max_score : float
    scores : dict of str to float
        Of everybody in the gradebook, by student; late penalties are taken off.
    checks : list of CheckFacts
        In the order of the lesson.
    misconceptions : list of Held
        Known ones; the most frequent first.
    slips : list of Held
        Wrong numbers that a typical slip leads to, by the name of the answer.
    unexplained : dict of str to list of str
        Students whose failure is no known mistake, by what failed.
    unwritten : list of str
        Who left a class, a method or a number of the lesson unwritten.
    seconds : dict of str to float
        What running a submission took, by student.
    late : dict of str to float
        Hours, by student.
    waiting : dict of str to int
        How many answers wait for a person, by student.
    ungradable, incomplete, stopped, unreadable : dict of str to str
        Reasons, by student: not graded at all; some notebooks graded and others not; stopped by a limit; graded, but
        what was graded cannot be read now.
    ungraded : list of str
        Who has handed in and was not graded yet.
    """

    assignment: str = ""
    exam: Exam | None = None
    max_score: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    checks: list[CheckFacts] = field(default_factory=list)
    misconceptions: list[Held] = field(default_factory=list)
    slips: list[Held] = field(default_factory=list)
    unexplained: dict[str, list[str]] = field(default_factory=dict)
    unwritten: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    ungradable: dict[str, str] = field(default_factory=dict)
    incomplete: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    ungraded: list[str] = field(default_factory=list)


def read_class(course: Course) -> ClassFacts:
    """Read all there is to say of a class.

    Raises
    ------
    CourseError
        If there is no gradebook, if it cannot be read, or if nobody was graded yet.
    """
    try:
        gradebook = course.gradebook()
        with gradebook:
            require_generated(gradebook, course)
            found = ClassFacts(
                course.assignment, course_exam(course), gradebook.find_assignment(course.assignment).max_score
            )
            passed, graded, cells = Counter(), Counter(), gradebook_cells(gradebook, course.assignment)
            for submission in gradebook.assignment_submissions(course.assignment):
                read_submitted(course, submission, found, passed, graded, cells)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise CourseError(
            f"{course.root / 'gradebook.db'} cannot be read ({reason}): put a copy of it back, or move it away, "
            "generate the assignment anew and grade again"
        ) from None
    students = course.students()
    if not students and not found.scores:
        raise CourseError(f"nobody has handed anything in: {course.root / 'submitted'} is empty")
    if not found.scores:
        raise CourseError(f"{len(students)} handed in, none of them graded: run `python -m grading autograde` first")
    found.ungraded = sorted(set(students) - set(found.scores))
    points, lessons = {(cell.notebook, cell.name): cell.max_score for cell in cells.values()}, course.lessons
    found.checks = [
        CheckFacts(
            part_of(lesson, name, len(lessons)),
            label_of(lesson, name, found.exam),
            points[key],
            passed[key],
            graded[key],
        )
        for notebook, lesson in lessons.items()
        for name in lesson.places
        if name in lesson.tests and (key := (notebook, name)) in points
    ]
    read_notebooks(course, found)
    return found


def part_of(lesson: Lesson, grade_id: str, notebooks: int) -> str:
    """Return the part of the lesson that a cell is in; of several notebooks, with the notebook."""
    part = place_of(lesson, grade_id).part
    return part if notebooks == 1 or part == lesson.notebook else f"{lesson.notebook}: {part}"


def read_submitted(course: Course, submission, found: ClassFacts, passed: Counter, graded: Counter, cells: dict):
    """Add what the gradebook holds of one submission."""
    student = submission.student.id
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
    found.scores[student] = submission.score - penalty
    if submission.total_seconds_late:
        found.late[student] = submission.total_seconds_late / 3600
    if count := sum(bool(grade.needs_manual_grade) for grade in grades):
        found.waiting[student] = count
    lessons = course.lessons
    without = {
        name: why_not_graded(course, student, name)
        for name in lessons
        if not course.notebook("autograded", student, name).exists()
    }
    if without:
        which = found.ungradable if len(without) == len(lessons) else found.incomplete
        which[student] = listed_reasons(without, len(lessons) > 1)
    for grade in grades:
        cell = cells[grade.cell_id]
        if cell.notebook not in without and cell.name in lessons[cell.notebook].tests:
            graded[cell.notebook, cell.name] += 1
            passed[cell.notebook, cell.name] += grade.score >= cell.max_score


def why_not_graded(course: Course, student: str, name: str) -> str:
    """Say why a notebook that a student handed in, or did not, is not graded."""
    lessons, path = course.lessons, course.notebook("submitted", student, name)
    try:
        with UntrustedFolder(course.root / "submitted", student, course.assignment) as folder:
            found = read_notebooks_of(folder, list(lessons), lessons, ignoring(course.ignored))
            if name in found.refused:
                return found.refused[name]
            read_time(folder)
        parse_submission(path, found.notebooks[name], lessons[name])
    except (NotGradable, Unacceptable) as error:
        return getattr(error, "reason", str(error))
    return "graded once, but its autograded notebook is gone: grade it again"


def read_notebooks(course: Course, found: ClassFacts) -> None:
    """Add what the autograded notebooks tell: beliefs, slips, times, and what was stopped."""
    lessons, exam = course.lessons, found.exam
    known = exam.misconceptions if exam else {}
    held, slips, unexplained, unwritten = defaultdict(set), defaultdict(set), defaultdict(set), set()
    for student in sorted(set(found.scores) - set(found.ungradable)):
        for name, lesson in lessons.items():
            path = course.notebook("autograded", student, name)
            if student in found.incomplete and not path.exists():
                continue
            told = read_isolated(path, lesson, exam)
            if "unreadable" in told:
                found.unreadable[student] = f"“{told['unreadable'][:120]}”"
                continue
            if isinstance(told["seconds"], (int, float)):
                found.seconds[student] = found.seconds.get(student, 0.0) + float(told["seconds"])
            if told["stopped"]:
                found.stopped[student] = told["stopped"]
            for cell, what, hint, named in told["messages"]:
                label = (
                    label_of(lesson, cell, found.exam)
                    if len(lessons) == 1
                    else f"{name}: {label_of(lesson, cell, found.exam)}"
                )
                if is_unwritten(what.partition(": ")[2]):
                    unwritten.add(student)
                elif named in known:
                    held[named].add(student)
                elif hint:
                    slips[name, cell, label, hint].add(student)
                else:
                    unexplained[name, cell, label].add(student)
    found.unwritten = sorted(unwritten)

    def most_frequent_first(entries: list[Held]) -> list[Held]:
        return sorted(entries, key=lambda entry: (-len(entry.students), entry.name))

    found.misconceptions = most_frequent_first(
        [Held(name, known[name].belief, known[name].hint, tuple(sorted(students))) for name, students in held.items()]
    )
    found.slips = most_frequent_first(
        [Held(label, "", hint, tuple(sorted(students))) for (*_, label, hint), students in slips.items()]
    )
    order = {(name, cell): number for name, lesson in lessons.items() for number, cell in enumerate(lesson.places)}
    for name, cell, label in sorted(unexplained, key=lambda key: (key[0], order.get(key[:2], len(order)))):
        students = {*found.unexplained.get(label, ()), *unexplained[name, cell, label]}
        found.unexplained[label] = sorted(students)


def read_isolated(path: Path, lesson: Lesson, exam: Exam | None) -> dict:
    """Read what an autograded notebook tells, in a process of its own."""
    try:
        return json.loads(isolated(lambda: told_by(path, lesson, exam), READING_SECONDS, READING_MEMORY))
    except NotDone as error:
        return {"unreadable": f"to read it {error}"}


def told_by(path: Path, lesson: Lesson, exam: Exam | None) -> bytes:
    """What an autograded notebook tells, as JSON; why it cannot be read, if it cannot."""
    try:
        nb = nbformat.read(path, as_version=4)
        took = usage(nb)
        told = {"seconds": took.get("seconds"), "stopped": took.get("stopped")}
        told["messages"] = list(messages(nb, lesson, exam))
    except (OSError, ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        told = {"unreadable": (str(error).strip() or type(error).__name__).splitlines()[0]}
    return json.dumps(told).encode()


def messages(nb: nbformat.NotebookNode, lesson: Lesson, exam: Exam | None) -> Iterator[tuple[str, str, str, str]]:
    """Find the test cells that failed: their ids, what was wrong, the hint, and the name of the misconception.

    Where submissions are not run confined there are no verdicts, and the error of the cell says the same.
    """
    raised, hints = failures(nb), trusted_hints(nb, exam)
    for cell, said in verdicts(nb).items():
        if cell not in lesson.tests:
            continue
        if told := next((verdict for verdict in said if verdict["message"]), None):
            what, _, hint = told["message"].partition(HINT)
            yield cell, what, hint, told["misconception"]
        elif raised[cell].message:
            what, hint = split_hint(raised[cell].message, hints)
            if not hints:  # what looks like the grader's sentence is the submission's
                what = ""
            yield (
                cell,
                what,
                hint,
                named_by(lesson.checks.get(cell, [cell])[0], hint, exam.misconceptions if exam else {}),
            )


def named_by(check: str, hint: str, known: dict[str, Misconception]) -> str:
    """Return the misconception that has a hint; of several, the one about the same class."""
    about = check.partition(".")[0]
    names = [held.name for held in known.values() if hint and held.hint == hint]
    return next((name for name in names if name.startswith(f"{about}.")), names[0] if names else "")
