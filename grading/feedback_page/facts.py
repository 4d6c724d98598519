"""What a page of feedback says, from the gradebook and the autograded notebook."""

import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..course.lesson import Lesson, Place
from ..course.results import failures, verdicts
from ..course.scores import SubmissionScores
from ..examiner.exam import load_exam
from .picture import draw_illustration

HINT = "\nHint: "
UNWRITTEN = re.compile(r"\w+\(.*\) raised NotImplementedError$")
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
        Where it first went wrong, in words.
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
class Facts:
    """All of it."""

    score: float
    max_score: float
    late_penalty: float
    parts: list[Part]
    waiting: list[Waiting]
    comments: list[Said]


def facts(nb: NotebookNode, lesson: Lesson, scores: SubmissionScores) -> Facts:
    """What to tell the student of a submission.

    Parameters
    ----------
    nb : NotebookNode
        As it was autograded. Only the test cells are read, which the instructor's copy has replaced; what a student
        writes into the metadata of cells counts for nothing.
    lesson : Lesson
    scores : SubmissionScores
        The gradebook's.
    """
    said, judged = failures(nb), verdicts(nb)
    parts: dict[str, Part] = {}
    waiting = []
    for name in sorted(scores.grades, key=list(lesson.places).index):
        grade, place = scores.grades[name], lesson.places[name]
        part = parts.setdefault(place.part, Part(place.part))
        part.score += grade.score
        part.max_score += grade.max_score
        if grade.needs_manual_grade:
            part.waiting += grade.max_score
            waiting.append(Waiting(about(place), grade.max_score))
        elif name in lesson.checks and grade.score < grade.max_score:
            label, lost = label_of(lesson, name), grade.max_score - grade.score
            found = trouble(lesson.checks[name][0], label, place, lost, said.get(name, ""), judged.get(name, []))
            add(found, part.troubles)
    comments = [
        Said(about(lesson.places.get(name, Place(name))), f"comment-{name}", remark.manual_comment)
        for name, remark in scores.comments.items()
        if remark.manual_comment  # the others are nbgrader's own: "No response."
    ]
    score = scores.score - scores.late_penalty
    return Facts(score, scores.max_score, scores.late_penalty, list(parts.values()), waiting, comments)


def label_of(lesson: Lesson, grade_id: str) -> str:
    """Return what a test cell looks at, in a few words."""
    exam, asked = load_exam(lesson.assignment), lesson.checks.get(grade_id, [])
    if exam and asked and asked[0] in exam.checks:
        return exam.checks[asked[0]].label
    return grade_id.replace("-", " ")


def about(place: Place) -> str:
    return place.question or place.part


def trouble(check: str, label: str, place: Place, lost: float, said: str, judged: list[dict]) -> Trouble:
    """What to say of one failed test cell: what the examiner said if it was asked, or else what the cell raised."""
    failed = [verdict for verdict in judged if verdict.get("message")]
    message = failed[0]["message"] if failed else said
    message = message.removeprefix(f"{check}: ")
    what, _, hint = message.partition(HINT)
    name = f"{place.question}: {label}" if place.question else label
    found = Trouble([name], lost, in_words(what), hint)
    if failed and (illustration := failed[0].get("illustration")):
        found.picture, note = draw_illustration(illustration)
        found.caption = (
            f"An example with public numbers, not those you were graded on. The two part {illustration['where']}, "
            f"at the dotted line.{note}"
        )
    return found


def is_unwritten(what: str) -> bool:
    """Whether what a check said of a submission means that there is nothing to check yet."""
    return bool(UNWRITTEN.match(what) or NO_NUMBER.match(what))


def in_words(what: str) -> str:
    """What a check said, where students would stumble over its words."""
    what = re.sub(r"\(<ipython-input-[^>]*>, line (\d+)\)", r"(line \1 of the cell)", what)
    if UNWRITTEN.match(what):
        return f"Not written yet: {what}."
    if number := NO_NUMBER.match(what):
        return f"No number given yet {number[1]}."
    first, _, broken = what.partition("\nThe cell ")
    if broken:
        return f"The cell {broken}\nSo there is nothing to check: {first}"
    if not what:
        return "It did not pass, and left no word of why."
    return what[:1].upper() + what[1:] + ("" if what[-1] in ".?!)" else ".")


def add(found: Trouble, troubles: list[Trouble]) -> None:
    """Put a trouble among the others, or together with one that says the same."""
    for other in troubles:
        if (other.what, other.hint) == (found.what, found.hint) and not found.picture:
            other.names += found.names
            other.lost += found.lost
            return
    if found.hint:
        same = next((other.names[0] for other in troubles if other.hint == found.hint), "")
        found.hint = f"The same as for {same}." if same else found.hint
    troubles.append(found)
