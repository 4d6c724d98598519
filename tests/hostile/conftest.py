import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import nbformat
import pytest
from attack import all_attacks
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from world import Alarm, World

from grading import autograde
from grading.autograde import Outcome, autograde_class
from grading.course import ASSIGNMENT, Course
from grading.examiner.judge import Examination
from grading.sample import EPSILON_IN_ROOT, fill_in
from grading.sandbox import host
from grading.submission import failures

# They are graded before, between and after the attacks, which is in the order of their names.
INNOCENT = {"00-perfect": 100.0, "c-mistake": 96.0, "m-perfect": 100.0, "s-mistake": 96.0, "zz-perfect": 100.0}
ATTACKS = {attack.name: attack for attack in all_attacks()}


class LimitedCourse(Course):
    """A course in which some students' submissions have other limits than all others'."""

    limits: dict[str, dict] = {}

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.ConfinedExecute.update(self.limits.get(coursedir.get("student_id"), {}))
        return config


@dataclass
class Result:
    """What became of one submission."""

    problem: str
    score: float
    harm: list[str]
    notebook: nbformat.NotebookNode | None = None
    page: str = ""
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
        own = [cell for cell in cells if not cell.metadata.get("nbgrader", {}).get("grade")]
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


@dataclass
class HostileClass:
    course: Course
    world: World
    outcomes: list[Outcome]
    results: dict[str, Result]
    zygote: Any
    seconds: dict[str, float]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A world whose home, temporary folder and environment are the grader's own."""
    world = World(tmp_path_factory.mktemp("w"))
    if host._zygote is not None:  # it was started in another world
        host._zygote.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(world.home))
        patch.setenv("A_SECRET_OF_THE_GRADER", world.secrets["environment"])
        patch.setattr(tempfile, "tempdir", str(world.temporary))
        yield world
        if host._zygote is not None:
            host._zygote.close()
    world.listeners.close()


@pytest.fixture(scope="session")
def monkeypatch_class():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session")
def hostile_class(world, request, monkeypatch_class):
    """All attacks and some innocent submissions, graded as one class, with a look around after each."""
    chosen = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    attacks = {name: attack for name, attack in ATTACKS.items() if name in chosen}
    course = LimitedCourse(world.course_root)
    course.limits = {name: attack.limits for name, attack in attacks.items()}
    course.run(GenerateAssignment, force=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for name, score in INNOCENT.items():
        make = fill_in if score == 100 else EPSILON_IN_ROOT
        hand_in(course, name, {f"{ASSIGNMENT}.ipynb": nbformat.writes(make(released)).encode()})
    world.plant(course, "00-perfect")
    known = world.known("00-perfect")
    for name, attack in attacks.items():
        hand_in(course, name, attack.files(released, known))

    # What takes long and is not what is asked here: the hint that fits, the pages of cells with plain outputs,
    # and the two seconds in which a cell may end itself after it was interrupted.
    monkeypatch_class.setattr(Examination, "nearest", lambda self, index, trace: None)
    monkeypatch_class.setattr(autograde, "run_whole", without_plain_pages(autograde.run_whole))
    monkeypatch_class.setattr(host, "GRACE", 1.0)
    zygote = host.zygote()
    seconds, harm = {}, {}
    alarm = Alarm(world, lambda: ({host.zygote().process.pid}, host.zygote().folder), lambda: scores(course))

    def watched(students):
        for student in students:
            before = time.monotonic()
            yield student
            seconds[student] = time.monotonic() - before
            harm[student] = alarm.look(student)

    outcomes = autograde_class(course, progress=watched)
    earned = scores(course)
    results = {}
    for outcome in outcomes:
        graded = course.notebook("autograded", outcome.student)
        result = results[outcome.student] = Result(outcome.problem, earned[outcome.student], harm[outcome.student])
        if graded.exists():
            result.notebook = nbformat.read(graded, as_version=4)
            result.messages = failures(result.notebook)
        page = course.folder("feedback", outcome.student) / f"{ASSIGNMENT}.html"
        result.page = page.read_text() if page.exists() else ""
    return HostileClass(course, world, outcomes, results, zygote, seconds)


def without_plain_pages(run_whole):
    def run(course, converter, step, student):
        plain = student in ATTACKS and ATTACKS[student].theme in ("cheating", "reading", "breaking_out")
        if not (plain and converter is GenerateFeedback):
            run_whole(course, converter, step, student)

    return run


def hand_in(course, student, files):
    folder = course.folder("submitted", student)
    folder.mkdir(parents=True)
    for name, contents in files.items():
        (folder / name).write_bytes(contents)


def scores(course):
    with course.gradebook() as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(ASSIGNMENT)}
