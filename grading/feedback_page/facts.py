"""What a page of feedback says, from the gradebook and the autograded notebook.

The grader's words and the submission's are kept apart. A verdict is the grader's, and within one, what stands after
"raised" is the submission's. An exception or an output is the submission's altogether, and so is a hint in it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..course.lesson import Lesson, Place
from ..course.results import NOT_RUN, Failure, failures, usage, verdicts
from ..course.scores import SubmissionScores
from ..examiner.exam import Exam
from ..util.text import points
from .picture import draw_illustration

HINT = "\nHint: "
# What stands after the first "raised" is the submission's, and may look like another one.
UNWRITTEN = re.compile(r"\w+\((?:(?! raised ).)*\) raised NotImplementedError$")
NO_NUMBER = re.compile(r"the answer should be a number (\(.+\)), not a NoneType$")


@dataclass
class Trouble:
    """What went wrong in one or more checks that say the same.

    Attributes
    ----------
    names : list of str
        Of the checks.
    lost : float
        Points.
    what : str
        Where it first went wrong, in the grader's words.
    said : str
        What the submission itself said when it did; empty if it said nothing.
    hint : str
        A question that helps; empty where there is none.
    picture : str
        SVG; empty where there is nothing to see.
    caption : str
        What the picture shows, in words.
    """

    names: list[str]
    lost: float
    what: str
    said: str = ""
    hint: str = ""
    picture: str = ""
    caption: str = ""


@dataclass
class Part:
    """A part of the lesson: what it earned, what it lost and why, and what waits for a person."""

    name: str
    score: float = 0.0
    max_score: float = 0.0
    waiting: float = 0.0
    troubles: list[Trouble] = field(default_factory=list)


@dataclass
class Waiting:
    """An answer that a person has not graded yet."""

    name: str
    points: float


@dataclass
class Said:
    """What the grader wrote about a cell."""

    name: str
    anchor: str
    comment: str


@dataclass
class VoidedQuestion:
    """A question that is voided: what it is called, and what that means for everybody."""

    name: str
    effect: str


@dataclass
class Facts:
    """All of it."""

    score: float
    max_score: float
    late_penalty: float
    parts: list[Part]
    waiting: list[Waiting]
    comments: list[Said]
    has_tests: bool = True
    voided: list[VoidedQuestion] = field(default_factory=list)
    extended_until: str = ""


def facts(nb: NotebookNode, lesson: Lesson, scores: SubmissionScores, exam: Exam | None) -> Facts:
    """What to tell the student of a submission.

    Parameters
    ----------
    nb : NotebookNode
        As it was autograded. Only the test cells are read, which the instructor's copy has replaced; what a student
        writes into the metadata of cells counts for nothing.
    lesson : Lesson
    scores : SubmissionScores
        The gradebook's.
    exam : Exam or None
        The assignment's.
    """
    failed, judged = failures(nb), verdicts(nb)
    tests = {*lesson.tests, *(judged.keys() - lesson.places.keys())}
    hints = trusted_hints(nb, exam)
    parts: dict[str, Part] = {}
    waiting, voided = [], []
    order = {name: number for number, name in enumerate(lesson.places)}
    for name in sorted(scores.grades, key=lambda name: order.get(name, len(order))):
        grade, place = scores.grades[name], place_of(lesson, name)
        part = parts.setdefault(place.part, Part(place.part))
        part.score += grade.score
        part.max_score += grade.max_score
        if grade.voided:
            name_of = label_of(lesson, name, exam) if name in tests else about(place)
            voided.append(VoidedQuestion(name_of, str(grade.voided)))
        elif grade.needs_manual_grade:
            part.waiting += grade.max_score
            waiting.append(Waiting(about(place), grade.max_score))
        elif name in tests and grade.score < grade.max_score:
            label, lost = label_of(lesson, name, exam), grade.max_score - grade.score
            label = f"{place.question}: {label}" if place.question else label
            failure, verdict = failed.get(name, Failure("")), first_failed(judged.get(name, []))
            asked = f"{lesson.checks.get(name, [name])[0]}: "
            if verdict:
                what, _, hint = verdict["message"].removeprefix(asked).partition(HINT)
                found = from_verdict(what, hint, verdict.get("illustration"))
            elif hints and failure.message.startswith(asked):
                found = from_verdict(*split_hint(failure.message.removeprefix(asked), hints))
            elif grade.score and not failure.message:
                found = Trouble([], 0.0, f"It earned {points(grade.score)} of {points(grade.max_score)} points.")
            else:
                found = from_failure(failure, usage(nb).get("stopped", ""))
            found.names, found.lost = [label], lost
            add(found, part.troubles)
    comments = [
        Said(about(place_of(lesson, name)), f"comment-{name}", str(remark))
        for name, remark in scores.comments.items()
        if remark.manual_comment  # the others are nbgrader's own: "No response."
    ]
    score = scores.score - scores.late_penalty
    has_tests = not tests.isdisjoint(scores.grades)
    parts_of_all, until = list(parts.values()), scores.extended_until
    return Facts(
        score, scores.max_score, scores.late_penalty, parts_of_all, waiting, comments, has_tests, voided, until
    )


def label_of(lesson: Lesson, grade_id: str, exam: Exam | None) -> str:
    """Return what a test cell looks at, in a few words; a check without any goes by its own name."""
    asked = lesson.checks.get(grade_id, [])
    if asked:
        check = exam.checks.get(asked[0]) if exam else None
        return getattr(check, "label", "") or asked[0]
    return grade_id.replace("-", " ")


def place_of(lesson: Lesson, grade_id: str) -> Place:
    """Return where a cell stands; one that the lesson has no more, but the gradebook has, goes by its own name."""
    return lesson.places.get(grade_id, Place(grade_id))


def about(place: Place) -> str:
    return place.question or place.part


def trusted_hints(nb: NotebookNode, exam: Exam | None) -> frozenset[str]:
    """The hints that an exception of a notebook's may hold and be believed.

    Where submissions run confined that is none: what the examiner says is in the verdicts. Where they do not there are
    no verdicts, and the exception is all there is; then it may hold the exam's own hints and no others.
    """
    return frozenset() if usage(nb) or exam is None else exam.hints


def split_hint(message: str, hints: Collection[str]) -> tuple[str, str]:
    """What went wrong, and the hint; one that is not among the given ones is no hint, and stays where it is."""
    what, _, hint = message.partition(HINT)
    return (what, hint) if hint in hints else (message, "")


def first_failed(verdicts: list[dict]) -> dict | None:
    """The first verdict that a check did not pass; None if there is none."""
    return next((verdict for verdict in verdicts if verdict.get("message")), None)


def from_verdict(what: str, hint: str, illustration: dict | None = None) -> Trouble:
    """What the examiner said of a check."""
    if UNWRITTEN.match(what):
        found = Trouble([], 0.0, f"Not written yet: {what}.", hint=hint)
    elif number := NO_NUMBER.match(what):
        found = Trouble([], 0.0, f"No number given yet {number[1]}.", hint=hint)
    else:
        call, raised, error = what.partition(" raised ")
        found = Trouble([], 0.0, f"{call} raised an exception:" if raised else sentence(what), error, hint)
    if illustration:
        found.picture, note = draw_illustration(illustration)
        found.caption = (
            f"An example with public numbers, not those you were graded on. The two part {illustration['where']}, "
            f"at the dotted line.{note}"
        )
    return found


def from_failure(failure: Failure, stopped: str) -> Trouble:
    """What made a test cell fail that has no verdict.

    Parameters
    ----------
    failure : Failure
    stopped : str
        By what the submission was stopped; empty if it was not.
    """
    if stopped and failure.message in (f"Stopped: {stopped}", f"Stopped: {NOT_RUN}{stopped}"):
        return Trouble([], 0.0, sentence(failure.message.removeprefix("Stopped: ")))
    if failure.broken:
        what = f"The cell {failure.broken!r} did not run, so there is nothing to check. It ended with:"
        return Trouble([], 0.0, what, in_the_cell(failure.cause))
    if not failure.message:
        return Trouble([], 0.0, "It did not pass, and left no word of why.")
    return Trouble([], 0.0, "The test did not come to its end. It stopped with:", in_the_cell(failure.message))


def is_unwritten(what: str) -> bool:
    """Whether what a check said of a submission means that there is nothing to check yet."""
    return bool(UNWRITTEN.match(what) or NO_NUMBER.match(what))


def in_the_cell(said: str) -> str:
    """What Python said, with the place where students find it."""
    return re.sub(r"\(<ipython-input-[^<>]{0,100}>, line (\d{1,9})\)", r"(line \1 of the cell)", said)


def sentence(what: str) -> str:
    """What a check said, as a sentence."""
    is_code = re.match(r"[\w.]+\(", what)  # the name of a function stays as it is
    return (what if is_code else what[:1].upper() + what[1:]) + (
        "" if what.endswith((".", "?", "!", ")", ":")) else "."
    )


def add(found: Trouble, troubles: list[Trouble]) -> None:
    """Put a trouble among the others, or together with one that says the same."""
    for other in troubles:
        if (other.what, other.said, other.hint) == (found.what, found.said, found.hint) and not found.picture:
            other.names += found.names
            other.lost += found.lost
            return
    if found.hint:
        same = next((other.names[0] for other in troubles if other.hint == found.hint), "")
        found.hint = f"The same as for {same}." if same else found.hint
    troubles.append(found)
