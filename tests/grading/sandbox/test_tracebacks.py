"""Tracebacks are IPython's to the last color, though their parts are made only once."""

import json
import re
import subprocess
import sys

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
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = re.sub(r"(ipython-input-|In\[)\d+", r"\1n", done.stdout.splitlines()[-1])
    before, first, second, later = json.loads(said)
    assert "\\u001b[" in json.dumps(before) and "inner" in str(before)
    assert first == before and second == before and later == before
