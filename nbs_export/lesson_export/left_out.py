"""What an export leaves out that a notebook defines, and why: nbdev itself says nothing of it."""

import ast
import builtins
import json
import re
import symtable
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from .grown_classes import additions, is_stub, merge

DIRECTIVE = re.compile(r"^#\s*\|\s*exports?i?\b")  # as nbdev wants it
ANY_DIRECTIVE = re.compile(r"^#\s*\|")
LIKE_IT = re.compile(r"^\s*#\s*\|?\s*exports?i?:?\s*(\w+(\.\w+)*)?\s*$", re.IGNORECASE)  # as people write it
CLASS = re.compile(r"^class\s+(\w+)", re.MULTILINE)
DEFINITIONS = ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
FIRST_LINE = "`#| export` must be the first line of its cell"


def left_out(notebook: Path, modules: list[str]) -> list[str]:
    """Say what the modules lack, each in one line.

    Parameters
    ----------
    notebook : Path
    modules : list of str
        The sources that were exported from it.
    """
    trees = [ast.parse(source) for source in modules]
    there = {name for tree in trees for name in bound_names(tree)}
    needed = {name for source in modules for name in global_names(source)} - there - set(dir(builtins))
    missing: dict[str, str] = {}
    for cell in code_cells(notebook):
        for name in sorted(cell.meant_names() | needed & cell.bound_names()):
            if name not in there:
                missing.setdefault(name, why(directive_like(cell.source)))
    alike = defaultdict(list)
    for name, reason in missing.items():
        alike[reason, name in needed].append(name)
    notes = []
    for (reason, is_needed), names in alike.items():
        be, them = ("is", "it") if len(names) == 1 else ("are", "them")
        need = f", and the module needs {them}" if is_needed else ""
        notes.append(f"{' and '.join(names)} {be} not exported{need}: {reason}.")
    unfinished = dict(pair for tree in trees for pair in unwritten(tree))
    notes += [
        f"{name} is not written yet: {method}() raises NotImplementedError." for name, method in unfinished.items()
    ]
    return notes + not_added(notebook, there - unfinished.keys())


def not_added(notebook: Path, classes: set[str]) -> list[str]:
    """Say what cells were to add to some exported classes, and did not."""
    cells = [cell for cell in code_cells(notebook) if not cell.is_given]
    exported = merge([cell.source for cell in cells if cell.is_exported])
    notes = [
        f"{name} is not whole yet, and the module has what it began with: {listed(methods)} "
        f"{'is' if len(methods) == 1 else 'are'} not written."
        for name, methods in exported.unwritten.items()
        if name in classes
    ]
    for cell in cells:
        if not cell.is_exported:
            notes += [
                f"{found.owner}.{found.node.name} is not exported: {why(directive_like(cell.source))}."
                for found in additions([cell.source])
                if found.owner in classes
            ]
    return notes + [problem for problem in exported.problems if problem.partition(".")[0] in classes]


def listed(names: list[str]) -> str:
    """Names in a row, as in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its source, and whether it is given by the lesson or added by the student."""

    source: str
    is_given: bool
    is_own: bool

    @cached_property
    def tree(self) -> ast.Module | None:
        """The cell as Python; None if it is none."""
        magic = self.source.startswith("%%")  # such as %%time: what is below it is code all the same
        code = self.source.partition("\n")[2] if magic else self.source
        try:
            return ast.parse(TransformerManager().transform_cell(code))
        except (SyntaxError, ValueError, RecursionError):
            return None

    @property
    def is_exported(self) -> bool:
        """Whether nbdev takes it."""
        begun = (line for line in self.source.splitlines() if line.strip() and not line.startswith("%%"))
        return any(DIRECTIVE.match(line) for line in takewhile(lambda line: ANY_DIRECTIVE.match(line), begun))

    def meant_names(self) -> set[str]:
        """What it defines that a student would expect in the module, whatever else is needed there."""
        if self.tree is None:
            return set() if self.is_given else set(CLASS.findall(self.source))
        if self.is_own or directive_like(self.source):
            added = {found.node.name for found in additions([self.source])}  # to a class, see `not_added`
            return {node.name for node in self.tree.body if isinstance(node, DEFINITIONS)} - added
        classes = {node.name for node in self.tree.body if isinstance(node, ast.ClassDef)}
        return set() if self.is_given else classes

    def bound_names(self) -> set[str]:
        return bound_names(self.tree) if self.tree else set()


def why(like: str) -> str:
    """Why a cell was not exported, which has a line like the one that exports, or none."""
    if not like:
        return f"{FIRST_LINE}, and there is none"
    return FIRST_LINE if DIRECTIVE.match(like) else f"{FIRST_LINE}, and it has `{like}`"


def code_cells(notebook: Path) -> list[CodeCell]:
    """A notebook's code cells, those last that the lesson gives. Where no cell has a role, none is known as own."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    roles = [role if isinstance(role := cell.get("metadata", {}).get("nbgrader"), dict) else {} for cell in cells]
    found = []
    for cell, role in zip(cells, roles, strict=True):
        if cell["cell_type"] == "code":
            is_given = bool(role.get("locked")) or "explore" in cell.get("metadata", {}).get("tags", ())
            found.append(CodeCell("".join(cell["source"]), is_given, any(roles) and not role and not is_given))
    return sorted(found, key=lambda cell: cell.is_given)


def directive_like(source: str) -> str:
    """The first line of a cell that looks as if it was to export it; empty if there is none."""
    return next((line.strip()[:40] for line in source.splitlines() if LIKE_IT.match(line)), "")


def bound_names(tree: ast.Module) -> set[str]:
    """The names that are defined, assigned or imported at the top level, also under an `if`."""
    table = symtable.symtable(ast.unparse(tree), "module", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def global_names(source: str) -> set[str]:
    """The names that a module reads from its top level, in any of its functions and classes."""
    tables, found = [symtable.symtable(source, "module", "exec")], set()
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
        tables += table.get_children()
    return found


def unwritten(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The methods of classes that end as they were released, each class once; nobody has to write what is optional."""
    for node in tree.body:
        needed = isinstance(node, ast.ClassDef) and not (ast.get_docstring(node) or "").startswith("Optional:")
        for method in node.body if needed else ():
            if isinstance(method, ast.FunctionDef) and is_stub(method.body[-1]):
                yield node.name, method.name
                break
