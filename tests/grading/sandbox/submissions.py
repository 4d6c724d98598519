"""Thirty submissions besides the sample class: honest mistakes, and the habits that students have in notebooks."""

from nbformat.v4 import new_code_cell

from grading.sample import cell_of, fill_in, mistake


def with_cell(*sources, after="sgd"):
    """The filled-in notebook with more cells of the student's own."""

    def make(released):
        nb = fill_in(released)
        place = nb.cells.index(cell_of(nb, after)) + 1
        nb.cells[place:place] = [
            new_code_cell(source, id=f"{after}-own-{number}") for number, source in enumerate(sources)
        ]
        return nb

    return make


def in_step(line, grade_id="sgd"):
    """The filled-in notebook with one more line at the beginning of step()."""
    return mistake(
        grade_id,
        "        for i, param in enumerate(self.params):",
        f"{line}\n        for i, param in enumerate(self.params):",
    )


MISTAKES = {
    "adam-forgets-to-count": mistake("adam", "self.step_count += 1", "self.step_count = 1"),
    "adam-swaps-betas": mistake("adam", "self.beta1, self.beta2 = float", "self.beta2, self.beta1 = float"),
    "adam-takes-the-gradient-twice": in_step("        self.step_count += 1", "adam"),
    "adamw-other-default": mistake("adamw", "weight_decay: float = 0.01", "weight_decay: float = 0.0"),
    "adamw-hangs": in_step("        while self.step_count == 3: pass", "adamw"),
    "optimizer-steps": mistake("optimizer", "raise NotImplementedError", "return None  #"),
    "sgd-uphill": mistake("sgd", "param.data -= ", "param.data += "),
    "sgd-divides-by-zero": in_step("        1 / 0"),
    "sgd-returns-early": in_step("        return"),
    "sgd-raises-its-own": in_step("        class Mine(Exception): pass\n        raise Mine('no')"),
    "sgd-recurses": in_step("        self.step()"),
    "sgd-exits": in_step("        raise SystemExit(3)"),
}

HABITS = {
    "prints": in_step("        print('a step')"),
    "prints-to-stderr": in_step("        import sys; print('a step', file=sys.stderr)"),
    "warns": in_step("        import warnings; warnings.warn('a step')"),
    "logs": in_step("        import logging; logging.warning('a step')"),
    "plots": with_cell(
        "import matplotlib.pyplot as plt\nprint('before')\nplt.plot([1, 4, 2])\nplt.show()\nprint('after')",
        "figure, axes = plt.subplots()\naxes.scatter([1, 2], [3, 4]);",
    ),
    "magics": with_cell(
        "%time sum(range(10))", "%%capture kept\nprint('hidden')", "kept.stdout", "%timeit -n1 -r1 pass"
    ),
    "awaits": with_cell(
        "import asyncio\nawait asyncio.sleep(0.01, 'slept')",
        "task = asyncio.create_task(asyncio.sleep(0, 'a task'))",
        "await task",
        "asyncio.run(asyncio.sleep(0))",
    ),
    "widgets": with_cell(
        "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider",
        "@ipywidgets.interact(n=(0, 5))\ndef show(n):\n    print('n is', n)",
    ),
    "progress": with_cell("from tqdm.auto import trange\nsum(i for i in trange(3, disable=False))"),
    "displays": with_cell(
        "from IPython.display import HTML, Markdown, Math, clear_output, display",
        "display(HTML('<b>bold</b>'), Markdown('*x*'))",
        "handle = display('first', display_id='it')\nhandle.update('second')",
        "print('gone')\nclear_output()\nprint('here')",
        "Math('x^2')",
    ),
    "tracebacks": with_cell(
        "def f(x):\n    return 1 / x\nf(0)", "def broken(:", "undefined_name", "assert 1 == 2, 'not equal'"
    ),
    "results": with_cell(
        "{'a': [1, 2], 'b': (3, None)}", "import numpy as np\nnp.arange(12.0).reshape(3, 4)", "None", "1; 2"
    ),
    "asks": with_cell("name = input('who are you? ')", "import getpass\ngetpass.getpass()"),
    "leaves": with_cell("exit_code = 3\nraise SystemExit(exit_code)", "import sys\nsys.exit('good bye')"),
    "reads-and-writes": with_cell(
        "import json\njson.dump([1], open('mine.json', 'w'))\njson.load(open('mine.json'))",
        "import numpy as np\nnp.savez('mine.npz', a=np.ones(3))\nfloat(np.load('mine.npz')['a'].sum())",
        "open('mine.txt', 'x').write('once')\nimport os\nos.path.exists('mine.txt')",
    ),
    "threads": with_cell(
        "import threading\nseen = []\nt = threading.Thread(target=seen.append, args=(1,))\nt.start(); t.join(); seen",
        "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(2).map(abs, [-1, -2]))",
    ),
    "deletes-a-class": with_cell("kept = SGD\ndel SGD"),
    "prints-a-lot": with_cell("for i in range(5000):\n    print(i)"),
}

MORE = {**MISTAKES, **HABITS}
