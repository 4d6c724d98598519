"""Thirty twists of the perfect submission: honest mistakes, and the habits that students have in notebooks.

A kernel takes seconds to start, so twists that do not touch the same class stand in one notebook.
"""

import copy
from dataclasses import dataclass

import nbformat
from nbformat.v4 import new_code_cell

from tests.course07 import cell_of


@dataclass(frozen=True)
class Twist:
    """A change to one solution cell, or cells of the student's own.

    Attributes
    ----------
    cell : str
        The solution that is changed; empty if the student's own cells touch none.
    right, wrong : str
        The line that is changed, and what into; no line if nothing is.
    own : tuple of str
        Cells that come after it.
    """

    cell: str
    right: str = ""
    wrong: str = ""
    own: tuple[str, ...] = ()

    def apply(self, nb: nbformat.NotebookNode, name: str) -> None:
        cell = cell_of(nb, self.cell or "adamw")
        if self.right not in cell.source:
            raise ValueError(f"the solution {self.cell!r} no longer contains {self.right!r}")
        cell.source = cell.source.replace(self.right, self.wrong) if self.right else cell.source
        place = nb.cells.index(cell) + 1
        nb.cells[place:place] = [
            new_code_cell(source, id=f"{name}-{number}") for number, source in enumerate(self.own, 1)
        ]


def in_step(cell: str, line: str) -> Twist:
    """One more line at the beginning of step()."""
    return Twist(cell, "        for i, param in enumerate(self.params):",
                 f"        {line}\n        for i, param in enumerate(self.params):")  # fmt: skip


def own(*cells: str) -> Twist:
    """Cells of the student's own that touch no solution."""
    return Twist("", own=cells)


MISTAKES = {
    "optimizer-steps": Twist("optimizer", "raise NotImplementedError", "return None  #"),
    "sgd-uphill": Twist("sgd", "param.data - ", "param.data + "),
    "sgd-divides-by-zero": in_step("sgd", "1 / 0"),
    "sgd-hangs": Twist("sgd-state", "if len(state) != len(self.params):", "while True:"),
    "sgd-exits": in_step("sgd", "raise SystemExit(3)"),
    "adam-forgets-to-count": Twist("adam", "self.step_count += 1", "self.step_count = 1"),
    "adam-swaps-betas": Twist("adam", "self.beta1, self.beta2 = float", "self.beta2, self.beta1 = float"),
    "adam-counts-twice": in_step("adam", "self.step_count += 1"),
    "adam-recurses": in_step("adam", "self.step()"),
    "adamw-other-default": Twist("adamw", "weight_decay: float = 0.01", "weight_decay: float = 0.0"),
    "adamw-raises-its-own": in_step("adamw", "class Mine(Exception): pass\n        raise Mine('no')"),
    "adamw-returns-early": in_step("adamw", "return"),
}

