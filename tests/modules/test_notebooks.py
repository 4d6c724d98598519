"""The committed notebooks: they run, they are clean, and the lesson is a sound nbgrader assignment."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "modules").glob("*/*.ipynb"))
LESSON = next(path for path in NOTEBOOKS if path.stem == "07_optimizers")
RUN_ELSEWHERE = (
    "07_optimizers",
    "in_action",
)  # once for all tests of what they show: here below, and in test_in_action

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def roles(nb):
    """The cells that nbgrader knows, with what they are to it."""
    return [(cell, cell.metadata.nbgrader) for cell in nb.cells if "nbgrader" in cell.metadata]


def test_the_modules_and_the_given_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_tensor",
        "02_activations",
        "03_layers",
        "04_losses",
        "05_dataloader",
        "06_autograd",
        "07_optimizers",
        "09_convolutions",
        "11_embeddings",
        "12_attention",
        "13_transformers",
        "checkpoint",
        "in_action",
        "package",
        "sizing",
        "viz",
    ]


def errors(nb):
    """What a notebook that was run has written to stderr."""
    streams = [output for cell in nb.cells for output in cell.get("outputs", []) if output.output_type == "stream"]
    return [output.text for output in streams if output.name == "stderr"]


@pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if path.stem not in RUN_ELSEWHERE], ids=lambda path: path.stem
)
def test_it_runs_top_to_bottom(path, tmp_path):
    folder = shutil.copytree(path.parent, tmp_path / path.stem)
    nb = nbformat.read(folder / path.name, as_version=4)
    NotebookClient(nb, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    assert errors(nb) == []


def test_the_lesson_runs_top_to_bottom(lesson_run):
    nb, _ = lesson_run
    assert errors(nb) == []
    assert all(cell.execution_count for cell in nb.cells if cell.cell_type == "code" and cell.source)


def test_it_fits_into_a_small_machine(lesson_run):
    nb, report = lesson_run
    peaks = report["peaks"]
    if find_spec("torch"):  # which students need not have, and which alone takes more than all the rest
        peaks = dict(takewhile(lambda peak: peak[0] != "fast-adam-time", peaks.items()))
    assert "step-time" in peaks and max(peaks.values()) < 400e6
    assert len(nbformat.writes(nb).encode()) < 2e6, "saved with its outputs"


def test_its_pictures_are_described_and_light(lesson_run):
    pages = [
        output.data["text/html"]
        for cell in lesson_run[0].cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    for page in pages:
        assert "http" not in re.sub(r"http://www\.w3\.org/\S*", "", page), "a picture needs nothing from the web"
        alt = re.search(r'<img alt="([^"]{40,})"', page)
        assert alt and "nan" not in alt[1]
    assert len(pages) >= 25
    other = {kind for cell in lesson_run[0].cells for out in cell.get("outputs", []) for kind in out.get("data", {})}
    assert other == {"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"}, "no picture without alt"


@every_notebook
def test_it_is_committed_clean(path, tmp_path):
    nb = nbformat.read(path, as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in nb.cells if cell.cell_type == "code")
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell.id) for cell in nb.cells), (
        "ids are given by hand, and mean something"
    )
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)

    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    copy = tmp_path / "modules" / path.name
    copy.parent.mkdir()
    shutil.copy(path, copy)
    subprocess.run([Path(sys.executable).with_name("nbdev-clean"), "--fname", copy], cwd=tmp_path, check=True)
    assert copy.read_bytes() == path.read_bytes(), "run nbdev-clean"


def test_the_lesson_is_worth_100_points():
    points = {role.grade_id: role.points for _, role in roles(nbformat.read(LESSON, as_version=4)) if role.grade}
    assert sum(points.values()) == 100
    assert max(points.values()) <= 15, "no single check should cost much"


def test_no_cell_has_lost_its_role():
    for cell in nbformat.read(LESSON, as_version=4).cells:
        role = cell.metadata.get("nbgrader", {})
        assert ("BEGIN SOLUTION" in cell.source) == role.get("solution", False), cell.id
        by_hand = role.get("grade", False) and cell.cell_type == "markdown"
        assert ("BEGIN HIDDEN TESTS" in cell.source) == (role.get("grade", False) and not by_hand), cell.id
        assert not by_hand or (role.solution and not role.locked and "**Marking.**" in cell.source), cell.id
        assert not (role and cell.metadata.get("tags")), f"{cell.id}: what is graded is never left out"
        if role:
            assert role["grade_id"] == cell.id


def test_each_class_comes_first_and_then_what_is_added_to_it():
    solutions = [cell for cell, role in roles(nbformat.read(LESSON, as_version=4)) if role.solution and not role.grade]
    solutions = [cell for cell in solutions if not cell.id.endswith("-numbers")]
    written = re.compile(r"^class (\w+)|^@add_to_class\((\w+)\)\ndef (\w+)", re.MULTILINE)
    assert [[".".join(filter(None, found)) for found in written.findall(cell.source)] for cell in solutions] == [
        ["Optimizer"],
        ["SGD"],
        ["SGD.velocity"],
        ["SGD.decayed"],
        ["SGD.has_momentum", "SGD.get_momentum_state", "SGD.set_momentum_state"],
        ["Adam"],
        ["Adam.averages"],
        ["Adam.corrected"],
        ["AdamW"],
        ["FastAdam"],
    ]
    assert all(cell.source.startswith("#| export\n") for cell in solutions)
    assert all(cell.source.count("BEGIN SOLUTION") == len(written.findall(cell.source)) for cell in solutions)


def test_what_is_graded_does_not_need_what_is_explored(tmp_path):
    folder = shutil.copytree(LESSON.parent, tmp_path / "lesson")
    nb = nbformat.read(LESSON, as_version=4)
    nb.cells = [cell for cell in nb.cells if "explore" not in cell.metadata.get("tags", [])]
    later = [f"tinytorch.core.{name}" for name in ("convolutions", "embeddings", "attention", "transformers")]
    heavy = {"matplotlib", "ipywidgets", "PIL", "torch", *later}
    heavy = f"import sys; print(sorted({heavy} & set(sys.modules)))"
    nb.cells.append(nbformat.v4.new_code_cell(heavy, id="heavy"))
    NotebookClient(nb, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    assert nb.cells[-1].outputs[0].text.strip() == "[]", "grading should not pay for pictures, nor for what comes later"


def test_the_examiner_is_asked_before_what_students_see_can_fail():
    for cell, role in roles(nbformat.read(LESSON, as_version=4)):
        if role.grade and cell.cell_type == "code":
            assert cell.source.startswith("### BEGIN HIDDEN TESTS\n"), cell.id
