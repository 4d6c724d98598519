"""Notebooks that come back changed by other programs: graded where that is honest, else one line says what to do."""

import copy
import json

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment

from grading.autograde.class_grader import autograde_class
from grading.course.cells import match_cells, restore_roles
from grading.course.course import Course
from grading.course.lesson import grade_id
from grading.course.reader import NotGradable, parse_submission, read_bytes
from grading.course.results import failures
from tests.course07 import ASSIGNMENT, cell_of, fill_in, handed_in, lesson

MISTAKE = "adam-epsilon-in-root"  # so that a grade is of this notebook and of no other
EXPECTED = 87.0


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    course.run(GenerateAssignment)
    return course


@pytest.fixture(scope="module")
def released(course):
    return nbformat.read(course.notebook("release", "."), as_version=4)


@pytest.fixture
def data(released):
    """A sample submission with a mistake, as plain data."""
    return plain(handed_in(MISTAKE, released))


def plain(nb):
    """A notebook as data whose sources are text."""
    data = json.loads(nbformat.writes(nb))
    for c in data["cells"]:
        c["source"] = "".join(c["source"])
    return data


def stripped(data, ids=True):
    """What a program leaves that keeps nothing but types and sources."""
    data = copy.deepcopy(data)
    for number, cell in enumerate(data["cells"]):
        cell["metadata"] = {}
        if ids:
            cell["id"] = f"cell-{number}"
    return data


