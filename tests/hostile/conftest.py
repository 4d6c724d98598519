import copy
import tempfile
from dataclasses import replace

import nbformat
import pytest
from attack import PERFECT, write_lesson
from graded import ATTACKS, INNOCENT, HostileClass, LimitedCourse, Result
from nbgrader.converters import GenerateAssignment
from world import Alarm, World, processes_of

from grading.autograde import class_grader, grade
from grading.autograde.class_grader import autograde_class
from grading.autograde.plan import submission_profile
from grading.course.results import failures
from grading.exams.optimizers.judge import ClassExamination
from grading.feedback_page import render
from grading.sandbox import host
from grading.sandbox import template as templates
from grading.sandbox.template import template
from tests import quick_gradebooks  # noqa: F401 - it is in force from here on
from tests.course07 import ASSIGNMENT, epsilon_in_root, fill_in


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A world whose home, temporary folder and environment are the grader's own."""
    world = World(tmp_path_factory.mktemp("w"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "_zygote", None)  # those there are were started in another world
        patch.setattr(templates, "_template", None)
        patch.setenv("HOME", str(world.home))
        patch.setenv("A_SECRET_OF_THE_GRADER", world.secrets["environment"])
        patch.setattr(tempfile, "tempdir", str(world.temporary))
        yield world
        host.end()
        template().close()
    world.listeners.close()


@pytest.fixture(scope="module")
def hostile_class(world, request):
    """All attacks and some innocent submissions, graded as one class, with a look around after each."""
    chosen = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    attacks = {name: attack for name, attack in ATTACKS.items() if name in chosen}
    course = LimitedCourse(world.course_root)
    course.limits = {name: attack.limits for name, attack in attacks.items()}
    write_lesson(course.root / "source")
    course.run(GenerateAssignment, force=True)
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    for name, score in INNOCENT.items():
        make = fill_in if score == PERFECT else epsilon_in_root
        hand_in(course, name, {f"{ASSIGNMENT}.ipynb": nbformat.writes(make(released)).encode()})
    world.plant(course, "00-perfect")
    known = world.known("00-perfect")
    for name, attack in attacks.items():
        hand_in(course, name, attack.files(released, known))

    profile = submission_profile(course)
    zygote = host.zygote(profile)
    harm = {}

    def left_over():
        expected = {template().process.pid, host.zygote(profile).pid}
        return processes_of(world.home) - expected, host.zygote(profile).folder

    alarm = Alarm(world, left_over, lambda: scores(course))

    def watched(what, done, total):
        for submission, result in done:
            yield submission, result
            harm[submission.student] = harm.get(submission.student, []) + alarm.look(submission.student)

    # What takes long and is not what is asked here: the hint that fits, the pages that show nothing out of the common,
    # and the two seconds in which a cell may end itself after it was interrupted.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClassExamination, "nearest", lambda *case: None)
        patch.setattr(grade, "grade_submission", limited(grade.grade_submission, course.limits))
        patch.setattr(render, "render_feedback", of_few(render.render_feedback))
        patch.setattr(host, "GRACE", 1.0)
        patch.setattr(class_grader, "BATCH_SECONDS", -1.0)  # each is written at once: then comes a look around
        outcomes = autograde_class(course, progress=watched)
    earned = scores(course)
    results = {}
    for outcome in outcomes:
        graded = course.notebook("autograded", outcome.student)
        student = outcome.student
        result = results[student] = Result(outcome.problem, earned[student], harm.get(student, []))
        if graded.exists():
            result.notebook = nbformat.read(graded, as_version=4)
            result.messages = {name: str(failure) for name, failure in failures(result.notebook).items()}
        page = course.folder("feedback", outcome.student) / f"{ASSIGNMENT}.html"
        result.page = page.read_text() if page.exists() else ""
    return HostileClass(course, world, outcomes, results, zygote)


def limited(grade, limits):
    """Grade each submission within its own limits."""

    def with_limits(assignment, submission):
        config = copy.deepcopy(assignment.config)
        config.ConfinedExecute.update(limits.get(submission.student, {}))
        return grade(replace(assignment, config=config), submission)

    return with_limits


def of_few(page):
    """Make only the pages that are looked at."""

    def made(assignment, graded):
        student = graded.student
        theme = ATTACKS[student].theme if student in ATTACKS else ""
        shown = theme in ("misleading", "files") or student in ("00-perfect", "prints-without-end", "shows-without-end")
        return page(assignment, graded) if shown else dict.fromkeys(graded.notebooks, b"")

    return made


def hand_in(course, student, files):
    folder = course.folder("submitted", student)
    folder.mkdir(parents=True)
    for name, contents in files.items():
        (folder / name).write_bytes(contents)


def scores(course):
    with course.gradebook() as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(ASSIGNMENT)}
