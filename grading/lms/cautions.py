"""Warn of a file of grades before it is uploaded: who gets zero by mistake, and what the upload undoes."""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..course.course import Course
from ..course.gradable import why_not_gradable
from ..util.errors import CourseError
from ..util.text import points, printable

EMPTY = {"", "-", "–", "n/a"}  # what systems write where there is no grade
NAMES, LONGEST_NAME = 8, 40  # that a line lists, and characters of each


@dataclass
class Overwritten:
    """What stood in the cells of a template in which there are scores now.

    Attributes
    ----------
    texts : dict of str to str
        By student, what is no number, such as Canvas's EX for somebody who is excused.
    higher : dict of str to str
        By student, a higher score, such as one that somebody has given by hand, and ours.
    """

    texts: dict[str, str] = field(default_factory=dict)
    higher: dict[str, str] = field(default_factory=dict)

    def note(self, student: str, before: str, score: float) -> None:
        """Note that a score takes the place of what a cell held before."""
        text = before.strip().removeprefix("'").strip()
        if text.casefold() in EMPTY:
            return
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            self.texts[student] = text
            return
        if number > float(points(score)):
            self.higher[student] = f"{text} to {points(score)}"

    def warnings(self, template: str) -> Iterator[str]:
        if self.texts:
            yield (
                f"a score takes the place of what stands in {template}, and the upload undoes that: "
                + listed(f"{student} ({short(text)})" for student, text in sorted(self.texts.items()))
            )
        if self.higher:
            yield (
                f"a lower score takes the place of a higher one in {template}: "
                + listed(f"{student} ({short(text)})" for student, text in sorted(self.higher.items()))
            )


def not_graded(course: Course, scores: dict[str, float]) -> Iterator[str]:
    """Warn of those who have handed in and whose work nobody has graded.

    Parameters
    ----------
    course : Course
    scores : dict of str to float
        Of everybody whose grade is exported.
    """
    try:
        names = course.lessons.keys()
    except CourseError:  # its source is put away: scores can be written, and of what was handed in nothing can be said
        return
    zero = [student for student, score in scores.items() if not score and could_not_be_graded(course, names, student)]
    if zero:
        yield f"could not be graded, and get 0: {listed(sorted(zero))}"
    if waiting := sorted(set(course.students()) - scores.keys()):
        yield f"handed in and not graded, so without a grade here: {listed(waiting)}"


def could_not_be_graded(course: Course, names: Collection[str], student: str) -> bool:
    """Whether a student has handed in something of which no notebook can be graded."""
    if any(course.notebook("autograded", student, name).exists() for name in names):
        return False
    if not os.path.lexists(course.folder("submitted", student)):
        return False  # graded once, and put away since
    return all(why_not_gradable(course, student, name) for name in names)


def short(text: str) -> str:
    """A text that is no longer than a name may be in a list."""
    text = printable(text).replace("\n", " ")
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def listed(names: Iterable[str]) -> str:
    """A few names, and how many more there are."""
    names = [printable(str(name)).replace("\n", " ") for name in names]
    names = [name if len(name) <= 2 * LONGEST_NAME else f"{name[: 2 * LONGEST_NAME - 1]}…" for name in names]
    between = "; " if any(", " in name for name in names) else ", "  # Canvas writes "Lovelace, Ada"
    return between.join(names[:NAMES]) + (f" and {len(names) - NAMES} more" if len(names) > NAMES else "")
