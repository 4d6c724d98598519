"""A class of attacks and innocent submissions, and what became of it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import nbformat
from attack import PERFECT, all_attacks
from world import World

from grading.autograde.class_grader import Outcome
from grading.course.course import Course

# They are graded before, between and after the attacks, which is in the order of their names.
MISTAKE = PERFECT - 3
INNOCENT = {
    "00-perfect": PERFECT,
    "c-mistake": MISTAKE,
    "m-perfect": PERFECT,
    "s-mistake": MISTAKE,
    "zz-perfect": PERFECT,
}
ATTACKS = {attack.name: attack for attack in all_attacks()}


class LimitedCourse(Course):
    """A course with a part of the lesson, in which some students' submissions have other limits than all others'."""

    limits: dict[str, dict] = {}

    def settings(self):
        config = super().settings()
        config.CourseDirectory.source_directory = str(self.root / "source")
        return config


@dataclass
class Result:
    """What became of one submission."""

    problem: str
    score: float
    harm: list[str]
    notebook: nbformat.NotebookNode | None = field(default=None, repr=False)
    page: str = field(default="", repr=False)
    messages: dict[str, str] = field(default_factory=dict)

    @cached_property
    def outputs(self) -> str:
        """All that its cells left behind."""
        cells = self.notebook.cells if self.notebook else []
        return "\n".join(str(dict(output)) for cell in cells for output in cell.get("outputs", []))

    @property
    def own(self) -> list:
        """The outputs of the student's own cells."""
        cells = self.notebook.cells if self.notebook else []
        roles = [cell.metadata.get("nbgrader", {}) for cell in cells]
        own = [cell for cell, role in zip(cells, roles, strict=True) if not (role.get("grade") or role.get("locked"))]
        return [output for cell in own for output in cell.get("outputs", [])]

    @cached_property
    def shown(self) -> str:
        """What the student's own cells show, as plain text."""
        texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in self.own]
        return "\n".join([*texts, *self.own_errors])

    @property
    def own_errors(self) -> list[str]:
        """What they raise, but for having been stopped."""
        errors = [output for output in self.own if output.output_type == "error" and output.ename != "Stopped"]
        return [f"{error.ename}: {error.evalue}" for error in errors]


@dataclass(repr=False)  # it is large, and pytest shows it where a test fails
class HostileClass:
    course: Course
    world: World
    outcomes: list[Outcome]
    results: dict[str, Result]
    zygote: Any
