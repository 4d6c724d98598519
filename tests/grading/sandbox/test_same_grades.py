"""A confined process and a stock Jupyter kernel give the same grades, and the same outputs."""

import itertools
import re
import shutil

import nbformat
import pytest
from submissions import MORE, PACKED, TWISTS

from grading.autograde.class_grader import autograde_class
from grading.course import sample
from grading.course.course import Course
from grading.examiner.secret import SECRET_FILE
from tests.course07 import ASSIGNMENT, SAMPLE_CLASS

SAMPLE = [name for name in SAMPLE_CLASS if name not in ("no-notebook", "not-json")]
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# What is never twice the same: addresses, ids, times, and the names under which cells are compiled.
VARIES = re.compile(
    r"0x[0-9a-f]+|model_id'?: '?\w+|[\d.]+(e\+\d+)? ?(ns|µs|us|μs|ms|s)\b|[\d.]+it/s"
    r"|/\S*/(ipykernel_\d+/)?[\w.-]+\.py|<ipython-input-[^>]*>|\b\d+\.py\b|:\d+: \w*Warning"
)


class StockCourse(Course):
    """Graded as nbgrader does it: in a kernel of Jupyter's, with all the rights of whoever grades."""

    def config(self, **coursedir):
        config = super().config(**coursedir)
        config.ConfinedExecute.run_strangers_code_unconfined = True
        return config


def grade(kind, root, names, secret):
    """Grade some of the submissions in a course of their own, on numbers drawn from a secret."""
    shutil.copy(secret, root)
    course = kind(root)
    sample.make_sample_class(course, {name: {**SAMPLE_CLASS, **MORE}[name] for name in names})
    autograde_class(course, feedback=False)
    return course


@pytest.fixture(scope="module")
def graded(sample_class, tmp_path_factory):
    """For every submission, the courses in which it was graded: by a stock kernel, and confined."""
    everybody = [*SAMPLE, *MORE]
    secret = sample_class[0].root / SECRET_FILE
    stock = grade(StockCourse, tmp_path_factory.mktemp("stock"), everybody, secret)
    twisted = grade(Course, tmp_path_factory.mktemp("confined"), MORE, secret)
    return {name: (stock, twisted if name in MORE else sample_class[0]) for name in everybody}


def scores(course, student):
    with course.gradebook() as gradebook:
        grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        return {grade.name: grade.score for grade in grades}


every_submission = pytest.mark.parametrize("name", [*SAMPLE, *MORE])


def test_there_are_thirty_twists():
    assert len(TWISTS) >= 30
    assert sorted(name for twists in PACKED.values() for name in twists) == sorted(TWISTS)


@every_submission
def test_scores_are_the_same(graded, name):
    stock, confined = (scores(course, name) for course in graded[name])
    assert confined == stock, list(PACKED.get(name, {}))
    assert len(stock) > 30 and (name == "untouched" or any(stock.values()))


@every_submission
def test_outputs_are_equivalent(graded, name):
    stock, confined = (nbformat.read(c.notebook("autograded", name), as_version=4).cells for c in graded[name])
    for theirs, ours in zip(stock, confined, strict=True):
        assert ours.source == theirs.source
        assert essence(ours) == essence(theirs), ours.source


def essence(cell):
    """What of a cell's outputs does not depend on the time, the place and the process.

    A kernel cuts what is printed into pieces, by the clock; whoever shows it puts them together again.
    """

    def plain(text):
        return VARIES.sub("~", ANSI.sub("", text))

    found = []
    outputs = cell.get("outputs", [])
    for stream, group in itertools.groupby(outputs, lambda output: output.get("name")):
        if stream:
            found.append((stream, plain("".join(output.text for output in group))))
            continue
        for output in group:
            if output.output_type == "error":
                found.append((output.ename, plain(output.evalue), len(output.traceback) > 0))
            else:
                found.append((output.output_type, plain(output.data.get("text/plain", "")), sorted(output.data)))
    return found
