"""The tables of mutants and variants are filled by their packages, and import none of those who fill them."""

import ast
from pathlib import Path

import pytest

from grading.exams.optimizers import mutants, variants


@pytest.mark.parametrize("package", [mutants, variants], ids=lambda package: package.__name__.rpartition(".")[2])
def test_a_registry_imports_no_module_of_its_package(package):
    source = Path(package.__file__).with_name("registry.py").read_text(encoding="utf-8")
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [alias.name for node in found if isinstance(node, ast.Import) for alias in node.names]
    names += ["." * node.level + (node.module or "") for node in found if isinstance(node, ast.ImportFrom)]
    assert names, "there are no imports to look at"
    assert [name for name in names if name.startswith(".") or name.startswith(package.__name__)] == []


@pytest.mark.parametrize("package", [mutants, variants], ids=lambda package: package.__name__.rpartition(".")[2])
def test_a_package_loads_every_module_that_fills_its_table(package):
    folder = Path(package.__file__).parent
    filling = {path.stem for path in folder.glob("*.py") if "from .registry import" in path.read_text(encoding="utf-8")}
    assert filling - {"__init__"} and filling <= {"__init__", *vars(package)}
