"""Classes that grow by a cell: a module gets each of them whole.

In a notebook, ``@add_to_class(SGD)`` makes the function below it a method of SGD, in the place of the one that the
class began with. In the module it stands in the class.
"""

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbdev.process import Processor

DECORATOR = "add_to_class"
EXPORTING = {"export", "exports", "exporti"}
SAYS_NOTHING = re.compile(r"\s*(#.*)?")
MARKERS = re.compile(r"\n *### (BEGIN|END) SOLUTION\b")  # of nbgrader, in the course's own notebook; no module has them


class NotMerged(UserWarning):
    """A method that could not become part of its class."""


@dataclass(frozen=True)
class Addition:
    """A function of a cell that is to be a method.

    Attributes
    ----------
    cell : int
        The number of its cell.
    owner : str
        The name of the class.
    node : ast.FunctionDef
    """

    cell: int
    owner: str
    node: ast.FunctionDef


@dataclass
class Merged:
    """Cells whose methods stand in their classes.

    Attributes
    ----------
    sources : list of str
        Of every cell; empty where nothing is left.
    problems : list of str
        What could not be merged, and why, each in one line.
    unwritten : dict of str to list of str
        By class, the methods that are still as they were released: the class keeps what it began with.
    """

    sources: list[str]
    problems: list[str] = field(default_factory=list)
    unwritten: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def merge(sources: Sequence[str]) -> Merged:
    """Move every function below ``@add_to_class(NAME)`` into the class of that name.

    Parameters
    ----------
    sources : sequence of str
        Of the cells that are exported, in their order. One that Python cannot read is left as it is.
    """
    done = Merged(list(sources))
    while (addition := next(additions(done.sources), None)) is not None:
        method = addition.node.name
        text = as_method(done.sources[addition.cell], addition.node)
        done.sources[addition.cell] = without(done.sources[addition.cell], addition.node)
        place = class_cell(done.sources, addition.owner)
        begun = None if place is None else method_of(done.sources[place], addition.owner, method)
        if is_stub(addition.node.body[-1]):
            if begun:  # a class of another version may have all in other methods
                done.unwritten[addition.owner].append(method)
        elif begun:
            done.sources[place] = replaced(done.sources[place], begun, text)
        else:
            name = f"{addition.owner}.{method}"
            reason = f"no cell that is exported defines {addition.owner}" if place is None else (
                f"{addition.owner} began without a method of that name"
            )  # fmt: skip
            done.problems.append(f"{name} is not exported: {reason}.")
    return done


def additions(sources: Sequence[str]) -> Iterator[Addition]:
    """The functions that are to be methods, in the order in which they are added."""
    for number, source in enumerate(sources):
        for node in ast.parse(source).body if is_python(source) else ():
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if owner := owner_in(decorator):
                        yield Addition(number, owner, node)


def owner_in(decorator: ast.expr) -> str:
    """The name of the class in ``add_to_class(NAME)``; empty for any other decorator."""
    is_call = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)
    if is_call and decorator.func.id == DECORATOR and len(decorator.args) == 1 and not decorator.keywords:
        return decorator.args[0].id if isinstance(decorator.args[0], ast.Name) else ""
    return ""


def is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def class_cell(sources: Sequence[str], name: str) -> int | None:
    """The number of the last cell that defines a class; None if there is none."""
    return max((number for number, source in enumerate(sources) if class_in(source, name)), default=None)


def class_in(source: str, name: str) -> ast.ClassDef | None:
    """The last class of this name at the top of a cell."""
    body = ast.parse(source).body if is_python(source) else ()
    return next((node for node in reversed(body) if isinstance(node, ast.ClassDef) and node.name == name), None)


def method_of(source: str, owner: str, name: str) -> ast.FunctionDef | None:
    """The last method of this name in a class of a cell."""
    body = reversed(class_in(source, owner).body)
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)


def first_line(node: ast.FunctionDef) -> int:
    """The line, from 1 on, on which a function begins with its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def as_method(source: str, node: ast.FunctionDef) -> str:
    """The text of a function as it stands in a class: without the decorator that put it there, and indented.

    What stands in a text of several lines is kept as it is, but for docstrings.
    """
    dropped, kept = set(), set()
    for decorator in node.decorator_list:
        if owner_in(decorator):
            dropped |= set(range(decorator.lineno, decorator.end_lineno + 1))
    docstring = node.body[0].value if ast.get_docstring(node, clean=False) is not None else None
    for part in ast.walk(node):
        is_text = isinstance(part, ast.JoinedStr) or (
            isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        )
        if is_text and part is not docstring:
            kept |= set(range(part.lineno + 1, part.end_lineno + 1))
    lines = enumerate(source.splitlines()[first_line(node) - 1 : node.end_lineno], first_line(node))
    return "\n".join(
        line if number in kept or not line.strip() else f"    {line}" for number, line in lines if number not in dropped
    )


def without(source: str, node: ast.FunctionDef) -> str:
    """A cell without one of its functions; empty if only comments are left."""
    lines = source.splitlines()
    lines[first_line(node) - 1 : node.end_lineno] = []
    return "" if all(SAYS_NOTHING.fullmatch(line) for line in lines) else "\n".join(lines).strip("\n")


def replaced(source: str, method: ast.FunctionDef, text: str) -> str:
    """A cell in which a method has another text."""
    lines = source.splitlines()
    lines[first_line(method) - 1 : method.end_lineno] = text.splitlines()
    return "\n".join(lines)


def exported_text(source: str) -> str:
    """The text of a method as a module has it, from what ``inspect`` says of it."""
    found = next(additions([source]), None) if source.startswith(f"@{DECORATOR}") else None
    return MARKERS.sub("", as_method(source, found.node) if found else source)


def is_stub(statement: ast.stmt) -> bool:
    """Whether this is ``raise NotImplementedError()``, without a word."""
    raised = statement.exc if isinstance(statement, ast.Raise) else None
    plain = raised.func if isinstance(raised, ast.Call) and not raised.args else raised
    return isinstance(plain, ast.Name) and plain.id == "NotImplementedError"


class MergeMethods(Processor):
    """An nbdev export processor (``export_procs`` in pyproject.toml). What it cannot merge it warns of."""

    def end(self) -> None:
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code" and EXPORTING & set(cell.directives_)]
        done = merge([cell.source for cell in cells])
        for cell, source in zip(cells, done.sources, strict=True):
            cell.source = source
        for problem in done.problems:
            warnings.warn(problem, NotMerged, stacklevel=2)
