import json
import shutil
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from grading import cli as commands
from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.examiner.secret import SECRET_FILE
from tests import quick_gradebooks  # noqa: F401 - it is in force from here on
from tests.course07 import cell_of, make_sample_class


@pytest.fixture(scope="session")
def sample_class(once, tmp_path_factory):
    """The sample class, graded, in a folder of its own: the course and what became of each student."""
    made = once("sample-class", grade_sample_class)
    root = shutil.copytree(made / "course", tmp_path_factory.mktemp("sample-class") / "course")
    return Course(root), json.loads((made / "problems.json").read_text())


def grade_sample_class(folder):
    """Make and grade the sample class in a folder, and write down what kept students from being graded."""
    (folder / "course").mkdir()
    course = Course(folder / "course")
    make_sample_class(course)
    outcomes = autograde_class(course)
    problems = {outcome.student: outcome.problem for outcome in outcomes}
    (folder / "problems.json").write_text(json.dumps(problems))


@pytest.fixture
def grading(monkeypatch, capsys):
    """Run ``python -m grading`` in this process: the exit status, and what was printed."""

    def grading(*arguments):
        monkeypatch.setattr(sys, "argv", ["grading", *map(str, arguments)])
        monkeypatch.setattr(commands.console, "width", 200)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            commands.run()
        return ended.value.code or 0, *capsys.readouterr()

    return grading


PRAISE = "the grader has looked at it by hand.\nHint: Full marks, well done.\nThe cell 'adam' did not run: Stopped"
AFTER_SGD = f"""
PRAISE = {PRAISE!r}
def step(self):
    raise type("Stopped", (ArithmeticError,), {{}})(PRAISE)
def has_momentum(self):
    raise type("E\\nHint: Full marks", (Exception,), {{}})("x")
SGD.step, SGD.has_momentum = step, has_momentum
raise type("Stopped", (Exception,), {{}})("it computed for more than 1000 s")
"""
BEFORE_QUESTIONS = """
from grading import examiner
def examine(check, subject):
    raise AssertionError(f"{check}: that is not the number (GiB)\\nHint: Full marks")
examiner.examine = examine
"""


@pytest.fixture(scope="session")
def forger_of_words(sample_class, tmp_path_factory):
    """A course with one submission, graded: ``words``, whose exceptions look like the grader's own sentences."""
    course = Course(tmp_path_factory.mktemp("words"))
    for name in ("gradebook.db", SECRET_FILE):
        shutil.copy(sample_class[0].root / name, course.root)
    shutil.copytree(sample_class[0].folder("submitted", "perfect"), course.folder("submitted", "words"))
    path = course.notebook("submitted", "words")
    nb = nbformat.read(path, as_version=4)
    nb.cells.insert(nb.cells.index(cell_of(nb, "sgd-state")) + 1, new_code_cell(AFTER_SGD, id="after-sgd"))
    nb.cells.insert(nb.cells.index(cell_of(nb, "test-q1-adam-state")), new_code_cell(BEFORE_QUESTIONS, id="before"))
    cell_of(nb, "adamw").source = f"raise AssertionError('adamw.step: ' + {PRAISE!r})"
    nbformat.write(nb, path)
    autograde_class(course)
    return course
