"""dist/student/: complete enough to work in, and without anything a student should not see."""

import json
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from lesson_secrets import KINDS, secret_lines
from nbclient import NotebookClient

from grading.sample import fill_in
from nbs_export import REPOSITORY
from nbs_export.student import LESSON, build_student_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_student_folder(tmp_path_factory.mktemp("dist") / "student")


def released(folder):
    return nbformat.read(folder / "modules" / "07_optimizers" / "07_optimizers.ipynb", as_version=4)


def test_what_is_in_it(folder):
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {
        "README.md",
        "LICENSE",
        "environment.yml",
        "pyproject.toml",
        "requirements.lock",
        "binder/requirements.txt",
        "binder/postBuild",
        "binder/runtime.txt",
        "modules/07_optimizers/07_optimizers.ipynb",
        "modules/07_optimizers/data/digits.npz",
        "modules/01_tensor/01_tensor.ipynb",
        "modules/06_autograd/06_autograd.ipynb",
        "modules/sizing/sizing.ipynb",
        "modules/viz/viz.ipynb",
        "tinytorch/sizing.py",
        "tinytorch/viz.py",
        "tinytorch/core/tensor.py",
        "tinytorch/core/autograd.py",
        "diagnosis/__init__.py",
        "diagnosis/fingerprints.npz",
    } <= files
    assert "tinytorch/core/optimizers.py" not in files
    assert not [name for name in files if name.startswith(("grading", "tests", "nbs_export"))]


def test_no_solution_and_no_hidden_test(folder):
    secrets = secret_lines(*KINDS)
    given = "".join(path.read_text() for path in (REPOSITORY / "modules").glob("*/*.ipynb") if path.stem != LESSON)
    secrets = {line for line in secrets if line not in given.replace('\\"', '"')}
    assert len(secrets) > 40
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".npz":
            text = path.read_text(encoding="utf-8")
            assert "BEGIN SOLUTION" not in text and "HIDDEN TEST" not in text, path
            assert "examine(" not in text and "grading." not in text, path
            assert not [line for line in secrets if line in text.replace('\\"', '"')], path


def test_of_the_examiner_only_the_public_half(folder):
    sources = {path.name for path in (folder / "diagnosis").iterdir()}
    assert sources == {
        "__init__.py",
        "case.py",
        "data.py",
        "trace.py",
        "fingerprint.py",
        "diagnose.py",
        "fingerprints.npz",
    }
    with np.load(folder / "diagnosis" / "fingerprints.npz") as file:  # without pickles, so there can be no code in it
        assert all(file[name].dtype == np.float32 for name in file.files if name != "about")
        about = json.loads(str(file["about"]))
    assert {key for subject in about.values() for key in subject} == {"cases", "hints"}


def is_test(cell):
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")


def run(nb, folder):
    """Run the lesson as grading does, without what only explores; the ids of the tests that fail."""
    nb = nbformat.from_dict(nb)
    nb.cells = [cell for cell in nb.cells if "explore" not in cell.metadata.get("tags", [])]
    where = {"metadata": {"path": str(folder / "modules" / "07_optimizers")}}
    NotebookClient(nb, timeout=60, allow_errors=True, resources=where).execute()
    return [
        cell.id for cell in nb.cells if is_test(cell) and any(output.output_type == "error" for output in cell.outputs)
    ]


def test_the_released_lesson_fails_every_test_until_it_is_filled_in(folder):
    nb = released(folder)
    tests = [cell.id for cell in nb.cells if is_test(cell)]
    assert len(tests) == 33
    assert run(nb, folder) == tests
    assert run(fill_in(nb), folder) == []


def test_what_only_explores_says_in_one_line_what_is_missing(folder):
    nb = nbformat.from_dict(released(folder))
    nb.cells = [cell for cell in nb.cells if not is_test(cell)]
    where = {"metadata": {"path": str(folder / "modules" / "07_optimizers")}}
    NotebookClient(nb, timeout=60, allow_errors=True, resources=where).execute()
    waiting = 0
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "explore" in cell.metadata.get("tags", []):
                waiting += 1
                (line,) = output.traceback
                assert line.startswith("Not yet: ") and "is not written" in line and "\n" not in line, cell.id
    assert waiting > 15


def test_signature_docstring_hints_and_example_are_left_standing(folder):
    for cell in released(folder).cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and "class " in cell.source:
            assert "Hints\n    -----\n    1. " in cell.source and "Examples\n    --------\n    >>> " in cell.source
            assert "# YOUR CODE HERE\n        raise NotImplementedError()" in cell.source
            compile(cell.source, cell.id, "exec")


def test_a_filled_in_lesson_exports_to_the_students_own_package(folder, tmp_path):
    work = build_student_folder(tmp_path / "student")
    lesson = work / "modules" / "07_optimizers" / "07_optimizers.ipynb"
    nb = fill_in(released(work))
    nbformat.write(nb, lesson)
    export = next(cell for cell in nb.cells if cell.id == "export")
    subprocess.run([sys.executable, "-c", export.source], cwd=lesson.parent, check=True)
    program = "from tinytorch.core.optimizers import Adam; import tinytorch; print(tinytorch.__path__[0], Adam)"
    done = subprocess.run([sys.executable, "-c", program], cwd=work, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{work / 'tinytorch'} ")
    reference = (REPOSITORY / "tinytorch" / "core" / "optimizers.py").read_text()
    assert (work / "tinytorch" / "core" / "optimizers.py").read_text() == reference


def test_an_older_folder_is_replaced_whole(folder):
    stray = folder / "stray.txt"
    stray.write_text("from an older build")
    build_student_folder(folder)
    assert not stray.exists()
    assert not list(folder.parent.glob(".*"))
