"""What of a cell is Python is what IPython says, also where that is seen at a glance."""

import ast
import inspect
import sys

import nbformat
import pytest
from cells import notebook, run, texts
from IPython.core.compilerop import CachingCompiler
from IPython.core.inputtransformer2 import TransformerManager

from grading.sandbox import host, plain_python
from grading.sandbox.limits import Limits
from grading.sandbox.plain_python import Compiler, Transformers, parsed, prepared
from grading.sandbox.tracebacks import skip_cells
from tests.course07 import LESSON, PROFILE

ODD = [
    "",
    "\n\n  x = 1\n  y = 2",
    "x = 1",
    "%%time\nx = 1",
    "x = %pwd\ny = !ls\nz = 5",
    "if True:\n    %matplotlib inline\n    !ls",
    "len?\nlen??\n?len",
    "x = (5\n% 3)",
    "s = '''\n%pwd\n!ls\n'''\nt = 1",
    ">>> x = 1\n>>> y = 2",
    '"""\n>>> x = 1\n"""\ny = 1',
    "In [1]: x = 1\n   ...: y = 2",
    "x = '\\d'\ny = 1",
    "await f()\nasync with g() as h: pass",
    "/f x\n,g a b\n;h a b",
    "x = 1 if\ny = (",
    "x = 1\n\t y = 2",
    "x = 'a\0b'\ny = 1",
    "f = f'{x!r}'\nassert x != 1",
    "cd ..\npwd",
    "x = '''\n>>> a\n'''",
    "In [1]: int",
    "x = 1\nIn [2]: int",
    "...\n... : int",
    "x = 'a\\\nb'",
    "x = 'a\\n\\'b\\\\'",
    "x = 1\\\n  + 2",
    "\fx = 1",
    "x = 1\r\ny = 2",
    "# x = %pwd\n  # y",
    "   # only this",
]


def test_cells_become_the_python_that_ipython_makes_of_them():
    lesson = [cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.cell_type == "code"]
    assert sum(parsed(source) is not None for source in lesson) > len(lesson) / 2
    for source in [*lesson, *ODD]:
        assert transformed(Transformers(), source) == transformed(TransformerManager(), source), source


@pytest.mark.parametrize("source", ["x = 1\nx\n", "def f():\n    return 1\n\nf()\n", "await f()\n", "x = '\\d'\n", ""])
def test_what_was_parsed_is_what_ipython_would_parse_and_is_given_away_once(source):
    parsed(source)
    own = Compiler()
    tree = own.ast_parse(source)
    assert ast.dump(tree, include_attributes=True) == ast.dump(CachingCompiler().ast_parse(source), True, True)
    assert own.ast_parse(source) is not tree


def test_a_future_import_holds_for_how_later_cells_are_parsed(tmp_path):
    said = texts(run(notebook("2 != 1", "from __future__ import barry_as_FLUFL", "2 != 1", "2 <> 1"), tmp_path))
    assert (said[0], said[3]) == ("True", "True") and said[2].startswith("SyntaxError")


KNOWN = [
    "x = 1\nx",
    "def f(n):\n    return 1 / n\n\nf(0)",
    "assert x == 2, 'x should be 2'",
    "x += 1",
    "x += 1",
    "import asyncio\nawait asyncio.sleep(0)\nx",
    "print('a')\nif x:\n    x + 1",
    "x;",
    "return 5",
    "x = (",
    "import io\nimport contextlib",
    "with contextlib.redirect_stdout(io.StringIO()):\n    get_ipython().run_line_magic('time', 'x + 1')",
    "eval(compile('x + 1', 'c', 'eval'))",
    "from __future__ import annotations\nx",
    "f.__code__.co_filename.startswith('<ipython-input-')",
    "x is 1",
    "1if x else 2",
]


