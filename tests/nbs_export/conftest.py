"""The pages and the student folder, made once for all tests that look at them, and a browser to look with."""

import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from students_machine import Machine
from visits import SharedVisits, Visits

from nbs_export import REPOSITORY
from nbs_export.site import EXPORTERS, write_documents, write_index, write_page
from nbs_export.site.frame import PAGES
from nbs_export.site.lesson import LESSON, run_lesson, without_grading
from nbs_export.student import build_student_folder


@pytest.fixture(scope="session")
def pushed(once):
    """The student folder, as a repository."""
    return once("student", push) / "student"


def push(dist):
    """Make the student folder, and commit it."""
    folder = build_student_folder(dist / "student")
    identity = ["-c", "user.name=Instructor", "-c", "user.email=instructor@example.org"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "Module 07"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


@pytest.fixture(scope="session")
def students_machine(pushed, tmp_path_factory):
    """A clone of the student folder in a clean environment, made by Binder's steps. This takes one or two minutes."""
    machine = Machine(pushed, tmp_path_factory.mktemp("machine"))
    machine.clone()
    machine.install()
    return machine


@pytest.fixture(scope="session")
def lesson(lesson_folder):
    """The lesson, run, without what only the grader may know."""
    return without_grading(nbformat.read(lesson_folder / LESSON.name, as_version=4))


@pytest.fixture(scope="session")
def site(lesson, once):
    """dist/site/, as ``python -m nbs_export site`` makes it."""

    def make(folder):
        list(write_documents(folder))
        write_site(lesson, folder, PAGES)

    return once("site", make)


def write_site(lesson, folder, pages=()):
    for kind in EXPORTERS:
        write_page(kind, lesson, folder, pages=pages)
    write_index(folder)
    return folder


@pytest.fixture(scope="session")
def course_of(tmp_path_factory):
    """A course whose lesson is the given cells."""

    def course_of(*cells):
        folder = tmp_path_factory.mktemp("course")
        (folder / "pyproject.toml").write_text((REPOSITORY / "pyproject.toml").read_text())
        (folder / LESSON).parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=list(cells)), folder / LESSON)
        return folder

    return course_of


MOVING = """
import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import HTML, Math, display
from matplotlib.animation import FuncAnimation

fig, ax = plt.subplots(figsize=(4, 3))
line, = ax.plot([0, 1], [0, 1])
moving = FuncAnimation(fig, lambda i: line.set_ydata([0, i]), frames=4)
plt.close(fig)
HTML(moving.to_jshtml())
"""

SLIDER = """
@ipywidgets.interact(beta=ipywidgets.FloatSlider(value=0.9, max=1, description="beta"))
def draw(beta):
    plt.plot([0, beta])
    plt.show()
"""

PICTURE = """
fig, ax = plt.subplots()
plt.close(fig)
display(fig, metadata={"image/png": {"alt": "An empty chart, for <this> test"}})
display(Math(r"\\hat m = \\frac{m}{1-\\beta_1^t}"))
"""


@pytest.fixture(scope="session")
def moving(course_of, once):
    """A lesson with an animation, a slider, a picture with alt text and a formula among its outputs; run."""

    def make(folder):
        nbformat.write(run_lesson(course_of(*cells)), folder / LESSON.name)

    cells = [new_markdown_cell("# Moving"), new_code_cell(MOVING.strip()), new_markdown_cell("## A slider")]
    cells += [new_code_cell(SLIDER.strip()), new_markdown_cell("## A picture"), new_code_cell(PICTURE.strip())]
    return nbformat.read(once("moving", make) / LESSON.name, as_version=4)


@pytest.fixture(scope="session")
def moving_site(moving, once):
    return once("moving-site", lambda folder: write_site(moving, folder))


@pytest.fixture
def visit(chromium):
    """Open files; what they ask for or complain about fails the test at its end."""
    visits = Visits(chromium)
    yield visits
    assert visits.close() == ([], [])


@pytest.fixture(scope="module")
def shared_visits(chromium):
    visits = SharedVisits(chromium)
    yield visits
    visits.close()


@pytest.fixture
def look(shared_visits):
    """Pages of files, to be looked at and left as they are; what they ask for or complain about fails the test."""
    yield shared_visits
    assert shared_visits.seen() == ([], [])