def cell(data, name):
    return next(c for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def saved(data, path):
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def by_colab(data):
    """As Colab saves: format 4.0, an id in the metadata, outputs of its own, and nothing of nbgrader's."""
    data = copy.deepcopy(data)
    data.update(nbformat=4, nbformat_minor=0)
    data["metadata"] = {
        "colab": {"provenance": [], "gpuType": "T4"},
        "kernelspec": {"display_name": "Python 3 (Colab)", "name": "python3-gpu"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    for number, c in enumerate(data["cells"]):
        del c["id"]
        c["metadata"] = {"id": f"x{number:010}", "colab": {"base_uri": "https://localhost:8080/"}}
        if c["cell_type"] == "code":
            c["metadata"] |= {"executionInfo": {"status": "ok", "elapsed": 3}, "outputId": f"{number:08}-c0de"}
    return data


def by_vs_code(data):
    """As VS Code saves a notebook that a plug-in has cleaned: new ids, its own metadata, nothing of nbgrader's."""
    data = stripped(data)
    for c in data["cells"]:
        c["metadata"] = {"vscode": {"languageId": "python" if c["cell_type"] == "code" else "markdown"}}
    data["metadata"]["kernelspec"] = {"display_name": ".venv (3.13.1)", "language": "python", "name": "venv"}
    return data


def of_format_3(data):
    """As IPython 2 saved it: worksheets, inputs, no ids."""
    cells = []
    for c in data["cells"]:
        if c["cell_type"] == "code":
            cells.append({"cell_type": "code", "collapsed": False, "input": c["source"], "language": "python",
                          "metadata": c["metadata"], "outputs": [], "prompt_number": 1})  # fmt: skip
        else:
            cells.append({"cell_type": "markdown", "metadata": c["metadata"], "source": c["source"]})
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}


def of_last_year(data):
    """Other ids and checksums, points and tests; one solution under another name, and prose that has changed."""
    data = copy.deepcopy(data)
    for number, c in enumerate(data["cells"]):
        c["id"] = f"old-{number}"
        if role := c["metadata"].get("nbgrader"):
            role |= {"checksum": "0" * 32, "schema_version": 2}
            if "points" in role:
                role["points"] += 1
            if role["grade"] and c["cell_type"] == "code":
                c["source"] = "assert True"
        elif c["cell_type"] == "markdown":
            c["source"] = "Last year we said: " + c["source"]
    cell(data, "adamw")["metadata"]["nbgrader"]["grade_id"] = "adam-w"
    cell(data, "test-adam-moments")["metadata"]["nbgrader"]["grade_id"] = "test-adam-averages"
    return data


def grade(course, data):
    """The score, and the cells that failed, as the class would be graded."""
    submitted = course.notebook("submitted", "student")
    submitted.parent.mkdir(parents=True, exist_ok=True)
    saved(data, submitted)
    autograde_class(course, force=True, feedback=False)
    with course.gradebook() as gradebook:
        score = gradebook.find_submission(ASSIGNMENT, "student").score
    found = failures(nbformat.read(course.notebook("autograded", "student"), as_version=4))
    messages = {name: str(failure) for name, failure in found.items()}
    return score, [name for name, message in messages.items() if message]


@pytest.mark.parametrize("change", [by_colab, by_vs_code, of_format_3, of_last_year])
def test_what_another_program_has_changed_gets_the_same_grade(course, data, change):
    assert grade(course, change(data)) == (EXPECTED, ["test-adam-epsilon"])


def in_memory(data):
    return nbformat.from_dict(copy.deepcopy(data))


def test_every_cell_is_recognised_by_its_id_alone(data):
    nb = in_memory(stripped(data, ids=False))
    for c in nb.cells:
        c.source = "x"
    restore_roles(nb, lesson())
    assert [grade_id(c) for c in nb.cells] == [grade_id(c) for c in lesson().released_cells]


def test_every_cell_is_recognised_without_ids(data):
    nb = in_memory(stripped(data))
    restore_roles(nb, lesson())
    assert [grade_id(c) for c in nb.cells] == [grade_id(c) for c in lesson().released_cells]
    assert [c.metadata.get("tags") for c in nb.cells] == [c.metadata.get("tags") for c in lesson().released_cells]


def test_nothing_is_changed_in_a_notebook_that_has_its_roles(data):
    nb = in_memory(data)
    assert restore_roles(nb, lesson()) == []
    assert nb == in_memory(data)


def test_a_role_goes_to_one_cell_only_and_to_none_in_doubt(data):
    """Two cells that define Adam: which one is meant cannot be told."""
    data = stripped(data)
    at = next(number for number, c in enumerate(data["cells"]) if c["source"].startswith("#| export\nclass Adam("))
    data["cells"].insert(at, {**copy.deepcopy(data["cells"][at]), "id": "twice"})
    nb = in_memory(data)
    assert "adam" not in restore_roles(nb, lesson())


def test_a_solution_is_not_recognised_out_of_its_place(data):
    """A class of the right name at the end is not taken for the solution, which was deleted."""
    data = stripped(data)
    at = next(number for number, c in enumerate(data["cells"]) if c["source"].startswith("#| export\nclass Adam("))
    data["cells"].append(data["cells"].pop(at))
    assert "adam" not in restore_roles(in_memory(data), lesson())


def test_a_cell_between_two_known_ones_is_recognised_by_its_place_only_if_it_stands_alone(data):
    data = stripped(data)
    first = "**Your answer to question 1:**"
    at = next(number for number, c in enumerate(data["cells"]) if c["source"].startswith(first))
    assert "q1-answer" in restore_roles(in_memory(data), lesson())
    note = {"cell_type": "markdown", "id": "note", "metadata": {}, "source": "More of my answer"}
    data["cells"].insert(at + 1, note)
    assert "q1-answer" not in restore_roles(in_memory(data), lesson())


def test_restored_roles_earn_nothing_that_was_not_earned(course, released):
    """All roles gone, every test rewritten, and solutions nobody wrote: as little as for an untouched notebook."""
    data = stripped(plain(released), ids=False)
    for c in data["cells"]:
        if c["id"].startswith("test-"):
            c["source"] = "pass"
    for name in ("helpers", "imports", "test-tools"):
        next(c for c in data["cells"] if c["id"] == name)["source"] = "def examine(*_): pass"
    extra = {"cell_type": "code", "id": "adam-2", "outputs": [], "execution_count": None, "metadata": {},
             "source": "def examine(*_): return True"}  # fmt: skip
    data["cells"].insert(10, extra)
    assert grade(course, data)[0] == 0.0


def reason(path):
    with pytest.raises(NotGradable) as raised:
        parse_submission(path, read_bytes(path), lesson())
    assert len(raised.value.reason.splitlines()) == 1
    return raised.value.reason


def test_a_stripped_notebook_whose_solutions_cannot_be_told_is_refused(data, tmp_path):
    data = stripped(data)
    data["cells"] = [c for c in data["cells"] if c["cell_type"] == "code"]
    said = reason(saved(data, tmp_path / "submitted.ipynb"))
    assert "taken nbgrader's metadata out of it" in said and "q1-answer" in said
    assert f"open {ASSIGNMENT}.ipynb as it was released, copy your solutions" in said


def test_a_notebook_of_another_release_whose_solutions_cannot_be_told_is_refused(data, tmp_path):
    for name in lesson().solution_ids:
        role = cell(data, name)["metadata"]["nbgrader"]
        role["grade_id"] = f"old-{name}"
    for number, c in enumerate(data["cells"]):
        c["id"] = f"old-{number}"
        c["source"] = c["source"].replace("Adam", "AdamOptimizer")
    said = reason(saved(data, tmp_path / "submitted.ipynb"))
    assert "made from another release, with cells like 'old-adam'" in said and "adam" in said


@pytest.mark.parametrize("deleted", [1, 2])
def test_a_cell_at_the_end_is_not_taken_for_one_deleted_at_the_top(data, deleted):
    data = stripped(data)
    last = dict(data["cells"][deleted - 1], id="mine", source="Notes of my own.")
    data["cells"] = [*data["cells"][deleted:], last]
    places = match_cells(in_memory(data), lesson())
    assert places[deleted] == 0 and deleted - 1 not in places


def test_a_deleted_solution_is_no_reason_to_refuse(data, tmp_path):
    data["cells"].remove(cell(data, "sgd"))
    path = saved(data, tmp_path / "submitted.ipynb")
    parse_submission(path, read_bytes(path), lesson())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04rest", "a zip archive: unpack it and hand in the notebook"),
        (b"%PDF-1.7", "a PDF: hand in the .ipynb file"),
        (b"<!DOCTYPE html>\n<html>", "a web page: in Jupyter take File > Download"),
        (b"\n  <html lang='en'>", "a web page"),
        (b"# %%\nimport numpy as np\n\nclass SGD:\n    pass\n", "a Python script: hand in the .ipynb file itself"),
        (b"", "an empty file"),
        ("<html>é</html>".encode("utf-16"), "a web page"),
        ("import numpy as np".encode("utf-8-sig"), "a Python script"),
    ],
)
def test_what_is_something_else_is_named(tmp_path, content, says):
    path = tmp_path / "submitted.ipynb"
    path.write_bytes(content)
    assert reason(path).startswith("not a notebook but ") and says in reason(path)


def test_a_merge_conflict_is_named_with_its_line(data, tmp_path):
    lines = json.dumps(data, indent=1).splitlines()
    lines[40:41] = ["<<<<<<< HEAD", lines[40], "=======", lines[40], ">>>>>>> theirs"]
    said = reason(saved("\n".join(lines), tmp_path / "submitted.ipynb"))
    assert "two versions of one that git could not merge, from line 41 on" in said


def test_half_an_upload_is_named(data, tmp_path):
    whole = json.dumps(data, indent=1)
    said = reason(saved(whole[: len(whole) // 2], tmp_path / "submitted.ipynb"))
    assert "the beginning of one, which breaks off in line" in said


def test_the_samples_fill_every_cell(released):
    """The reference for all of the above: every solution of the lesson is in the sample."""
    nb = fill_in(released)
    assert all(cell_of(nb, name).source != cell_of(released, name).source for name in lesson().solution_ids)
