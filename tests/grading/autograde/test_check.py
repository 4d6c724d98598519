"""`python -m grading check`, run as an instructor runs it."""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest

from grading.autograde import plan
from grading.autograde.check import check
from grading.autograde.plan import assignment_of, ungenerated_assignment
from grading.feedback_page.facts import is_unwritten
from grading.sandbox import host
from tests import forked
from tests.course07 import LESSON, PROFILE, cell_of, fill_in, lesson
from tests.grading.autograde import whole_classes


def run(*arguments):
    return forked.run("grading", "check", *arguments)


def test_the_reference_gets_everything():
    done = run(LESSON, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report) == ["score", "max_score", "cells"]
    assert (report["score"], report["max_score"]) == (90.0, 100.0)
    assert sum(cell["max_score"] for cell in report["cells"]) == 100.0
    for cell in report["cells"]:
        assert list(cell) == ["grade_id", "score", "max_score", "message"]
        by_hand = not cell["grade_id"].startswith("test-")
        assert cell["score"] == (0.0 if by_hand else cell["max_score"]) and cell["message"] == ""


def test_what_is_graded_by_is_what_would_be_generated(sample_class):
    course, _ = sample_class
    ungenerated, generated = ungenerated_assignment(course, "a secret"), assignment_of(course, "a secret")
    assert generated.notebooks.keys() == ungenerated.notebooks.keys()
    for name, notebook in generated.notebooks.items():
        other = ungenerated.notebooks[name]
        assert other.cells == notebook.cells and other.kernelspec == notebook.kernelspec
    assert replace(ungenerated, notebooks={}) == replace(generated, notebooks={})


def test_where_nbgrader_makes_tests_itself_nothing_is_known_before(sample_class, monkeypatch):
    monkeypatch.setattr(plan, "lesson_cells", lambda *about: [SimpleNamespace(source=None)])
    assert ungenerated_assignment(sample_class[0], "a secret") is None


