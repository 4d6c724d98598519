"""The report's numbers as CSV, one a row."""

import csv
from collections.abc import Iterator
from pathlib import Path

from ..util.files import atomic_write
from ..util.spreadsheets import escape_formula
from ..util.text import by_hand
from .facts import ClassFacts
from .page import by_reason, needs

COLUMNS = ("what", "name", "count", "of", "detail", "students")


def rows(found: ClassFacts, names: bool) -> Iterator[tuple]:
    graded = len(found.scores) - len(found.ungradable)

    def who(students) -> str:
        return " ".join(students) if names else ""

    for student, score in sorted(found.scores.items(), key=lambda item: item[1] if not names else item[0]):
        yield "score", "", f"{score:g}", f"{found.max_score:g}", "", who([student])
    for student, score in sorted(found.raw_scores.items(), key=lambda item: item[1] if not names else item[0]):
        yield "score before late penalty", "", f"{score:g}", f"{found.max_score:g}", "", who([student])
    for check in found.checks:
        yield "check passed", check.name, check.passed, check.graded, check.part, ""
    for check in found.checks:
        if check.discrimination is not None:
            yield "discrimination", check.name, f"{check.discrimination:.2f}", "", check.part, ""
    for question in found.by_hand:
        yield "to grade by hand", question.name, question.new, "", question.notebook, ""
        yield "to look at again", question.name, question.again, "", question.notebook, ""
    for held in found.misconceptions:
        yield "misconception", held.name, len(held.students), graded, held.belief, who(held.students)
    for slip in found.slips:
        yield "slip", slip.name, len(slip.students), graded, slip.hint, who(slip.students)
    for check, students in found.unexplained.items():
        yield "no known mistake", check, len(students), graded, "", who(students)
    for why, students in found.broken.items():
        yield "cell does not run", why, len(students), graded, "", who(students)
    yield "unwritten", "", len(found.unwritten), graded, "", who(found.unwritten)
    for student, seconds in found.seconds.items():
        yield "seconds", "", f"{seconds:.3f}", "", "", who([student])
    for student, hours in found.late.items():
        yield "hours late", "", f"{hours:.2f}", "", "", who([student])
    yield "look-alikes", "", len(found.lookalikes), "", "pairs", ""
    for pair in found.lookalikes if names else ():
        yield (
            "look-alike",
            ", ".join(pair.cells),
            f"{pair.share:.2f}",
            "1",
            f"weight {pair.weight:.0f}",
            who(pair.students),
        )
    for student, until in found.extended.items():
        yield "extended", "", "", "", until, who([student])
    waiting = {student: by_hand(count) for student, count in found.waiting.items()}
    for title, reasons in [*needs(found), ("Waiting for a grade by hand", waiting)]:
        for reason, count, students in by_reason(reasons):
            yield "needs a person", title, count, len(found.scores), reason, who(students)


def write_csv(found: ClassFacts, path: Path, names: bool = False) -> Path:
    """Write the numbers; an older file is replaced when the new one is whole."""
    with atomic_write(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([[escape_formula(str(value)) for value in row] for row in rows(found, names)])
    return path
