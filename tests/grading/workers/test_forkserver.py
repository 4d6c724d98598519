"""The process that workers are forked from is a copy of one that has loaded what they need."""

import json
import os
import select
import subprocess
import sys
from contextlib import contextmanager

import pytest

from grading.course.paths import DEFAULT_COURSE
from grading.workers.forkserver import METHOD

pytestmark = pytest.mark.skipif(METHOD != "forkserver", reason="workers are forked on Linux only")

PROGRAM = """
import json, multiprocessing, os, sys, threading
from grading.util import errors
from grading.workers import forkserver

def show(pipe):
    from multiprocessing import util
    import grading.workers.pool
    pipe.send([os.getppid(), hasattr(errors, "copied"), util.spawnv_passfds.__module__])

if __name__ == "__main__":
    errors.copied = True
    if "thread" in sys.argv:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    forkserver.load_and_start()
    mine, theirs = multiprocessing.Pipe()
    multiprocessing.get_context("forkserver").Process(target=show, args=(theirs,)).start()
    print(json.dumps(mine.recv()), flush=True)
    sys.stdin.read()
"""


@contextmanager
def running(folder, *arguments):
    """A program that has started it and then a process that shows what it finds."""
    script = folder / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script), *arguments]
    environment = os.environ | {"PYTHONPATH": str(DEFAULT_COURSE.parent)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        try:
            yield program, *json.loads(program.stdout.readline())
        finally:
            program.kill()


def test_what_was_loaded_is_there_without_loading_it_again(tmp_path):
    with running(tmp_path) as (_, _, is_copied, module):
        assert is_copied
        assert module == "multiprocessing.util"  # others start as ever


def test_a_process_with_threads_is_not_copied(tmp_path):
    with running(tmp_path, "thread") as (_, _, is_copied, _):
        assert not is_copied


@pytest.mark.parametrize("arguments", [[], ["thread"]])
def test_it_ends_with_the_program_that_has_started_it(tmp_path, arguments):
    with running(tmp_path, *arguments) as (program, server, _, _):
        ended = os.pidfd_open(server)
        program.kill()
        assert select.select([ended], [], [], 30)[0]
        os.close(ended)
