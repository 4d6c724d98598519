"""Every limit is an option, and whoever runs into it is told which it was."""

import re
from dataclasses import fields

import pytest
from cells import notebook, run, texts

from grading.course.results import failures, told_of_stop
from grading.feedback_page.facts import from_failure
from grading.nbgrader_plugins import ConfinedExecute
from grading.sandbox import host
from grading.sandbox.limits import Limits, MiB

WRITE = "open('file-{}', 'wb').write(bytes({} * 2**20)); 0"
LIMITED = {
    "cell_seconds": (1, "while True: pass", r"^CellTimeoutError: the cell took more than 1 s KeyboardInterrupt: $"),
    "total_seconds": (1, "import time; time.sleep(20)", r"^Stopped: all cells together took more than 1 s$"),
    "cpu_seconds": (1, "while True: pass", r"^Stopped: it computed for more than 1 s$"),
    "memory": (64, "len(bytes(100 * 2**20))", r"^MemoryError: $"),
    "file_size": (1, "open('file', 'wb').write(bytes(2 * 2**20))", r"^OSError: \[Errno 27\] File too large$"),
    "scratch_size": (2, WRITE.format(1, 4), r"^Stopped: it wrote more than 2 MiB, or more than 1000 files$"),
    "scratch_files": (3, "import os\nfor i in range(9): os.mkdir(f'{i}')\n0",
                      r"^Stopped: it wrote more than 64 MiB, or more than 3 files$"),
    "open_files": (20, "kept = [open('/dev/null') for i in range(30)]", r"^OSError: \[Errno 24\] Too many open files"),
    "threads": (3, "import threading, time\nsleep = time.sleep\n"
                "for i in range(5): threading.Thread(target=sleep, args=(5,)).start()\nsleep(5)",
                r"^Stopped: it had more than 3 threads$"),
    "text": (10, "print('x' * 11)", r"^x{10} \n\[The rest is left out: too much text for one cell.\]\n$"),
    "pictures": (0, "1", r"^\n\[The rest is left out: too much pictures for one cell.\]\n$"),
    "outputs": (0, "print('x')", r"^Stopped: it showed and printed more than 0 MiB in all$"),
}  # fmt: skip


def test_every_limit_is_an_option_that_says_what_it_is():
    traits = ConfinedExecute.class_own_traits(config=True)
    assert set(LIMITED) == {field.name for field in fields(Limits)}
    for name in LIMITED:
        assert traits[name].help and traits[name].metadata["config"], name


def test_without_options_the_limits_are_the_default_ones():
    assert ConfinedExecute().limits() == Limits()
    assert ConfinedExecute(memory=7, text=8).limits() == Limits(memory=7 * MiB, text=8)


@pytest.mark.parametrize("name", LIMITED)
def test_who_runs_into_a_limit_is_told_so(name, tmp_path, monkeypatch):
    limit, source, message = LIMITED[name]
    monkeypatch.setattr(host, "GRACE", 5.0)  # seconds for an interrupt to arrive, on a machine that has other work
    (told,) = texts(run(notebook(source), tmp_path, **{name: limit}))
    assert re.search(message, told), told


@pytest.mark.parametrize("name", LIMITED)
def test_with_the_default_limits_it_is_not_reached(name, tmp_path):
    source = LIMITED[name][1].replace("while True: pass", "1").replace("sleep(5)", "sleep(0)").replace("(20)", "(0)")
    (told,) = texts(run(notebook(source.replace("args=(5,)", "args=(0,)")), tmp_path))
    assert not re.search("Error|Stopped|left out", told), told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("os.mkdir('shut', 0)", "it made a folder that the grader may not look into"),
        ("os.makedirs('a/b'); os.mkdir('a/b/c', 0o600)", "it made a folder that the grader may not look into"),
        (
            "for i in range(90): os.mkdir('d' * 50); os.chdir('d' * 50)",
            "it made a file or folder that cannot be measured: File name too long",
        ),
    ],
)
def test_what_cannot_be_measured_is_called_that_at_the_end_of_its_cell(source, told, tmp_path):
    """Also of a cell so short that nobody has looked at the child meanwhile."""
    assert texts(run(notebook(f"import os\n{source}", "'the next'"), tmp_path)) == [f"Stopped: {told}", ""]


def test_after_an_interrupt_the_notebook_goes_on_and_after_a_stop_it_does_not(tmp_path):
    nb = notebook("while True: pass", "'the next'", "import os; os._exit(3)", "'the last'")
    told = texts(run(nb, tmp_path, cell_seconds=1))
    assert told[1:] == ["'the next'", "Stopped: it ended itself (exit status 3)", ""]


@pytest.mark.parametrize(("name", "which"), [("sgd", "the cell 'sgd'"), ("", "an earlier cell")])
def test_a_test_after_a_stop_names_the_cell_that_was_stopped(name, which, tmp_path):
    nb = notebook("import os; os._exit(3)", "'a test'")
    if name:
        nb.cells[0].metadata["nbgrader"] = {"grade_id": name, "solution": True, "grade": False}
    nb.cells[1].metadata["nbgrader"] = {"grade_id": "test", "solution": False, "grade": True}
    said = f"not run, because {which} was stopped: it ended itself (exit status 3)"
    graded = run(nb, tmp_path)
    assert texts(graded)[1] == f"Stopped: {said}"
    found = from_failure(failures(graded)["test"], told_of_stop(graded))
    assert found.what == f"N{said[1:]}"


def test_what_it_tells_is_kept_up_to_a_size(tmp_path, monkeypatch):
    """Brackets are few bytes when they are sent, and many when they are read."""
    monkeypatch.setattr(host, "MOST_KEPT", 2 * MiB)
    told = "{'examine': 'x', 'trace': [[]] * 1000}"
    source = f"import sys\ntell = sys.modules['grading.sandbox.examine'].tell\nfor i in range(TIMES): tell({told})\n0"
    assert "than can be kept" not in texts(run(notebook(source.replace("TIMES", "5")), tmp_path))[0]
    (told,) = texts(run(notebook(source.replace("TIMES", "50")), tmp_path))
    assert told == "Stopped: it told the grader more values than can be kept"


READS_SLOWLY = """
import os, time
from grading import examiner
for _ in range(99):
    examiner.tell({"outputs": []})
channel = examiner.tell.__closure__[0].cell_contents
while True:
    time.sleep(0.1)
    os.read(channel.sock.fileno(), 1 << 16)
"""


def test_the_time_that_it_takes_to_read_counts(tmp_path):
    """What is sent waits until there is room for it, and for the answers nobody waits where they were there before."""
    nb = notebook(READS_SLOWLY, *[f"# {'x' * 2**18}"] * 20)
    assert "Stopped: all cells together took more than 1 s" in texts(run(nb, tmp_path, total_seconds=1))
