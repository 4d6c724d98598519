"""dist/student/: complete enough to work in, and without anything a student should not see."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from lesson_secrets import KINDS, secret_lines
from nbclient import NotebookClient

from nbs_export import REPOSITORY
from nbs_export.binder import BinderError, badge
from nbs_export.student import GIVEN, LESSON, NOT_SOURCE, TEMPLATES, StudentFolderError, build_student_folder
from tests.course07 import fill_in
from tests.repository import git

LESSON_PATH = Path("modules") / LESSON / f"{LESSON}.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_student_folder(tmp_path_factory.mktemp("dist") / "student")


def released(folder):
    return nbformat.read(folder / "modules" / "07_optimizers" / "07_optimizers.ipynb", as_version=4)


def test_what_is_in_it(folder):
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {
        ".gitattributes",
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
        "modules/09_convolutions/09_convolutions.ipynb",
        "modules/11_embeddings/11_embeddings.ipynb",
        "modules/12_attention/12_attention.ipynb",
        "modules/13_transformers/13_transformers.ipynb",
        "modules/in_action/in_action.ipynb",
        "modules/in_action/data/README.md",
        "modules/in_action/data/sonnets.txt",
        "modules/checkpoint/checkpoint.ipynb",
        "modules/package/package.ipynb",
        "modules/sizing/sizing.ipynb",
        "modules/viz/viz.ipynb",
        "tinytorch/__init__.py",
        "tinytorch/checkpoint.py",
        "tinytorch/sizing.py",
        "tinytorch/viz.py",
        "tinytorch/core/tensor.py",
        "tinytorch/core/autograd.py",
        "tinytorch/core/optimizers.py",
        "tinytorch/core/convolutions.py",
        "tinytorch/core/embeddings.py",
        "tinytorch/core/attention.py",
        "tinytorch/core/transformers.py",
        "lesson_export/export.py",
        "settings/nbgrader_config.py",
        "diagnosis/__init__.py",
        "diagnosis/fingerprints.npz",
        "diagnosis/right_behavior.npz",
        "tracing/data.py",
    } <= files
    assert not [name for name in files if name.startswith(("grading", "tests", "nbs_export"))]


def test_in_a_checkout_with_the_line_ends_of_windows(tmp_path):
    checkout = tmp_path / "checkout"
    for name in ("modules", "binder", *map(str, GIVEN.values())):
        shutil.copytree(REPOSITORY / name, checkout / name, ignore=NOT_SOURCE)
    for name in ("LICENSE", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, checkout)
    for path in checkout.rglob("*"):
        if path.is_file() and path.suffix != ".npz":
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    made = build_student_folder(tmp_path / "student", checkout)
    assert (made / "binder" / "postBuild").read_bytes().startswith(b"#!/bin/bash\n")
    text = [path for path in made.rglob("*") if path.is_file() and path.suffix != ".npz"]
    assert not [path for path in text if b"\r" in path.read_bytes()]
    for path in checkout.rglob("*.npz"):
        assert path.read_bytes() in {copy.read_bytes() for copy in made.rglob(path.name)}


@pytest.mark.parametrize("path", ["binder/postBuild", "Makefile", "a/module.py"])
def test_git_leaves_line_ends_alone(path):
    for folder in (REPOSITORY, TEMPLATES):
        said = git(folder, "check-attr", "text", "eol", "--", path)
        assert said.split() == [f"{path}:", "text:", "auto", f"{path}:", "eol:", "lf"]


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
    sources = {package: {path.name for path in (folder / package).iterdir()} for package in ("diagnosis", "tracing")}
    assert sources == {
        "diagnosis": {
            "__init__.py",
            "behavior.py",
            "case.py",
            "curves.py",
            "deviation.py",
            "diagnose.py",
            "differences.py",
            "fingerprint.py",
            "fingerprints.npz",
            "picture.py",
            "right_behavior.npz",
            "source.py",
            "trace.py",
            "words.py",
        },
        "tracing": {"__init__.py", "answers.py", "calls.py", "data.py", "limit.py", "look.py", "values.py"},
    }
    for recorded, keys in {
        "fingerprints.npz": {"hints", "mistakes", "whats"},
        "right_behavior.npz": {"interface", "looked_at", "cases"},
    }.items():
        with np.load(folder / "diagnosis" / recorded) as file:  # without pickles, so there can be no code in it
            assert {file[name].dtype for name in file.files if name != "about"} <= {
                *map(np.dtype, ("f4", "f2", "i1", "i2"))
            }
            about = json.loads(str(file["about"]))
        assert {key for subject in about.values() for key in subject} == keys


@pytest.mark.parametrize("scaffold", ["test-tools", "optimizer"])
def test_whoever_writes_adam_has_checkpoints_too(folder, scaffold):
    released_nb = released(folder)
    solved = {cell.id: cell.source for cell in fill_in(released_nb).cells}
    cells = {cell.id: cell.source for cell in released_nb.cells}
    scope = {}
    for cell in (
        "imports",
        "helpers",
        "test-tools",
        scaffold,
    ):  # with the stand-in, or an Optimizer that is not finished
        exec(cells[cell], scope)
    exec(solved["adam"], scope)
    old, new = (scope["Adam"]([scope["parameter"]([1.0, 2.0], grad=[0.5, -1.0])]) for _ in range(2))
    old.step()
    new.load_state_dict(old.state_dict())
    assert new.step_count == 1
    np.testing.assert_array_equal(new.v_buffers[0], old.v_buffers[0])


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


def test_what_only_explores_says_in_one_line_what_is_missing(folder, tmp_path):
    folder = shutil.copytree(folder, tmp_path / "student")  # the last of these cells exports
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


@pytest.fixture
def work(folder, tmp_path):
    """A filled-in copy of the folder."""
    work = shutil.copytree(folder, tmp_path / "student")
    nbformat.write(fill_in(released(work)), work / LESSON_PATH)
    return work


def python(program, folder, prefix=()):
    done = subprocess.run([*prefix, sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def export(work, prefix=()):
    """What the export cell says."""
    cell = next(cell for cell in released(work).cells if cell.id == "export")
    return python(cell.source, (work / LESSON_PATH).parent, prefix)


IMPORT = "from tinytorch import Adam, Tensor; import tinytorch; print(tinytorch.__path__[0], Adam)"


def test_a_filled_in_lesson_exports_to_the_students_own_package(work):
    assert "ImportError: your optimizers are not exported yet: save modules/07_optimizers/" in python(IMPORT, work)
    said = export(work)
    assert said.startswith("written: tinytorch/core/optimizers.py\n")
    assert python(IMPORT, work).startswith(f"{work / 'tinytorch'} ")
    module = work / "tinytorch" / "core" / "optimizers.py"
    assert module.read_text() == (REPOSITORY / "tinytorch" / "core" / "optimizers.py").read_text()
    assert export(work) == said
    assert not list(work.glob(".export*"))


def files_of(work):
    return {path: path.read_bytes() for path in work.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def test_an_export_that_cannot_be_written_says_so_and_changes_nothing(work, need_program):
    export(work)
    before = files_of(work)
    said = export(work, prefix=["bash", "-c", 'ulimit -f 0; exec "$@"', "full-disk"])
    assert said.startswith("Not exported, and nothing has changed: File too large: ")
    assert said.count("\n") == 2 and "Traceback" not in said
    assert files_of(work) == before


def test_an_export_in_a_read_only_folder_says_so(work, need_program):
    # root may write anywhere, unless it has given that up
    humble = [need_program("setpriv"), "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    work.chmod(0o555)
    said = export(work, prefix=humble)
    work.chmod(0o755)
    assert said.startswith("Not exported, and nothing has changed: Permission denied: ")
    assert "copy of the whole course folder" in said and "Traceback" not in said


def test_an_export_of_a_cell_that_is_no_python_says_which(work):
    export(work)
    before = files_of(work)
    nb = released(work)
    cell = next(cell for cell in nb.cells if cell.id == "adam")
    cell.source = cell.source.replace("class Adam(Optimizer):", "class Adam(Optimizer)")
    nbformat.write(nb, work / LESSON_PATH)
    before[work / LESSON_PATH] = (work / LESSON_PATH).read_bytes()
    assert export(work) == (
        "Not exported: Python cannot read `class Adam(Optimizer)` in a cell marked #| export: expected ':'.\n"
    )
    assert files_of(work) == before


def test_an_export_outside_the_course_says_so(folder, tmp_path):
    source = next(cell for cell in released(folder).cells if cell.id == "export").source
    assert python(source, tmp_path) == "Not exported: open this notebook in the course's modules folder to export it.\n"


def test_an_export_takes_the_notebook_that_it_stands_in(work, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(work / "modules" / LESSON / "mine.ipynb"))  # as Jupyter tells a kernel
    assert "mine.ipynb. If you have renamed the notebook, restart its kernel" in export(work)
    nb = released(work)
    next(cell for cell in nb.cells if cell.id == "adam").source += "\n\nMINE = True"
    nbformat.write(nb, work / "modules" / LESSON / "mine.ipynb")
    assert export(work).startswith("written: ")
    assert "MINE = True" in (work / "tinytorch" / "core" / "optimizers.py").read_text()


def test_a_missing_data_file_is_said_in_one_line(tmp_path):
    program = "from tinytorch import viz\ntry: viz.beside('data/digits.npz')\n"
    program += "except viz.NotReady as error: print(*error._render_traceback_())"
    said = python(program, tmp_path)
    assert said.startswith("Not yet: there is no data/digits.npz in ") and said.count("\n") == 1


@pytest.mark.parametrize(
    "place, address",
    [
        ("github/a-school/optimizers/main", "https://mybinder.org/v2/gh/a-school/optimizers/main"),
        ("github/a/b.c_d/feature/x", "https://mybinder.org/v2/gh/a/b.c_d/feature%2Fx"),
        ("https://hub.example.org/binder/v2/gh/a/b/main", "https://hub.example.org/binder/v2/gh/a/b/main"),
    ],
)
def test_the_launch_button(place, address):
    said = badge(place)
    assert said.count("\n") == 1 and said.startswith(f"[![Launch the lesson on Binder]({address.partition('/v2')[0]}/")
    assert said.endswith(f"({address}?urlpath=lab/tree/modules/07_optimizers/07_optimizers.ipynb)\n")


@pytest.mark.parametrize(
    "place",
    ["", "github", "github/a/b", "gh/a/b/main", "github/a b/c/main", "github/a/b/main/", "github/-a/b/main",
     "github/a/../main", "github/a/b.git/main", "github/a/b/ma)in", "http://hub.example.org/v2/gh/a/b/main"],
)  # fmt: skip
def test_a_place_that_binder_cannot_open_is_refused(place, tmp_path):
    with pytest.raises(BinderError, match="say github/OWNER/REPO/BRANCH"):
        build_student_folder(tmp_path / "student", binder=place)
    assert not list(tmp_path.iterdir())


def test_the_readme_has_the_button_or_says_how_to_get_one(folder, tmp_path):
    assert "student --binder github/OWNER/REPO/BRANCH" in (folder / "README.md").read_text()
    with_button = build_student_folder(tmp_path / "student", binder="github/a/b/main")
    text = (with_button / "README.md").read_text()
    assert badge("github/a/b/main") in text and "OWNER" not in text and "<!--" not in text


def test_what_is_no_student_folder_is_not_replaced(tmp_path):
    for content in ("pyproject.toml", "thesis.txt"):
        place = tmp_path / content / "work"
        place.mkdir(parents=True)
        (place / content).write_text('[project]\ndescription = "years of work"\n')
        with pytest.raises(StudentFolderError, match="is not a student folder"):
            build_student_folder(place)
        assert [path.name for path in place.iterdir()] == [content]


def test_an_older_folder_is_replaced_whole_and_keeps_its_history(folder):
    stray, history = folder / "stray.txt", folder / ".git"
    stray.write_text("from an older build")
    history.mkdir()
    (history / "HEAD").write_text("ref: refs/heads/main\n")
    build_student_folder(folder)
    assert not stray.exists()
    assert (history / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert not list(folder.parent.glob(".*"))
    shutil.rmtree(history)
