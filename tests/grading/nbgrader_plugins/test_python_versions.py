"""A cell for a newer Python than the grader's says both versions."""

import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from grading.nbgrader_plugins import ConfinedExecute
from grading.nbgrader_plugins.python_versions import explain_syntax_errors, newer_python
from tests.course07 import ASSIGNMENT

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def notebook(version, name="python"):
    return new_notebook(metadata={"language_info": {"name": name, "version": version}})


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("3.99.1", "3.99"),
        ("3.99", "3.99"),
        ("3.99.0rc1", "3.99"),
        ("3.99.0b2+", "3.99"),
        ("4.0.0", "4.0"),
        (f"{HERE}.99", ""),
        ("3.9.7", ""),
        ("2.7.18", ""),
        ("", ""),
        ("3.99; rm -rf", ""),
        ("3." + "9" * 5000, ""),
        (3.99, ""),
        (None, ""),
    ],
)
def test_only_a_newer_version_is_named(version, newer):
    assert newer_python(notebook(version)) == newer
    assert newer_python(notebook(version, name="R")) == ""


def test_nothing_is_said_of_other_errors_and_of_no_version():
    errors = [new_output("error", ename=name, evalue="x", traceback=[]) for name in ("NameError", "SyntaxError")]
    nb = notebook("3.99.0")
    nb.cells = [new_code_cell(outputs=errors)]
    explain_syntax_errors(nb)
    said = [output.evalue for output in nb.cells[0].outputs]
    assert said == ["x", f"x (this notebook was written with Python 3.99, and is graded with Python {HERE})"]
    nb.metadata = {}
    explain_syntax_errors(nb)
    assert [output.evalue for output in nb.cells[0].outputs] == said


def test_a_cell_for_a_newer_python_says_both_versions(tmp_path):
    nb = notebook("3.99.0")
    nb.cells = [new_code_cell("class A[T](b=:):\n    pass"), new_code_cell("A()")]
    context = {"assignment": ASSIGNMENT, "student": "somebody"}
    ConfinedExecute().preprocess(nb, {"metadata": {"path": str(tmp_path)}, "nbgrader": context})
    (first,), (second,) = (cell.outputs for cell in nb.cells)
    assert first.evalue.endswith(f"written with Python 3.99, and is graded with Python {HERE})")
    assert first.traceback[-1].endswith(f"graded with Python {HERE})")
    assert second.evalue == "name 'A' is not defined"