CHANGES = ["", "doubles", "future", "all", "last_expr_or_assign", "compiler"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_cell_whose_code_was_made_before_does_what_it_would_do_otherwise(tmp_path, change):
    first = {
        "": "1",
        "all": "get_ipython().ast_node_interactivity = 'all'",
        "last_expr_or_assign": "get_ipython().ast_node_interactivity = 'last_expr_or_assign'",
        "future": "from __future__ import barry_as_FLUFL",  # then "1 != 2" is none of Python
        "compiler": "get_ipython().compile = type(get_ipython().compile).__mro__[1]()",
        "doubles": """
import ast
class Doubled(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node) if type(node.value) is int else node
get_ipython().ast_transformers.append(Doubled())
""",
    }[change]
    cells = [first, *KNOWN, "1 != 2"]
    host.end()  # the zygote that runs them first has learned none
    plain, known = (run(notebook(*cells), tmp_path, given=given) for given in ((), [*KNOWN, "1 != 2", "1 +"]))
    assert [cell.outputs for cell in known.cells] == [cell.outputs for cell in plain.cells]
    with host.child(PROFILE, Limits()) as process:  # the code comes with the cell, which nobody has learned
        sent = [process.run(cell, receive=None, prepared=prepared(cell)) for cell in cells]
    assert sent == [cell.outputs for cell in plain.cells]


def test_code_that_was_made_before_is_that_of_the_cell_and_used_for_nothing_else(monkeypatch):
    own, source = Compiler(), "x = 1\nx\n"
    monkeypatch.setattr(plain_python, "known", {})
    own.learn(source, prepared(source))
    *_, last = plain_python.known[source].body
    name, _, _ = last.asked
    with own.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        assert own(ast.Interactive([last]), name, "single") is last.code
        assert own(ast.Interactive([last]), "<other>", "single").co_filename == "<other>"
        assert own(ast.Module([last], []), name, "exec") is not last.code
    assert own(ast.Interactive([last]), name, "single") is not last.code
    anew = CachingCompiler()(ast.Interactive([ast.parse(source).body[1]]), name, "single")
    assert last.code == anew and last.code.co_linetable == anew.co_linetable


LEFT = ["%time x", "x = (", "from __future__ import annotations", "return 5", "x = '\\d'", "x is 1", "1if x else 2"]


@pytest.mark.parametrize("cell", LEFT)
def test_a_cell_that_is_left_to_ipython_has_no_code_made_before(cell, recwarn):
    """Of what Python warns, the output of the cell is to say so, and not the grader's terminal."""
    assert not prepared(cell) and not recwarn.list


def transformed(manager, source):
    try:
        return manager.transform_cell(source)
    except Exception as error:
        return type(error), str(error)


def test_a_notebooks_own_transformer_is_asked(tmp_path):
    own = """
from IPython.core.inputtransformer2 import TokenTransformBase
class Answer(TokenTransformBase):
    priority = 1
    @classmethod
    def find(cls, lines):
        return next((cls(t.start) for line in lines for t in line if t.string == "answer"), None)
    def transform(self, lines):
        return [line.replace("answer", "42") for line in lines]
get_ipython().input_transformer_manager.token_transformers.append(Answer)
"""
    assert texts(run(notebook(own, "x = 1\nanswer"), tmp_path))[1] == "42"


@pytest.mark.parametrize("name", ["<ipython-input-1-abc>", "<string>", __file__])
def test_what_module_code_is_in_is_what_inspect_says(name):
    code = compile("import sys\ndef f(): return sys._getframe()", name, "exec")
    found = {}
    exec(code, found)
    for thing in (code, found["f"].__code__, found["f"](), found["f"], sys, sys._getframe()):
        assert skip_cells(inspect.getmodule)(thing) is inspect.getmodule(thing)
        assert skip_cells(inspect.getmodule)(thing, name) is inspect.getmodule(thing, name)


DISPLAYED = {
    "{'mine': 'a', 'text/plain': 'b'}, raw=True": "b",
    "{'text/plain': 'b'}, metadata=[1], raw=True": "TypeError: metadata must be a dict",
    "{'application/json': deep(90), 'text/plain': 'b'}, raw=True": "b",
    "{'application/json': deep(300)}, raw=True": "TooDeep: data that are nested too deeply",
    "{'text/plain': 'b'}, metadata=deep(300), raw=True": "TooDeep: data that are nested too deeply",
}
DEEP = "def deep(n):\n    return {'a': deep(n - 1)} if n else 1\n"


@pytest.mark.parametrize("what", DISPLAYED)
def test_whoever_shows_what_no_notebook_holds_goes_on(tmp_path, what):
    shown, after = texts(run(notebook(f"{DEEP}\ndisplay({what})", "'the next'"), tmp_path))
    assert shown.startswith(DISPLAYED[what]) and after == "'the next'"
