"""Tracebacks are IPython's to the last color, though their parts are made only once."""

import json
import re
import subprocess
import sys

import pytest

SCRIPT = r"""
import json
import sys
from grading.sandbox import tracebacks
from grading.sandbox.shell import make_shell

CELLS = ['''
def inner(values):
    "Über Zeilen hinweg"
    return [1 / value
            for value in values]   # here
def outer(n):
    return outer(n - 1) if n else inner([1, 0])
outer(2)
''', "outer(12)", "import numpy as np\nnp.ones(3) @ np.ones(4)", "x = (", "raise ValueError('a\\nb')"]

def errors():
    return [shell.run(cell, 10**6, 10**6)[-1]["traceback"] for cell in CELLS]

def made_later():
    # the same, each made when all cells have run; that of the syntax cannot be put off
    outputs = [shell.run(cell, 10**6, 10**6, puts_off=True)[-1] for cell in CELLS]
    assert [output.get("put_off") for output in outputs] == [0, 1, 2, None, 3]
    return [shell.traceback(o["put_off"]) if "put_off" in o else o["traceback"] for o in outputs]

shell = make_shell()
before = errors()
tracebacks.warm_up(shell)
print(json.dumps([before, errors(), errors(), made_later()]), file=sys.__stdout__)
"""


def test_they_are_those_of_ipython():
    said = re.sub(r"(ipython-input-|In\[)\d+", r"\1n", ran(SCRIPT).splitlines()[-1])
    before, first, second, later = json.loads(said)
    assert "\\u001b[" in json.dumps(before) and "inner" in str(before)
    assert first == before and second == before and later == before


PUT_OFF = r"""
import json
import os
import sys
from grading.sandbox.shell import make_shell

def whole(output):
    return shell.traceback(output["put_off"]) if "put_off" in output else output.get("traceback", output.get("text"))

shell = make_shell()
for cells in json.loads(sys.argv[1]):
    for puts_off in (False, True):
        if not os.fork():
            outputs = [output for cell in cells for output in shell.run(cell, 10**6, 10**6, puts_off=puts_off)]
            count = sum("put_off" in output for output in outputs)
            print(json.dumps([count, list(map(whole, outputs))]), file=sys.__stdout__, flush=True)
            os._exit(0)
        os.wait()
"""
FAILS = "def fails(n):\n    return 1 / n\n"
HANDLER = """
def handler(shell, kind, value, tb, tb_offset=None):
    traceback = shell.InteractiveTB.structured_traceback(kind, value, tb, tb_offset=tb_offset)
    print(shell.InteractiveTB.stb2text(traceback))
get_ipython().set_custom_exc((Exception,), handler)
"""
RENDERED = """
class Rendered(Exception):
    def _render_traceback_(self):
        import sys
        return get_ipython().InteractiveTB.structured_traceback(*sys.exc_info())[-1:]
"""
WRAPPED = """
make = get_ipython().InteractiveTB.structured_traceback
get_ipython().InteractiveTB.structured_traceback = lambda *exception, **options: make(*exception, **options)[-1:]
"""
OTHERS = {
    "a cell that runs again": (1, [FAILS, "fails(0)", FAILS, "1", "fails(1)"]),
    "another mode since": (1, [FAILS, "fails(0)", "%xmode Minimal"]),
    "other colors since": (1, [FAILS, "fails(0)", "%colors NoColor"]),
    "values, which change": (0, ["%xmode Verbose", FAILS, "n = 0", "fails(n)", "n = 1"]),
    "a frame that keeps much": (0, ["def fails():\n    kept = b'x' * 2**28\n    1 / 0\nfails()"]),
    "a handler that prints it": (0, [HANDLER, "1 / 0"]),
    "a handler that fails": (0, [HANDLER.replace("(kind", "(oops"), "1 / 0"]),
    "an exception that makes its own": (0, [RENDERED, "raise Rendered"]),
    "another way to show it": (0, ["get_ipython()._showtraceback = lambda *e: print(e[-1])", "1 / 0"]),
    "another way to make it": (0, [WRAPPED, "1 / 0"]),
    "whoever asks for it": (1, ["try:\n    1 / 0\nexcept Exception:\n    get_ipython().InteractiveTB()\n1 / 0"]),
}


@pytest.fixture(scope="module")
def made():
    """What is shown where nothing is put off, and where something is, by the names of others; each with its number."""
    lines = iter(ran(PUT_OFF, json.dumps([cells for _, cells in OTHERS.values()])).splitlines())
    return {name: (json.loads(next(lines)), json.loads(next(lines))) for name in OTHERS}


@pytest.mark.parametrize("name", OTHERS)
def test_one_that_is_made_later_is_as_it_would_have_been(made, name):
    (_, before), (count, later) = made[name]
    assert later == before and count == OTHERS[name][0]


# Forked, as the process of a submission is: another would count the memory of whoever has started it as its own.
FORKED = """
import os, sys
if pid := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def ran(script, *arguments):
    done = subprocess.run([sys.executable, "-c", FORKED + script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
