"""What a cell asks students to write: from the code around its solutions, and from its docstrings."""

import ast
import re
from collections.abc import Iterator

from .folds import BEGIN

HINTS = re.compile(r"^Hints\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", re.MULTILINE | re.DOTALL)  # a section, NumPy style


def tasks(source: str) -> tuple[list[str], list[str], list[str]]:
    """The tasks of a cell.

    Returns
    -------
    names : list of str
        The classes, or functions, in which a solution begins.
    to_write : list of str
        A list item for each function in which one begins: its name and the first line of its docstring.
    hints : list of str
        The items of their docstrings' hints.
    """
    starts = [number for number, line in enumerate(source.splitlines(), 1) if BEGIN.match(line)]
    tree = ast.parse(source)

    def holds(node: ast.AST) -> bool:
        return any(node.lineno < start <= node.end_lineno for start in starts)

    def visit(node: ast.AST, within: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            name = f"{within}{child.name}" if isinstance(child, ast.ClassDef | ast.FunctionDef) else within
            if isinstance(child, ast.FunctionDef) and holds(child):
                about = (ast.get_docstring(child) or "").partition("\n")[0].replace("``", "`")
                yield f"- `{name}`" + (f": {about}" if about else "")
            else:
                yield from visit(child, f"{name}." if name != within else within)

    subjects = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef) and holds(node)]
    hints = [hint for node in subjects for hint in hints_of(ast.get_docstring(node) or "")]
    return [node.name for node in tree.body if node in subjects], list(visit(tree, "")), hints


def hints_of(docstring: str) -> list[str]:
    """The items of the section of hints, each in one line."""
    found = HINTS.search(docstring)
    items = re.split(r"\n(?=\S)", found[1].strip()) if found else []
    return [re.sub(r"\s+", " ", item).replace("``", "`") for item in items]
