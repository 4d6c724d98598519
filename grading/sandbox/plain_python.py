"""Of what IPython does before a cell runs, only what a cell needs that is plain Python; all of it for any other."""

import ast
import base64
import marshal
import re
import warnings
from functools import lru_cache
from types import CodeType

from IPython.core.compilerop import CachingCompiler, code_name
from IPython.core.inputtransformer2 import TransformerManager

# Of any other, Python may warn.
HARMLESS_BACKSLASHES = re.compile(r"""[^\\]*(\\[\n\\'"abfnrtv][^\\]*)*""")

# Cells whose code was made before they run; see `Compiler.learn`.
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
        source = whole(cell)
        begins_well = not source[0].isspace() and ">>>" not in source and "In [" not in source
        return source if begins_well and self.is_usual() and is_python(source) else super().transform_cell(cell)

    def is_usual(self) -> bool:
        """Whether no cell has changed how cells are transformed."""
        kinds = ("cleanup_transforms", "line_transforms", "token_transformers")
        return all(getattr(self, kind) == getattr(self.usual, kind) for kind in kinds)


class Prepared:
    """Stands for a statement of a cell in its tree, where only its code is asked for.

    Attributes
    ----------
    asked : tuple
        What the code was made for: the name of the cell's code, a mode of ``compile``, and the compiler's flags.
    code : CodeType
    place : tuple of (str, int)
        The cell, and the number of the statement in it.
    """

    asked: tuple
    code: CodeType
    place: tuple[str, int]

    def written(self) -> ast.stmt:
        """The statement itself."""
        source, number = self.place
        return ast.parse(source).body[number]


class PreparedStatement(Prepared, ast.Pass):
    pass


class PreparedExpression(Prepared, ast.Expr):
    """The last one of a cell, whose value is shown."""


class Compiler(CachingCompiler):
    """IPython's compiler, which parses no cell twice, and those not at all whose code it has been given."""

    usual = CachingCompiler().flags

    def learn(self, cell: str, prepared: str) -> None:
        """Take in what `prepared` has made of a cell, for when the cell runs."""
        source = whole(cell)
        name, flags = self.get_code_name(cell, source, 0), self.usual | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = ast.Module([], [])
        for number, (is_shown, code) in enumerate(marshal.loads(base64.b64decode(prepared))):
            statement = PreparedExpression() if is_shown else PreparedStatement()
            statement.asked = name, "single" if is_shown else "exec", flags
            statement.code, statement.place = code, (source, number)
            tree.body.append(statement)
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
        body = source.body if isinstance(source, (ast.Module, ast.Interactive)) else []
        if [statement for statement in body if isinstance(statement, Prepared)]:  # any() may be a cell's own by now
            if [s.asked for s in source.body] == [(filename, symbol, self.flags)]:
                return source.body[0].code
            source = as_written(source)
        return super().__call__(source, filename, symbol, **options)


def as_written(tree: ast.Module | ast.Interactive) -> ast.Module | ast.Interactive:
    """The tree with the statements themselves, for whoever looks at them or changes them."""
    tree.body = [statement.written() if isinstance(statement, Prepared) else statement for statement in tree.body]
    return tree


@lru_cache(maxsize=512)
def prepared(cell: str) -> str:
    """The code of a cell, to be sent to the process that will run it. Nothing of the cell is run.

    Parameters
    ----------
    cell : str
        One of the instructor's: a student's may take for ever to compile.

    Returns
    -------
    str
        For `Compiler.learn`; empty if the cell is to be left to IPython.
    """
    source, compiler = whole(cell), Compiler()
    if "__future__" in source:  # which changes how the cells after it are compiled
        return ""
    name, codes = compiler.get_code_name(cell, source, 0), []
    try:
        with warnings.catch_warnings(), compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
            warnings.simplefilter("error")  # whoever has the cell is to be warned, and not whoever grades
            if (tree := parsed(source)) is None:
                return ""
            for statement in tree.body:
                is_shown = statement is tree.body[-1] and isinstance(statement, ast.Expr)
                alone = ast.Interactive([statement]) if is_shown else ast.Module([statement], [])
                codes.append((is_shown, compiler(alone, name, "single" if is_shown else "exec")))
    except SyntaxError:  # whoever has the cell is told
        return ""
    finally:
        parsed.cache_clear()  # whoever has a tree may change it
    return base64.b64encode(marshal.dumps(codes)).decode()


def whole(cell: str) -> str:
    """A cell with a line break at its end."""
    return cell if cell.endswith("\n") else f"{cell}\n"


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
