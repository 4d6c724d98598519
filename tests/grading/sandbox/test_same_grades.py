"""A confined process and a stock Jupyter kernel give the same grades, and the same outputs."""

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor

import nbformat
import pytest
from submissions import MORE

from grading import sample
from grading.autograde import autograde_class
from grading.course import ASSIGNMENT, Course
from grading.sample import CLASS

EVERYBODY = {**CLASS, **MORE}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
VARIES = re.compile(
    r"0x[0-9a-f]+|model_id'?: '?\w+|[\d.]+ ?(ns|µs|us|μs|ms|s)\b|[\d.]+it/s"
    r"|/\S*/(ipykernel_\d+/)?[\w.-]+\.py|<ipython-input-[^>]*>|:\d+: \w*Warning"
)


class StockCourse(Course):
    """Graded as nbgrader does it: in a kernel of Jupyter's, with all the rights of whoever grades."""

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.ConfinedExecute.run_strangers_code_unconfined = True
        return config


def grade(kind, root, names):
    """Grade some of the submissions in a course of their own."""
    sample.CLASS = {name: EVERYBODY[name] for name in names}
    course = kind(root)
    sample.make_sample_class(course)
    autograde_class(course)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """For every submission, how it was graded by a stock kernel, and confined."""
    names = [name for name in EVERYBODY if name not in ("no-notebook", "not-json")]
    halves = names[::2], names[1::2]
    courses = {kind: [kind(tmp_path_factory.mktemp(kind.__name__)) for _ in halves] for kind in (StockCourse, Course)}
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:  # one for each core
        for kind in courses:
            list(pool.map(grade, [kind] * 2, [course.root for course in courses[kind]], halves))
    return {
        name: tuple(courses[kind][half] for kind in (StockCourse, Course)) for half in range(2) for name in halves[half]
    }


def scores(course, student):
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {grade.name: grade.score for grade in grades}


def test_there_are_thirty_more():
    assert len(MORE) >= 30


@pytest.mark.parametrize("name", [name for name in EVERYBODY if name not in ("no-notebook", "not-json")])
def test_scores_are_the_same(graded, name):
    stock, confined = graded[name]
    assert scores(confined, name) == scores(stock, name)


@pytest.mark.parametrize("name", [name for name in EVERYBODY if name not in ("no-notebook", "not-json")])
def test_outputs_are_equivalent(graded, name):
    stock, confined = (
        [
            cell
            for cell in nbformat.read(course.notebook("autograded", name), as_version=4).cells
            if cell.cell_type == "code"
        ]
        for course in graded[name]
    )
    for theirs, ours in zip(stock, confined, strict=True):
        assert ours.source == theirs.source
        assert [essence(output) for output in ours.outputs] == [essence(output) for output in theirs.outputs], (
            ours.source
        )


def essence(output):
    """What of an output does not depend on the time, the place and the process."""

    def plain(text):
        return VARIES.sub("~", ANSI.sub("", text))

    match output.output_type:
        case "stream":
            return output.name, plain(output.text)
        case "error":
            return output.ename, plain(output.evalue), len(output.traceback) > 0
        case kind:
            text = plain(output.data.get("text/plain", ""))
            return kind, text, sorted(output.data)
