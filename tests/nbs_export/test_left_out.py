"""What a student's export leaves out is said, with the reason."""

import nbformat
import pytest
from lesson_export import export_lesson
from nbformat.v4 import new_code_cell

from nbs_export.student import build_student_folder
from tests.course07 import fill_in, lesson

LESSON_PATH = "modules/07_optimizers/07_optimizers.ipynb"
EXPORT = "#| export\n"
FIRST = "`#| export` must be the first line of its cell"


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """A student's folder, and the filled-in lesson."""
    folder = build_student_folder(tmp_path_factory.mktemp("left_out") / "student")
    return folder, nbformat.writes(fill_in(nbformat.read(folder / LESSON_PATH, as_version=4)))


@pytest.fixture
def nb(student):
    return nbformat.reads(student[1], as_version=4)


@pytest.fixture
def export(student, monkeypatch, capfd):
    """Export a notebook, as a kernel can again and again; returns the notes that were printed, or else all."""

    def export(nb):
        path = student[0] / LESSON_PATH
        nbformat.write(nb, path)
        monkeypatch.chdir(path.parent)
        capfd.readouterr()
        export_lesson(path.name)
        out, err = capfd.readouterr()
        assert err == ""
        notes = [line.removeprefix("Note: ") for line in out.splitlines() if line.startswith("Note: ")]
        assert out.startswith("written: tinytorch/core/optimizers.py\n") or not notes
        return notes or out

    return export


def cell_of(nb, name):
    return next(cell for cell in nb.cells if cell.id == name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda s: f"# my SGD\n{s}", FIRST),
        (lambda s: f"import math\n{s}", FIRST),
        (lambda s: "%%time\n" + s.removeprefix(EXPORT), f"{FIRST}, and there is none"),
        (lambda s: s.removeprefix(EXPORT), f"{FIRST}, and there is none"),
        (lambda s: s.replace(EXPORT, "#export\n"), f"{FIRST}, and it has `#export`"),
        (lambda s: s.replace(EXPORT, "# export\n"), f"{FIRST}, and it has `# export`"),
        (lambda s: s.replace(EXPORT, "#| Export\n"), f"{FIRST}, and it has `#| Export`"),
        (lambda s: s.replace(EXPORT, "#exports\n"), f"{FIRST}, and it has `#exports`"),
        (lambda s: s.removeprefix(EXPORT) + "\nx = = 1", f"{FIRST}, and there is none"),
    ],
)
def test_a_class_that_is_not_exported_is_named(nb, export, change, why):
    cell_of(nb, "sgd").source = change(cell_of(nb, "sgd").source)
    assert export(nb) == [f"SGD is not exported: {why}."]


@pytest.mark.parametrize(
    "line", ["#|export\n", "# | export\n", "#| export:\n", "\n#| export\n", "#| export\r\n", "#| export\n#| hide\n"]
)
def test_other_ways_to_write_it_are_right(nb, export, line):
    cell_of(nb, "sgd").source = cell_of(nb, "sgd").source.replace(EXPORT, line)
    assert export(nb).startswith("written: ")


@pytest.mark.parametrize("metadata", [{}, {"tags": ["explore"]}])
def test_a_helper_that_the_module_needs_is_named(nb, export, metadata):
    sgd = cell_of(nb, "sgd")
    sgd.source = sgd.source.replace(
        "        self.step_count += 1\n", "        self.step_count += help_with(LIMIT)\n", 1
    )
    nb.cells.insert(nb.cells.index(sgd), new_code_cell("LIMIT = 1\ndef help_with(x):\n    return x", metadata=metadata))
    assert export(nb) == [
        f"LIMIT and help_with are not exported, and the module needs them: {FIRST}, and there is none."
    ]


def test_a_helper_of_the_students_own_is_named_too(nb, export):
    nb.cells.append(new_code_cell("def helper():\n    return 1"))
    assert export(nb) == [f"helper is not exported: {FIRST}, and there is none."]


def test_a_given_cell_that_lost_its_line_is_named(nb, export):
    helpers = cell_of(nb, "helpers")
    helpers.source = helpers.source.removeprefix(EXPORT)
    (note,) = export(nb)
    assert note.startswith("array_like and check_hyperparameters and check_params and grad_array are not exported")


def test_a_part_that_is_not_written_is_named(nb, export):
    body = "        # YOUR CODE HERE\n        raise NotImplementedError()"
    cell_of(nb, "adam").source = f"{EXPORT}class Adam(Optimizer):\n    def step(self):\n{body}"
    assert export(nb) == ["Adam is not written yet: step() raises NotImplementedError."]


def test_a_method_that_is_not_written_is_named(nb, export, student):
    released = {cell.id: cell.source for cell in lesson().released_cells}
    for name in ("sgd-decay", "sgd-state", "adam-correction"):
        cell_of(nb, name).source = released[name]
    assert export(nb) == [
        "SGD is not whole yet, and the module has what it began with: decayed, has_momentum, get_momentum_state and "
        "set_momentum_state are not written.",
        "Adam is not whole yet, and the module has what it began with: corrected is not written.",
    ]
    module = (student[0] / "tinytorch" / "core" / "optimizers.py").read_text()
    assert "add_to_class" not in module and "return average\n" in module and "self.momentum_buffers[i] + grad" in module


def test_a_method_whose_cell_is_not_exported_is_named(nb, export):
    cell_of(nb, "sgd-momentum").source = cell_of(nb, "sgd-momentum").source.removeprefix(EXPORT)
    cell_of(nb, "adam-averages").source = cell_of(nb, "adam-averages").source.replace(EXPORT, "# export\n")
    assert export(nb) == [
        f"SGD.velocity is not exported: {FIRST}, and there is none.",
        f"Adam.averages is not exported: {FIRST}, and it has `# export`.",
    ]


def test_a_method_by_another_name_is_named(nb, export):
    cell_of(nb, "sgd-momentum").source = cell_of(nb, "sgd-momentum").source.replace("def velocity", "def speed")
    assert export(nb) == ["SGD.speed is not exported: SGD began without a method of that name."]


def test_a_class_that_is_whole_in_its_own_cell_needs_no_other(nb, export):
    """As in an earlier version of the lesson, whose notebooks have none of the cells that add to a class."""
    sgd = cell_of(nb, "sgd")
    nb.cells = [cell for cell in nb.cells if not cell.source.startswith(f"{EXPORT}@add_to_class")]
    sgd.source = f"{EXPORT}class SGD(Optimizer):\n    def step(self):\n        self.step_count += 1"
    assert export(nb).startswith("written: ")


def test_nothing_is_said_of_what_is_whole(nb, export):
    assert export(nb).startswith("written: tinytorch/core/optimizers.py\nA notebook that has imported it before")


def test_without_a_module_to_write_nothing_is_exported(nb, export):
    nb.cells = [cell for cell in nb.cells if not cell.source.startswith("#| default_exp")]
    said = export(nb)
    assert said.startswith("Not exported: no cell says which module this is.") and said.count("\n") == 1


def test_nobody_has_to_write_what_is_optional(nb, export):
    cell = cell_of(nb, "fast-adam")
    head = cell.source.partition("        self.step_count += 1\n")[0]
    cell.source = f"{head}        # YOUR CODE HERE\n        raise NotImplementedError()"
    assert "Note" not in export(nb)
    cell.source = cell.source.replace("Optional: ", "")
    assert export(nb) == ["FastAdam is not written yet: step() raises NotImplementedError."]