HABITS = {
    "prints": in_step("sgd", "print('a step')"),
    "prints-to-stderr": in_step("adam", "import sys; print('a step', file=sys.stderr)"),
    "warns": in_step("adamw", "import warnings; warnings.warn('a step')"),
    "logs": in_step("adamw", "import logging; logging.warning('a step')"),
    "deletes-a-class": Twist("sgd", own=("kept = SGD\ndel SGD",)),
    "plots": own(
        "import matplotlib.pyplot as plt\nprint('before')\nplt.plot([1, 4, 2])\nplt.show()\nprint('after')",
        "figure, axes = plt.subplots()\naxes.scatter([1, 2], [3, 4]);",
    ),
    "magics": own("%time sum(range(10))", "%%capture kept\nprint('hidden')", "kept.stdout", "%timeit -n1 -r1 pass"),
    "awaits": own(
        "import asyncio\nawait asyncio.sleep(0.01, 'slept')",
        "task = asyncio.create_task(asyncio.sleep(0, 'a task'))",
        "await task",
        "waiting = asyncio.sleep(0)\ntry:\n    asyncio.run(waiting)\nfinally:\n    waiting.close()",
    ),
    "widgets": own(
        "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider",
        "print('before')\n\n@ipywidgets.interact(n=(0, 5))\ndef show(n):\n    print('n is', n)\n    return n",
        "@ipywidgets.interact(n=2)\ndef show(n):\n    return n / 0",
        "outer, inner = ipywidgets.Output(), ipywidgets.Output()\nwith outer:\n    print('outer')\n"
        "    with inner:\n        print('inner')\n        display('inner')\n    print('outer')\nprint('the cell')",
        "@inner.capture()\ndef f():\n    print('captured')\nf()\ninner.clear_output()\nslider.value = 4\n3",
    ),
    "progress": own("from tqdm.auto import trange\nsum(i for i in trange(3, disable=False))"),
    "displays": own(
        "from IPython.display import HTML, Markdown, Math, clear_output, display",
        "display(HTML('<b>bold</b>'), Markdown('*x*'))",
        "handle = display('first', display_id='it')\nhandle.update('second')",
        "print('gone')\nclear_output()\nprint('here')",
        "Math('x^2')",
    ),
    "tracebacks": own(
        "def f(x):\n    return 1 / x\nf(0)", "def broken(:", "undefined_name", "assert 1 == 2, 'not equal'"
    ),
    "results": own(
        "{'a': [1, 2], 'b': (3, None)}", "import numpy as np\nnp.arange(12.0).reshape(3, 4)", "None", "1; 2"
    ),
    "asks": own("name = input('who are you? ')", "import getpass\ngetpass.getpass()"),
    "leaves": own("exit_code = 3\nraise SystemExit(exit_code)", "import sys\nsys.exit('good bye')"),
    "reads-and-writes": own(
        "import json\njson.dump([1], open('mine.json', 'w'))\njson.load(open('mine.json'))",
        "import numpy as np\nnp.savez('mine.npz', a=np.ones(3))\nfloat(np.load('mine.npz')['a'].sum())",
        "open('mine.txt', 'x').write('once')\nimport os\nos.path.exists('mine.txt')",
        "import tempfile\nwith tempfile.TemporaryFile() as file:\n    print(file.write(b'x'))",
        "with tempfile.TemporaryDirectory() as folder:\n    print(os.listdir(folder))",
        "import shutil\nos.mkdir('mine')\nshutil.copy('mine.txt', 'mine')\nshutil.copytree('mine', 'yours')",
    ),
    "moves": own(
        "import os\nos.mkdir('elsewhere')\n%cd -q elsewhere\nhere = os.path.basename(os.getcwd())",
        "here",
        "%cd -q -\nos.path.exists('elsewhere')",
        "%bookmark here",
        "len(_dh)",
    ),
    "reloads": own("%load_ext autoreload\n%autoreload 2", "import fractions", "%autoreload 0"),
    "fails-in-other-ways": own(
        "raise ExceptionGroup('both', [ValueError(1), KeyError(2)])",
        "%nosuch",
        "get_ipython().set_custom_exc((ZeroDivisionError,), lambda *error, **options: print('sorry'))\n1 / 0",
        "1 / 0",
        "get_ipython().set_custom_exc((), None)\n1 / 0",
    ),
    "threads": own(
        "import threading\nseen = []\nt = threading.Thread(target=seen.append, args=(1,))\nt.start(); t.join(); seen",
        "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(2).map(abs, [-1, -2]))",
    ),
    "prints-a-lot": own("for i in range(5000):\n    print(i)"),
    "redirects": own(
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as said:\n    print('to the text')\n"
        "print('here')\nsaid.getvalue()"
    ),
}

TWISTS = MISTAKES | HABITS


def packed() -> dict[str, dict[str, Twist]]:
    """The twists by notebook: each in the first in which no other touches the same class, those of no class in turn."""
    notebooks: list[dict[str, Twist]] = []
    for name, twist in TWISTS.items():
        if twist.cell:
            free = (nb for nb in notebooks if all(other.cell != twist.cell for other in nb.values()))
            if (nb := next(free, None)) is None:
                notebooks.append(nb := {})
            nb[name] = twist
    for number, (name, twist) in enumerate(item for item in TWISTS.items() if not item[1].cell):
        notebooks[number % len(notebooks)][name] = twist
    return {f"twisted-{number}": twists for number, twists in enumerate(notebooks, 1)}


def twisted(twists: dict[str, Twist]):
    """The filled-in notebook with these twists."""

    def make(released, filled_in):
        nb = copy.deepcopy(filled_in)
        for name, twist in twists.items():
            twist.apply(nb, name)
        return nb

    return make


PACKED = packed()
MORE = {name: twisted(twists) for name, twists in PACKED.items()}
