"""What a page of feedback says, from the gradebook and the autograded notebook.

The grader's words and the submission's are kept apart. A verdict is the grader's, and within one, what stands after
"raised" is the submission's. An exception or an output is the submission's altogether, and so is a hint in it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from nbformat import NotebookNode

from ..course.lesson import Lesson, Place
from ..course.results import Failure, failures, told_of_stop, usage, verdicts
from ..course.scores import CellComment, SubmissionScores
from ..course.voided import FULL
from ..examiner.exam import Exam
from .cells import PageCells
from .picture import draw_illustration
from .texts import Texts, load_texts

HINT = "\nHint: "
# What stands after the first "raised" is the submission's, and may look like another one.
UNWRITTEN = re.compile(r"(\w+\((?:(?! raised ).)*\)) raised NotImplementedError(?:: .*)?$")
NOTHING_THERE = re.compile(r"the cell of (\w+\(\)(?:, \w+\(\))*) is as it was released: nothing is written there yet$")
NO_ANSWER = "No response."  # how nbgrader says it
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
    links : list of tuple of str
        Of each check, the anchor of the cell that it is about and the words that lead there; empty if there is none.
    """

    names: list[str]
    lost: float
    what: str
    said: str = ""
    hint: str = ""
    picture: str = ""
    caption: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def link(self) -> tuple[str, str]:
        """Where all of the checks lead; empty if they do not lead to one cell."""
        return self.links[0] if len(set(self.links)) == 1 else ("", "")


@dataclass
class Part:
    """A part of the lesson: what it earned, what it lost and why, what waits for a person, and extra points."""

    name: str
    score: float = 0.0
    max_score: float = 0.0
    waiting: float = 0.0
    extra: float = 0.0
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
class Extra:
    """Points that a person gave on top of those of a cell."""

    name: str
    points: float


@dataclass
class Facts:
    """All of it; `times` says in sentences when it came in, when it was due, and what that cost."""

    score: float
    max_score: float
    late_penalty: float
    parts: list[Part]
    waiting: list[Waiting]
    comments: list[Said]
    has_tests: bool = True
    voided: list[VoidedQuestion] = field(default_factory=list)
    extra: list[Extra] = field(default_factory=list)
    student_name: str = ""
    times: list[str] = field(default_factory=list)


def facts(
    nb: NotebookNode,
    lesson: Lesson,
    scores: SubmissionScores,
    exam: Exam | None,
    texts: Texts | None = None,
    cells: PageCells | None = None,
) -> Facts:
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
    texts : Texts or None
        The page's own; None for the English ones.
    cells : PageCells or None
        What the page calls its cells; None for a page that shows none.
    """
    texts, cells = texts or load_texts(), cells or PageCells(lesson, exam, ())
    failed, judged = failures(nb), verdicts(nb)
    tests = {*lesson.tests, *(judged.keys() - lesson.places.keys())}
    hints = trusted_hints(nb, exam)
    parts: dict[str, Part] = {}
    waiting, voided, extra = [], [], []
    order = {name: number for number, name in enumerate(lesson.places)}
    for name in sorted(scores.grades, key=lambda name: order.get(name, len(order))):
        grade, place = scores.grades[name], place_of(lesson, name)
        own_score = grade.score - grade.extra
        part = parts.setdefault(place.part, Part(place.part))
        part.score += grade.score
        part.max_score += grade.max_score
        if grade.extra:
            part.extra += grade.extra
            extra.append(
                Extra(label_of(lesson, name, exam) if name in tests else about(name, cells, texts), grade.extra)
            )
        if grade.voided:
            name_of = label_of(lesson, name, exam) if name in tests else about(name, cells, texts)
            effect = texts("voided_full" if grade.voided.points == FULL else "voided_none")
            voided.append(VoidedQuestion(name_of, effect))
        elif grade.needs_manual_grade:
            part.waiting += grade.max_score
            waiting.append(Waiting(about(name, cells, texts), grade.max_score))
        elif name in tests and own_score < grade.max_score:
            label, lost = label_of(lesson, name, exam), grade.max_score - own_score
            label = f"{place.question}: {label}" if place.question else label
            failure, verdict = failed.get(name, Failure("")), first_failed(judged.get(name, []))
            asked = f"{lesson.checks.get(name, [name])[0]}: "
            if verdict:
                what, _, hint = verdict["message"].removeprefix(asked).partition(HINT)
                found = from_verdict(what, hint, texts, verdict.get("illustration"))
            elif hints and failure.message.startswith(asked):
                found = from_verdict(*split_hint(failure.message.removeprefix(asked), hints), texts)
            elif own_score and not failure.message:
                found = Trouble([], 0.0, texts("partly_right", score=own_score, count=grade.max_score))
            else:
                found = from_failure(failure, told_of_stop(nb), texts, cells)
            found.names, found.lost = [label], lost
            found.links = [
                link_to(failure.broken if failure.broken in cells.shown else cells.of_test(name), cells, texts)
            ]
            add(found, part.troubles, texts)
    comments = [
        Said(about(name, cells, texts), anchor(name), comment_text(remark, texts))
        for name, remark in scores.comments.items()
        if remark.manual_comment  # the others are nbgrader's own: "No response."
    ]
    score = scores.score - scores.late_penalty
    has_tests = not tests.isdisjoint(scores.grades)
    return Facts(
        score,
        scores.max_score,
        scores.late_penalty,
        list(parts.values()),
        waiting,
        comments,
        has_tests,
        voided,
        extra,
        scores.student_name,
        times(scores, texts),
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


def times(scores: SubmissionScores, texts: Texts) -> list[str]:
    """Say when a submission came in, by how much that was late and what it cost, and when it was due."""
    came, penalty, late = scores.handed_in, scores.late_penalty, length(scores.seconds_late, texts)
    found = [texts("penalty", count=penalty)] if penalty and not (came and late) else []
    if came and late:
        name = "late_penalty" if penalty else "late"
        found.append(texts(name, time=time_text(came), late=late, count=penalty))
    elif came:
        found.append(texts("in_time" if scores.due else "handed_in", time=time_text(came)))
    if scores.due:
        found.append(texts("own_due" if scores.has_extension else "due", time=time_text(scores.due)))
    return found


def time_text(time: datetime) -> str:
    """Write a time in UTC, with seconds if it has any."""
    return f"{time:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + " UTC"


def length(seconds: float, texts: Texts) -> str:
    """Write a length of time in its two largest units; empty if there is none."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": rest or int(0 < seconds < 1)}
    first = next((i for i, count in enumerate(units.values()) if count), 0)
    return " ".join(texts(name, count=count) for name, count in list(units.items())[first : first + 2] if count)


