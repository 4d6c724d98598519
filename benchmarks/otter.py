"""The lesson as an assignment of otter-grader: the same cells are run, and the same tests ask the same examiner."""

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbgrader.utils import is_grade, is_solution

from grading.course.course import Course
from tests.course07 import LESSON

from .classes import make_class
from .cpu_time import Taken, timed

TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points}


@test_case(points={points})
def test(env):
    exec({source!r}, env)
"""


def otter_run(python: str, count: int) -> Taken:
    """Grade submissions with ``otter run``, one after the other.

    Parameters
    ----------
    python : str
        A Python that has otter-grader and this package.
    count : int

    Returns
    -------
    Taken
        Of all runs, without the time to make the assignment.
    """
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder, "course"))
        course.root.mkdir()
        students = make_class(course, count)
        tests = Path(folder, "tests")
        tests.mkdir()
        for cell in nbformat.read(LESSON, as_version=4).cells:
            if is_grade(cell) and not is_solution(cell):
                role = cell.metadata.nbgrader
                source = cell.source.replace("### BEGIN HIDDEN TESTS\n", "").replace("### END HIDDEN TESTS\n", "")
                name = role.grade_id.replace("-", "_")
                (tests / f"{name}.py").write_text(TEST.format(name=name, points=role.points, source=source))
        otter(python, folder, "generate", "-t", "tests", "-o", "autograder.zip")
        notebooks = [as_submission(course.notebook("submitted", student), Path(folder)) for student in students]
        command = [python, "-m", "otter", "run", "-a", "autograder.zip"]
        taken = [timed([*command, notebook.name], folder) for notebook in notebooks]
        return Taken(sum(one.seconds for one in taken), sum(one.cpu for one in taken))


def as_submission(path: Path, folder: Path) -> Path:
    """A notebook without the tests, which otter brings, and without the cells that grading leaves out."""
    nb = nbformat.read(path, as_version=4)
    nb.cells = [
        cell
        for cell in nb.cells
        if "explore" not in cell.metadata.get("tags", []) and not (is_grade(cell) and not is_solution(cell))
    ]
    target = folder / f"{path.parents[1].name}.ipynb"
    nbformat.write(nb, target)
    return target


def otter(python: str, folder: str, *arguments: str) -> None:
    done = subprocess.run([python, "-m", "otter", *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"otter {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
