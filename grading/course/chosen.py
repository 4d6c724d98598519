"""Some students of a class, as whoever grades has named them on the command line."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from nbgrader.api import Gradebook, Student
from sqlalchemy import select

from ..util.errors import CourseError
from ..util.text import in_one_line

MOST_NEAR = 4  # names that an error offers


def chosen_students(asked: Iterable[str], known: Collection[str], absent: Collection[str] = ()) -> list[str]:
    """Return the students that are asked for, in the order of those that are known; all of them if none is.

    Parameters
    ----------
    asked : iterable of str
        Each the name of a student, or several with commas between them.
    known : collection of str
        The students that can be asked for.
    absent : collection of str
        Those of the course who have handed in nothing.

    Raises
    ------
    CourseError
        If a name is nobody's, with names that are like it.
    """
    asked = list(asked)
    names = [name for text in asked for name in split(text, known)]
    if unknown := next((name for name in names if name not in known), None):
        called = in_one_line(unknown)
        if unknown in absent:
            raise CourseError(f"{called} has handed in nothing, so there is nothing to do")
        near = [in_one_line(name) for name in near_names(unknown, known)]
        meant = f": did you mean {' or '.join(near)}?" if near else ""
        raise CourseError(f"no student is called {called!r}{meant}")
    if asked and not names:
        raise CourseError("--student names nobody")
    return [student for student in known if student in names] if names else list(known)


def roster(gradebook: Gradebook) -> list[str]:
    """The students of a gradebook, whether or not they have handed in."""
    return list(gradebook.db.scalars(select(Student.id).order_by(Student.last_name, Student.first_name)))


def split(text: str, known: Collection[str]) -> list[str]:
    """Split names at commas, unless the whole is a name."""
    return [text] if text in known else [name for part in text.split(",") if (name := part.strip())]


def near_names(name: str, known: Iterable[str], most: int = MOST_NEAR) -> list[str]:
    """Return names that are like one that is wrong, the nearest first."""
    plain: dict[str, str] = {}
    for other in known:
        plain.setdefault(other.casefold(), other)
    asked = name.casefold()
    near = get_close_matches(asked, plain, most, 0.6)
    near += [other for other in sorted(plain) if len(asked) > 2 and asked in other and other not in near]
    return [plain[other] for other in near[:most]]
