"""``python -m MODULE`` as a process of its own, without the seconds in which Python imports nbgrader.

A process that has imported what others have written waits for commands and forks one for each; what stands in this
repository is imported by the fork. Where it matters how a program starts, run it as everybody does.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import shlex
import socketserver
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

import nbformat
from sqlalchemy.orm import configure_mappers

IMPORTED = (
    "nbgrader.apps.nbgraderapp", "nbconvert.exporters.templateexporter", "numpy", "IPython", "rich.console",
    "rich.progress", "rich.table", "typer", "latex2mathml.converter", "babel.plural", "tests.quick_gradebooks",
)  # fmt: skip
UNUSED = {"rfc3987_syntax": None, "isoduration": None}  # as in `grading`, which is loaded only by the forks
START = f"import sys; sys.modules.update({UNUSED}); import tests.forked; tests.forked.serve()"
REPOSITORY = Path(__file__).resolve().parents[1]
ASK = """
import json, os, socket, sys
asked = {"module": sys.argv[2], "arguments": sys.argv[3:], "cwd": os.getcwd(), "env": dict(os.environ)}
asked["umask"] = os.umask(0)
with socket.socket(socket.AF_UNIX) as door:
    door.connect(sys.argv[1])
    with door.makefile("rw") as lines:
        print(json.dumps(asked), file=lines, flush=True)
        status, out, err = json.loads(lines.readline())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(status)
"""
# That the programs are there is asked for each command; whatever else Python is to do, it does itself.
IN_BASH = """
nbgrader() {{ type -P nbgrader > /dev/null && {ask} nbgrader "$@" || failed $? nbgrader "$@"; }}
python() {{
    case "${{*:1:2}}" in
        "-m grading" | "-m nbgrader" | "-m nbs_export")
            type -P python > /dev/null && {ask} "${{@:2}}" || failed $? python "$@" ;;
        *) command python "$@" || failed $? python "$@" ;;
    esac
}}
failed() {{ echo "failed: ${{*:2}}" >&2; return "$1"; }}
"""


def run(module, *arguments, cwd=".", env=os.environ, umask=None, errors="strict"):
    """What ``subprocess.run([python, "-m", module, ...])`` gives, with the output as text."""
    server = started()
    with tempfile.TemporaryDirectory() as folder:
        out, err = (os.path.join(folder, name) for name in ("out", "err"))
        asked = {"module": module, "arguments": [*map(str, arguments)], "cwd": os.path.abspath(cwd), "env": dict(env)}
        server.stdin.write(json.dumps(asked | {"umask": umask, "out": out, "err": err}) + "\n")
        server.stdin.flush()
        status = json.loads(server.stdout.readline())
        said = (Path(path).read_text(errors=errors) for path in (out, err))
        return subprocess.CompletedProcess((module, *arguments), status, *said)


def bash(script, cwd, env):
    """What ``bash -c`` gives, with the output as text; each ``nbgrader`` and ``python -m`` of ours in it is a fork."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "door")
        functions = IN_BASH.format(ask=shlex.join([sys.executable, "-I", "-S", "-c", ASK, path]))
        with socketserver.UnixStreamServer(path, Door) as server:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                command = ["bash", "-c", f"{functions}\n{script}"]
                return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
            finally:
                server.shutdown()


class Door(socketserver.StreamRequestHandler):
    """Runs what a script asks for."""

    def handle(self):
        asked = json.loads(self.rfile.readline())
        done = run(asked.pop("module"), *asked.pop("arguments"), **asked)
        self.wfile.write(json.dumps([done.returncode, done.stdout, done.stderr]).encode())


@cache
def started():
    """The process that forks; it ends with this one, when nobody can write to it any more."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    server = subprocess.Popen([sys.executable, "-c", START], cwd=REPOSITORY, env=environment, text=True, **pipes)
    atexit.register(server.communicate)
    return server


def serve():
    """Fork for each command, and say how it has ended. The fork runs it and ends as every Python does."""
    for module in IMPORTED:
        importlib.import_module(module)
    assert "grading" not in sys.modules
    nbformat.validate(nbformat.v4.new_notebook())  # compiles what it compares with
    configure_mappers()
    gc.collect()
    gc.freeze()  # or each fork would go through all that was imported, and so copy it, when it ends
    while line := sys.stdin.readline():
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            return become(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def become(module, arguments, cwd, env, umask, out, err):
    """Be the process that was asked for."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for descriptor, path in enumerate((os.devnull, out, err)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    if umask is not None:
        os.umask(umask)
    tempfile.tempdir = None  # asked for anew
    given = [path for path in env.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:2] = [cwd, *(given or [str(REPOSITORY)])]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
