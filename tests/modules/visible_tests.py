"""Run what students see of the lesson's test cells on a class."""

import re

import nbformat

from tests.course07 import LESSON

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", re.DOTALL)
GIVEN = ("imports", "helpers", "test-tools")


def visible_cells(subject: str = "") -> dict[str, tuple[str, float]]:
    """The visible source of the lesson's test cells of a class, or of all, with the points, by the cell's id."""
    cells = [cell for cell in nbformat.read(LESSON, as_version=4).cells if cell.id.startswith("test-")]
    graded = [cell for cell in cells if cell.metadata.nbgrader.grade]
    return {
        cell.id: (HIDDEN.sub("", cell.source), cell.metadata.nbgrader.points)
        for cell in graded
        if cell.id.startswith(f"test-{subject.lower()}-" if subject else "test-")
    }


def namespace() -> dict:
    """What the cells above Part 1 define."""
    given, cells = {"__name__": "__main__"}, nbformat.read(LESSON, as_version=4).cells
    for cell in cells:
        if cell.id in GIVEN:
            exec(cell.source, given)  # noqa: S102 - our own source
    return given


def failures(subject: str, make: type | None) -> dict[str, BaseException]:
    """What the visible tests of a class raise, by the cell's id. Without a class, the stand-in is tested."""
    scope, raised = namespace(), {}
    if make is not None:
        scope[subject] = make
    for name, (source, _) in visible_cells(subject).items():
        try:
            exec(source, scope)  # noqa: S102 - our own source
        except Exception as error:
            raised[name] = error
    return raised
