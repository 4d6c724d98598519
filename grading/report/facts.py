"""What there is to say of a class, from the gradebook and the autograded notebooks."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import tee
from pathlib import Path

import numpy as np
from nbgrader.api import Grade, Student
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..autograde.currency import NEW, not_current
from ..course import late
from ..course.assignment import require_generated
from ..course.course import Course
from ..course.gradable import why_not_gradable
from ..course.lesson import Lesson
from ..course.scores import GradebookCell, gradebook_cells
from ..course.stream import submissions_of
from ..course.submission import listed_reasons
from ..examiner.course_exam import course_exam
from ..examiner.exam import Exam
from ..feedback_page.facts import is_unwritten, label_of, place_of
from ..util.errors import CourseError
from .discrimination import discrimination
from .lookalikes import MOST_PAIRS, Code, Lookalikes, common_code, find_lookalikes, given_code, given_names
from .told import read_all, read_code

LOST = "graded once, but its autograded notebook is gone: grade it again"
NUMBER = re.compile(r"^q\d+ ")  # of a question, before the name of a variable


@dataclass(frozen=True)
class CheckFacts:
    """How many students passed one check, of those whose submission could be graded.

    `discrimination` is its correlation with the points on all the others; None where that says nothing.
    """

    part: str
    name: str
    points: float
    passed: int
    graded: int
    discrimination: float | None = None

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
class ByHand:
    """A question whose answers wait for a person: how many were never graded, and how many were and wait again."""

    name: str
    notebook: str
    new: int = 0
    again: int = 0


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
    raw_scores : dict of str to float
        The same before late penalties.
    absent : list of str
        Who is on the roster and has handed in nothing.
    checks : list of CheckFacts
        In the order of the lesson.
    misconceptions : list of Held
        Known ones; the most frequent first.
    slips : list of Held
        Wrong numbers that a typical slip leads to, by the name of the answer.
    unexplained : dict of str to list of str
        Students whose failure is no known mistake, by what failed. Who fails several checks in the same words is
        listed with the first.
    broken : dict of str to list of str
        Students with a solution cell that does not run, by the cell and the kind of the error.
    unwritten : list of str
        Who left a class, a method or a number of the lesson unwritten.
    seconds : dict of str to float
        What running a submission took, by student.
    late : dict of str to float
        Hours, by student.
    extended : dict of str to str
        Due dates of their own, by student.
    waiting : dict of str to int
        How many answers wait for a person, by student.
    by_hand : list of ByHand
        The questions with such answers, in the order of the lesson.
    ungradable, incomplete, stopped, unreadable : dict of str to str
        Reasons, by student: not graded at all; some notebooks graded and others not; stopped by a limit; graded, but
        what was graded cannot be read now.
    ungraded : list of str
        Who has handed in and was not graded yet.
    lookalikes : list of Lookalikes
        Pairs of submissions with the same code.
    code : dict of str to (dict of str to Code)
        The solutions of those who are in one of the first such pairs, by student and cell.
    given : frozenset of int
        The fingerprints of code that is nobody's own: the lesson's, the instructor's, and what many wrote.
    made : datetime
        When this was read.
    outdated : dict of str to str
        Why the grade is not current, by student.
    """

    assignment: str = ""
    exam: Exam | None = None
    max_score: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    raw_scores: dict[str, float] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    checks: list[CheckFacts] = field(default_factory=list)
    misconceptions: list[Held] = field(default_factory=list)
    slips: list[Held] = field(default_factory=list)
    unexplained: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, list[str]] = field(default_factory=dict)
    unwritten: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=dict)
    extended: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    by_hand: list[ByHand] = field(default_factory=list)
    ungradable: dict[str, str] = field(default_factory=dict)
    incomplete: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    ungraded: list[str] = field(default_factory=list)
    lookalikes: list[Lookalikes] = field(default_factory=list)
    code: dict[str, dict[str, Code]] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    made: datetime = field(default_factory=lambda: datetime.now().astimezone())
    outdated: dict[str, str] = field(default_factory=dict)


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
            cells, results = gradebook_cells(gradebook, course.assignment), {}
            policy, connection = late.late_policy(course.config()), gradebook.db.connection()
            renewed = late.renewed_penalties(gradebook, connection, course.assignment, policy)
            with gradebook.db.no_autoflush:
                late.enter(renewed)  # here alone: nothing is written by a report
                for submission in submissions_of(gradebook, course.assignment, grades=True):
                    results[submission.student_id] = read_submitted(course, submission, found, cells)
                roster = set(gradebook.db.scalars(select(Student.id)))
                found.outdated = {
                    student: reason[0] for student, reason in not_current(course, gradebook).items() if reason != NEW
                }
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
    found.outdated = {student: why for student, why in found.outdated.items() if student in found.scores}
    found.absent = sorted(roster - set(students) - set(found.scores))
    found.checks = check_facts(course, found.exam, cells, results)
    read_notebooks(course, found)
    return found


