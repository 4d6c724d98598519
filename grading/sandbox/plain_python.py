"""Of what IPython does before a cell runs, only what a cell needs that is plain Python; all of it for any other."""

import ast
import re
from functools import lru_cache
from types import CodeType

from IPython.core.compilerop import CachingCompiler, code_name
from IPython.core.inputtransformer2 import TransformerManager

# Of any other, Python may warn.
HARMLESS_BACKSLASHES = re.compile(r"""[^\\]*(\\[\n\\'"abfnrtv][^\\]*)*""")

# Cells that everybody has, parsed; their statements have the code that was made of them. See `Compiler.learn`.
known: dict[str, ast.Module] = {}


class Transformers(TransformerManager):
    """IPython's input transformer, without its slow passes over lines and tokens where the cell is plain Python."""

    usual = TransformerManager()

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Every token that IPython looks for is an error in Python, and so in Python there is nothing to be done."""
        if self.is_usual() and is_python("".join(lines)):
            return lines
        return super().do_token_transforms(lines)

    def transform_cell(self, cell: str) -> str:
        """Nor is there anything to be taken off a cell that begins with no space or empty line, and holds no prompt."""
        whole = cell if cell.endswith("\n") else f"{cell}\n"
        begins_well = not whole[0].isspace() and ">>>" not in whole and "In [" not in whole
        return whole if begins_well and self.is_usual() and is_python(whole) else super().transform_cell(cell)

    def is_usual(self) -> bool:
        """Whether no cell has changed how cells are transformed."""
        kinds = ("cleanup_transforms", "line_transforms", "token_transformers")
        return all(getattr(self, kind) == getattr(self.usual, kind) for kind in kinds)


class Compiler(CachingCompiler):
    """IPython's compiler, which parses no cell twice, and those not at all that everybody has."""

    usual = CachingCompiler().flags

    def learn(self, cell: str) -> None:
        """Parse and compile a cell before a process is forked in which it may run. It is not run."""
        source = cell if cell.endswith("\n") else f"{cell}\n"
        tree = parsed(source)
        if tree is None or "__future__" in source:  # which changes how the cells after it are compiled
            return
        parsed.cache_clear()
        name = self.get_code_name(cell, source, 0)
        try:
            with self.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                for statement in tree.body:
                    is_shown = statement is tree.body[-1] and isinstance(statement, ast.Expr)
                    alone = ast.Interactive([statement]) if is_shown else ast.Module([statement], [])
                    asked = name, "single" if is_shown else "exec", self.flags
                    statement.compiled = asked, super().__call__(alone, *asked[:2])
        except SyntaxError:  # whoever has the cell is told
            return
        known[source] = tree

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The name of a cell's code, which as in Jupyter's kernel depends on nothing but what stands in the cell."""
        return code_name(transformed_code)

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.Module:
        if self.flags == self.usual and symbol == "exec" and (tree := known.pop(source, None) or parsed(source)):
            parsed.cache_clear()  # whoever has a tree may change it
            return tree
        return super().ast_parse(source, filename, symbol)

    def __call__(self, source: ast.AST | str, filename: str, symbol: str, **options) -> CodeType:
        """Compile a statement, or return the code that was made of it."""
        if isinstance(source, (ast.Module, ast.Interactive)) and len(source.body) == 1:
            asked, code = getattr(source.body[0], "compiled", (None, None))
            if asked == (filename, symbol, self.flags):
                return code
        return super().__call__(source, filename, symbol, **options)


def is_python(source: str) -> bool:
    """Whether a cell is plain Python."""
    return source in known or parsed(source) is not None


@lru_cache(maxsize=1)
def parsed(source: str) -> ast.Module | None:
    """Parse a cell that is plain Python, else return None. Python could warn twice of what it warns of: that is no.

    To look for warnings with ``catch_warnings`` would make Python forget which ones it has shown already.
    """
    if "\\" in source and not HARMLESS_BACKSLASHES.fullmatch(source):
        return None
    try:
        return ast.parse(source)
    except Exception:  # noqa: BLE001 - whatever it is, IPython is to find it
        return None
