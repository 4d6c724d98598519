"""Methods that cells add to a class stand in the class of the exported module."""

import ast
import doctest
import shutil

import nbformat
import pytest
from lesson_export.grown_classes import exported_text, merge
from typer.testing import CliRunner

import nbs_export.__main__
import nbs_export.package
from nbs_export import REPOSITORY
from nbs_export.package import export_package
from tests.course07 import LESSON

CLASS = '''#| export
class Walker:
    """Walks."""

    def step(self):
        return self.pace()

    @property
    def length(self):
        return 1

    def pace(self):
        """Comes later."""
        return 1

    def rest(self):
        raise NotImplementedError("comes later")


AFTER = 1'''
PACE = '''#| export
# how fast?
@add_to_class(Walker)
def pace(self):
    """Twice as fast.

    And more.
    """
    text = """kept
as it is"""
    # not yet
    return 2
    # done'''


def method(module, name):
    (walker,) = (node for node in ast.parse(module).body if isinstance(node, ast.ClassDef))
    return ast.unparse(next(node for node in walker.body if getattr(node, "name", "") == name))


def test_a_method_takes_the_place_of_the_one_that_the_class_began_with():
    done = merge([CLASS, PACE])
    assert (done.problems, dict(done.unwritten), done.sources[1]) == ([], {}, "")
    assert done.sources[0] == CLASS.replace(
        '''    def pace(self):
        """Comes later."""
        return 1
''',
        '''    def pace(self):
        """Twice as fast.

        And more.
        """
        text = """kept
as it is"""
        # not yet
        return 2
''',
    )


def test_what_else_a_cell_holds_stays_there_and_other_decorators_stay():
    decorated = "@cache\n@add_to_class(\n    Walker\n)\n@other(1)\ndef pace(self):\n    return math.pi\n"
    done = merge([CLASS, f"#| export\nimport math\n\n{decorated}\nLIMIT = 1"])
    assert done.sources[1].split() == "#| export import math LIMIT = 1".split()
    assert method(done.sources[0], "pace") == "@cache\n@other(1)\ndef pace(self):\n    return math.pi"


def test_of_two_the_last_one_counts():
    done = merge([CLASS, PACE, PACE.replace("return 2", "return 3")])
    assert "return 3" in method(done.sources[0], "pace") and done.sources[1:] == ["", ""]


def test_a_class_and_its_method_may_share_a_cell():
    (whole,) = merge([f"{CLASS}\n\n\n{PACE.removeprefix('#| export')}"]).sources
    assert "return 2" in method(whole, "pace") and "add_to_class" not in whole and "AFTER = 1" in whole


@pytest.mark.parametrize("stub", ["raise NotImplementedError()", "raise NotImplementedError"])
def test_one_that_is_not_written_leaves_the_class_as_it_is(stub):
    cell = f'@add_to_class(Walker)\ndef pace(self):\n    """Fast."""\n    # YOUR CODE HERE\n    {stub}'
    done = merge([CLASS, cell])
    assert done.sources == [CLASS, ""] and dict(done.unwritten) == {"Walker": ["pace"]} and not done.problems


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([PACE], "Walker.pace is not exported: no cell that is exported defines Walker."),
        (
            [CLASS, PACE.replace("def pace", "def space")],
            "Walker.space is not exported: Walker began without a method of that name.",
        ),
    ],
)
def test_what_cannot_be_merged_is_said_in_one_line(cells, problem):
    done = merge(cells)
    assert done.problems == [problem] and "add_to_class" not in "".join(done.sources)


def test_what_python_cannot_read_is_left_as_it_is():
    assert merge([CLASS, "@add_to_class(Walker)\ndef pace(self:"]).sources[1].startswith("@add_to_class")


def test_what_inspect_says_of_a_method_is_found_in_the_module():
    whole = merge([CLASS, PACE]).sources[0]
    assert exported_text(PACE[PACE.index("@add") :]) in whole
    assert exported_text("    def step(self):\n        return self.pace()\n") in whole


def test_the_markers_of_the_courses_own_notebook_are_in_no_modules_text():
    marked = "    def step(self):\n        ### BEGIN SOLUTION\n        return self.pace()\n        ### END SOLUTION\n"
    assert exported_text(marked) == "    def step(self):\n        return self.pace()\n"


def test_the_package_has_whole_classes():
    module = (REPOSITORY / "tinytorch" / "core" / "optimizers.py").read_text(encoding="utf-8")
    assert "add_to_class" not in module and "Comes in Part" not in module
    names = {
        node.name: [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
        for node in ast.parse(module).body
        if isinstance(node, ast.ClassDef)
    }
    assert names["Adam"] == ["__init__", "step", "moments", "averages", "corrected"]
    assert names["SGD"] == ["__init__", "step", "direction", "velocity", "decayed", "has_momentum",
                            "get_momentum_state", "set_momentum_state"]  # fmt: skip


def test_what_its_examples_show_is_what_happens():
    from tinytorch.core import optimizers

    done = doctest.testmod(optimizers)
    assert done.attempted > 30 and done.failed == 0


def test_the_package_command_says_what_it_cannot_merge(tmp_path, monkeypatch):
    nb = nbformat.read(LESSON, as_version=4)
    cell = next(cell for cell in nb.cells if cell.id == "sgd-momentum")
    cell.source = cell.source.replace("def velocity", "def speed")
    lesson = tmp_path / "modules" / "07_optimizers" / "07_optimizers.ipynb"
    lesson.parent.mkdir(parents=True)
    nbformat.write(nb, lesson)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    (tmp_path / "tinytorch").mkdir()
    monkeypatch.setattr(nbs_export.package, "export_package", lambda: export_package(tmp_path))
    done = CliRunner().invoke(nbs_export.__main__.app, ["package"])
    assert done.stderr == "error: SGD.speed is not exported: SGD began without a method of that name.\n"
    assert done.exit_code == 1 and not list((tmp_path / "tinytorch").iterdir())