def test_it_leaves_nothing_behind(sample_class, tmp_path, monkeypatch):
    course, _ = sample_class
    submission = tmp_path / "any name.ipynb"
    submission.write_bytes(course.notebook("submitted", "sgd-state-not-copied").read_bytes())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    host.zygote(PROFILE)  # which outlives a check, has its folder elsewhere
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    report = check(submission)
    assert report.score == 87.0
    assert [cell.grade_id for cell in report.cells if cell.message] == ["test-sgd-get-state"]
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["any name.ipynb", "scratch"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        (b"", "not a notebook"),
        (b"\xff\xfe\x00", "not a notebook"),
        (b"[]", "not a notebook"),
        (b'{"cells": 7}', "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "not of the assignment 07_optimizers"),
        (b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 5}', "not a notebook"),
    ],
)
def test_what_is_no_submission_gets_one_clear_line(tmp_path, content, reason):
    path = tmp_path / "handed_in.ipynb"
    if content is not None:
        path.write_bytes(content)
    done = run(path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(path) in done.stderr and reason in done.stderr


def test_a_folder_is_no_submission(tmp_path):
    done = run(tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def graded(nb, path):
    nbformat.write(nb, path)
    return {cell.grade_id: cell for cell in check(path).cells}


def lost(cells):
    """The tests that earned nothing."""
    return {name for name, cell in cells.items() if cell.score == 0 and name.startswith("test-")}


@pytest.fixture
def filled_in(sample_class):
    return fill_in(nbformat.read(sample_class[0].notebook("release", "."), as_version=4))


def test_cells_deleted_moved_and_retyped_are_graded_from_the_instructors_copy(filled_in, tmp_path):
    role = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in filled_in.cells}
    for name in ("imports", "helpers", "test-sgd-momentum", "test-adamw-step"):
        filled_in.cells.remove(role[name])
    filled_in.cells.remove(role["test-sgd-step"])
    filled_in.cells.insert(0, role["test-sgd-step"])  # before there is anything to test
    role["test-sgd-get-state"].cell_type = "raw"
    for key in ("outputs", "execution_count"):
        role["test-sgd-get-state"].pop(key)
    role["test-adam-epsilon"].metadata.nbgrader["points"] = 1000
    cells = graded(filled_in, tmp_path / "moved.ipynb")
    assert {name: cell.message for name, cell in cells.items() if cell.message} == {}
    assert sum(cell.max_score for cell in cells.values()) == 100.0
    assert sum(cell.score for cell in cells.values()) == 90.0, "all but the answers that a person grades"


def test_a_deleted_solution_costs_its_own_points_only(filled_in, tmp_path):
    filled_in.cells = [cell for cell in filled_in.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "sgd"]
    cells = graded(filled_in, tmp_path / "deleted.ipynb")
    assert lost(cells) == {name for name in cells if "-sgd-" in name}


def test_a_broken_first_part_costs_its_own_points_only(filled_in, tmp_path):
    cell = next(cell for cell in filled_in.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "optimizer")
    cell.source = "class Optimizer:\n    def zero_grad(self\n"
    cells = graded(filled_in, tmp_path / "broken.ipynb")
    assert lost(cells) == {
        "test-optimizer-zero-grad",
        "test-optimizer-interface",
    }


ADDED = ("sgd-momentum", "sgd-decay", "sgd-state", "adam-averages", "adam-correction")


def earlier(filled_in):
    """A notebook of an earlier version of the lesson: its classes are whole, and no cell adds to them."""
    nb = copy.deepcopy(filled_in)
    cell_of(nb, "sgd").source, cell_of(nb, "adam").source = whole_classes.SGD, whole_classes.ADAM
    nb.cells = [cell for cell in nb.cells if cell.id not in ADDED]
    return nb


def test_a_class_that_is_whole_in_its_own_cell_loses_nothing(filled_in, tmp_path):
    assert lost(graded(earlier(filled_in), tmp_path / "earlier.ipynb")) == set()
    # and so it is for whoever writes all of it there, and leaves the other cells as they are
    nb, released = earlier(filled_in), lesson().released_cells
    for before, name in (("test-sgd-step", "sgd-momentum"), ("test-sgd-step", "sgd-state"), ("adamw", "adam-averages")):
        nb.cells.insert(nb.cells.index(cell_of(nb, before)), next(cell for cell in released if cell.id == name))
    assert lost(graded(nb, tmp_path / "left.ipynb")) == set()


def test_a_mistake_in_such_a_class_costs_what_it_did(filled_in, tmp_path):
    nb = earlier(filled_in)
    sgd = cell_of(nb, "sgd")
    assert "buffer.copy()" in sgd.source
    sgd.source = sgd.source.replace("buffer.copy()", "buffer")
    assert lost(graded(nb, tmp_path / "earlier.ipynb")) == {"test-sgd-get-state"}


@pytest.mark.parametrize(
    ("left", "method", "costs"),
    [
        ("sgd-momentum", "velocity", {"test-sgd-momentum"}),
        ("sgd-decay", "decayed", {"test-sgd-weight-decay"}),
        ("adam-correction", "corrected", {"test-adam-bias-correction"}),
    ],
)
def test_a_method_that_is_not_written_costs_its_own_points_and_is_called_so(filled_in, tmp_path, left, method, costs):
    released = {cell.id: cell.source for cell in lesson().released_cells}
    cell_of(filled_in, left).source = released[left]
    cells = graded(filled_in, tmp_path / "left.ipynb")
    assert lost(cells) == costs
    said = f"the cell of {method}() is as it was released: nothing is written there yet"
    (name,) = costs
    assert cells[name].message.partition(": ")[2] == said and is_unwritten(said)
    cell_of(filled_in, left).source = released[left].replace("raise NotImplementedError()", "return grad")
    if left == "sgd-momentum":  # the same numbers, by somebody who has written something
        assert "does not remember the first" in graded(filled_in, tmp_path / "left.ipynb")[name].message


def test_a_state_that_is_not_written_costs_its_own_points(filled_in, tmp_path):
    released = {cell.id: cell.source for cell in lesson().released_cells}
    cell_of(filled_in, "sgd-state").source = released["sgd-state"]
    assert lost(graded(filled_in, tmp_path / "left.ipynb")) == {"test-sgd-get-state", "test-sgd-set-state"}