def check_facts(course: Course, exam: Exam | None, cells: dict, results: dict) -> list[CheckFacts]:
    """How the class did in each check, in the order of the lesson."""
    lessons = course.lessons
    worth = {(cell.notebook, cell.name): cell.max_score for cell in cells.values()}
    voided = {(cell.notebook, cell.name): cell.voided for cell in cells.values()}
    keys = [(notebook, name) for notebook, lesson in lessons.items() for name in lesson.places
            if name in lesson.tests and (notebook, name) in worth]  # fmt: skip
    tells = discrimination(results, {key: worth[key] for key in keys})
    facts = []
    for key in keys:
        notebook, name = key
        lesson, of = lessons[notebook], [passed[key] for passed in results.values() if key in passed]
        part, label = part_of(lesson, name, len(lessons)), named(lesson, name, exam)
        label += f" ({voided[key]})" if voided[key] else ""
        facts.append(CheckFacts(part, label, worth[key], sum(of), len(of), tells.get(key)))
    return facts


def named(lesson: Lesson, grade_id: str, exam: Exam | None) -> str:
    """Return what a cell is about in words: the question that it belongs to, and what it looks at."""
    question, label = place_of(lesson, grade_id).question, label_of(lesson, grade_id, exam)
    if label.isidentifier():  # a variable of the lesson
        label = label.replace("_", " ")
    return f"{question}: {NUMBER.sub('', label)}" if question else label


def part_of(lesson: Lesson, grade_id: str, notebooks: int) -> str:
    """Return the part of the lesson that a cell is in; of several notebooks, with the notebook."""
    part = place_of(lesson, grade_id).part
    return part if notebooks == 1 or part == lesson.notebook else f"{lesson.notebook}: {part}"


def read_submitted(course: Course, submission, found: ClassFacts, cells: dict) -> dict[tuple[str, str], bool]:
    """Add what the gradebook holds of one submission; return which tests of its graded notebooks it passed."""
    student = submission.student_id
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
    found.raw_scores[student] = sum(grade.score or 0.0 for grade in grades)
    found.scores[student] = max(0.0, found.raw_scores[student] - penalty)
    if submission.total_seconds_late:
        found.late[student] = submission.total_seconds_late / 3600
    if submission.extension:
        found.extended[student] = late.due_text(submission.duedate)
    lessons = course.lessons
    if waiting := [grade for grade in grades if grade.needs_manual_grade]:
        found.waiting[student] = len(waiting)
        for grade in waiting:
            add_waiting(found, cells[grade.cell_id], lessons, is_new=grade.manual_score is None)
    without = {
        name: why_not_gradable(course, student, name) or LOST
        for name in lessons
        if not course.notebook("autograded", student, name).exists()
    }
    if without:
        which = found.ungradable if len(without) == len(lessons) else found.incomplete
        which[student] = listed_reasons(without, len(lessons) > 1)
    return {
        cell.key: is_passed(grade, cell)
        for grade in grades
        if (cell := cells[grade.cell_id]).notebook not in without and cell.name in lessons[cell.notebook].tests
    }