def about(name: str, cells: PageCells, texts: Texts) -> str:
    """Return what a student's answer is called in a list."""
    title, part = cells.title(name), place_of(cells.lesson, name).part
    return texts("answer_in", part=part) if title == part and part != name else title


def anchor(grade_id: str) -> str:
    """Return where a cell stands in the page. Nothing in what a submission shows has such a name, or any."""
    return f"work-{grade_id}"


def link_to(grade_id: str, cells: PageCells, texts: Texts) -> tuple[str, str]:
    """Return the anchor of a cell and the words that lead there; empty for no cell."""
    return (anchor(grade_id), texts("to_code", what=cells.title(grade_id))) if grade_id else ("", "")


def comment_text(comment: CellComment, texts: Texts) -> str:
    """Return the comment on a cell; empty if there is none."""
    if comment.on_earlier:
        return texts("on_earlier", comment=comment.comment)
    own = comment.manual_comment is not None
    return texts("no_answer") if comment.comment == NO_ANSWER and not own else comment.comment or ""


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


def from_verdict(what: str, hint: str, texts: Texts, illustration: dict | None = None) -> Trouble:
    """What the examiner said of a check."""
    if unwritten := UNWRITTEN.match(what):
        found = Trouble([], 0.0, texts("not_written", call=unwritten[1]), hint=hint)
    elif untouched := NOTHING_THERE.match(what):
        found = Trouble([], 0.0, texts("untouched", call=untouched[1]), hint=hint)
    elif number := NO_NUMBER.match(what):
        found = Trouble([], 0.0, texts("no_number", unit=number[1]), hint=hint)
    else:
        call, raised, error = what.partition(" raised ")
        found = Trouble([], 0.0, texts("raised", call=call) if raised else sentence(what), error, hint)
    if illustration:
        found.picture, note = draw_illustration(illustration, texts)
        found.caption = texts("example", where=illustration["where"]) + note
    return found


def from_failure(
    failure: Failure, stopped: Collection[str], texts: Texts | None = None, cells: PageCells | None = None
) -> Trouble:
    """What made a test cell fail that has no verdict.

    Parameters
    ----------
    failure : Failure
    stopped : collection of str
        What `told_of_stop` says of the submission.
    texts : Texts or None
        None for the English ones.
    cells : PageCells or None
        What the page calls its cells; without them they go by their ids.
    """
    texts = texts or load_texts()
    if failure.message in stopped:
        return Trouble([], 0.0, sentence(failure.message.removeprefix("Stopped: ")))
    if failure.broken:
        name = cells.title(failure.broken) if cells else repr(failure.broken)
        what = texts("cell_broken", what=name)
        return Trouble([], 0.0, what, in_the_cell(failure.cause, texts))
    if not failure.message:
        return Trouble([], 0.0, texts("no_reason"))
    return Trouble([], 0.0, texts("test_broken"), in_the_cell(failure.message, texts))


def is_unwritten(what: str) -> bool:
    """Whether what a check said of a submission means that there is nothing to check yet."""
    return bool(UNWRITTEN.match(what) or NOTHING_THERE.match(what) or NO_NUMBER.match(what))


def in_the_cell(said: str, texts: Texts) -> str:
    """What Python said, with the place where students find it."""
    place = re.compile(r"\(<ipython-input-[^<>]{0,100}>, line (\d{1,9})\)")
    return place.sub(lambda found: f"({texts('line_of_cell', line=found[1])})", said)


def sentence(what: str) -> str:
    """What a check said, as a sentence."""
    is_code = re.match(r"[\w.]+\(", what)  # the name of a function stays as it is
    return (what if is_code else what[:1].upper() + what[1:]) + (
        "" if what.endswith((".", "?", "!", ")", ":")) else "."
    )


def add(found: Trouble, troubles: list[Trouble], texts: Texts) -> None:
    """Put a trouble among the others, or together with one that says the same."""
    for other in troubles:
        if (other.what, other.said, other.hint) == (found.what, found.said, found.hint) and not found.picture:
            other.names += found.names
            other.links += found.links
            other.lost += found.lost
            return
    if found.hint:
        same = next((other.names[0] for other in troubles if other.hint == found.hint), "")
        found.hint = texts("same_hint", check=same) if same else found.hint
    troubles.append(found)
