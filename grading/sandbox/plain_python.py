"""Of what IPython does before a cell runs, only what a cell needs that is plain Python; all of it for any other."""

import ast
import re
from functools import lru_cache

from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager

# Of any other, Python may warn.
HARMLESS_BACKSLASHES = re.compile(r"""[^\\]*(\\[\n\\'"abfnrtv][^\\]*)*""")


class Transformers(TransformerManager):
    """IPython's input transformer, without its slow passes over lines and tokens where the cell is plain Python."""

    usual = TransformerManager()

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """Every token that IPython looks for is an error in Python, and so in Python there is nothing to be done."""
        if self.is_usual() and parsed("".join(lines)):
            return lines
        return super().do_token_transforms(lines)

    def transform_cell(self, cell: str) -> str:
        """Nor is there anything to be taken off a cell that begins with no space or empty line, and holds no prompt."""
        whole = cell if cell.endswith("\n") else f"{cell}\n"
        begins_well = not whole[0].isspace() and ">>>" not in whole and "In [" not in whole
        return whole if begins_well and self.is_usual() and parsed(whole) else super().transform_cell(cell)

    def is_usual(self) -> bool:
        """Whether no cell has changed how cells are transformed."""
        kinds = ("cleanup_transforms", "line_transforms", "token_transformers")
        return all(getattr(self, kind) == getattr(self.usual, kind) for kind in kinds)


class Compiler(CachingCompiler):
    """IPython's compiler, which parses no cell twice."""

    usual = CachingCompiler().flags

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.Module:
        if self.flags == self.usual and symbol == "exec" and (tree := parsed(source)):
            parsed.cache_clear()  # whoever has a tree may change it
            return tree
        return super().ast_parse(source, filename, symbol)


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