def is_passed(grade: Grade, cell: GradebookCell) -> bool:
    """Whether a cell has all of its points; of a voided one, whether the program gave them."""
    if cell.voided:  # that everybody has its points tells nothing
        return (grade.auto_score or 0.0) >= cell.voided.max_score
    return grade.score >= cell.max_score


def add_waiting(found: ClassFacts, cell: GradebookCell, lessons: dict[str, Lesson], is_new: bool) -> None:
    """Count an answer that waits for a person with those to the same question."""
    lesson = lessons[cell.notebook]
    place = place_of(lesson, cell.name)
    name = place.question or f"{place.part}: {cell.name}"
    name = name if len(lessons) == 1 else f"{cell.notebook}: {name}"
    entry = next((entry for entry in found.by_hand if (entry.name, entry.notebook) == (name, cell.notebook)), None)
    if entry is None:
        found.by_hand.append(entry := ByHand(name, cell.notebook))
    entry.new += is_new
    entry.again += not is_new


def read_notebooks(course: Course, found: ClassFacts) -> None:
    """Add what the autograded notebooks tell: beliefs, slips, times, what was stopped, and whose code is alike."""
    lessons, exam = course.lessons, found.exam
    known = exam.misconceptions if exam else {}
    held, slips, unexplained, broken = defaultdict(set), defaultdict(set), defaultdict(set), defaultdict(set)
    unwritten, code = set(), defaultdict(dict)
    readers = {name: (lesson, exam, given_names(lesson)) for name, lesson in lessons.items()}
    before = {name: "" if len(lessons) == 1 else f"{name}: " for name in lessons}
    for lesson in lessons.values():  # before this process is copied: each copy would do it, and keep a lock for ever
        _ = lesson.places, lesson.solution_ids, lesson.tests, lesson.checks

    def graded() -> Iterator[tuple[str, str, Path]]:
        for student in sorted(set(found.scores) - set(found.ungradable)):
            for name in lessons:
                path = course.notebook("autograded", student, name)
                if student not in found.incomplete or path.exists():
                    yield student, name, path

    asked, wanted = tee(graded())
    for (student, name, _), told in zip(
        asked, read_all((path, readers[name]) for _, name, path in wanted), strict=True
    ):
        if "unreadable" in told:
            found.unreadable[student] = f"“{told['unreadable'][:120]}”"
            continue
        if isinstance(told["seconds"], (int, float)):
            found.seconds[student] = found.seconds.get(student, 0.0) + float(told["seconds"])
        if told["stopped"]:
            found.stopped[student] = told["stopped"]
        for cell, keys in told["code"].items():
            code[student][f"{before[name]}{cell}"] = np.array(keys, np.uint64)
        said = set()
        for cell, what, hint, held_name, why in told["messages"]:
            label = before[name] + named(lessons[name], cell, exam)
            words = what.partition(": ")[2]
            if is_unwritten(words):
                unwritten.add(student)
            elif held_name in known:
                held[held_name].add(student)
            elif hint:
                slips[name, cell, label, hint].add(student)
            elif why:  # once for each broken cell, however many tests want it
                broken[before[name] + why].add(student)
            elif not words or words not in said:  # the same words are the same mistake
                said.add(words)
                unexplained[name, cell, label].add(student)
    found.unwritten = sorted(unwritten)
    found.broken = {why: sorted(students) for why, students in sorted(broken.items())}
    found.given = frozenset().union(*map(given_code, lessons.values()))
    found.lookalikes = find_lookalikes(code, found.given)
    shown = {student for pair in found.lookalikes[:MOST_PAIRS] for student in pair.students}
    found.given |= common_code(code, shown)
    for student in shown:  # read once more: of the others, nobody needs to keep the code
        for name, (lesson, _, names) in readers.items():
            own = read_code(course.notebook("autograded", student, name), lesson, names)
            found.code.setdefault(student, {}).update({before[name] + cell: text for cell, text in own.items()})

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
