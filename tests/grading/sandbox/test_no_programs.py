"""A line for the shell says that it is left out, and its cell goes on."""

import pytest
from cells import notebook, run, texts

LINES = {
    "!pip install numpy": "`!pip install numpy`",
    "%pip install -q numpy": "`%pip install -q numpy`",
    "%conda install numpy": "`%conda install numpy`",
    "%uv pip install numpy": "`%uv pip install numpy`",
    "version = !python --version": "`!python --version`",
    "!!ls": "`!ls`",
    "%ls": "`!ls",
    "%sx ls": "`!ls`",
    "%system ls": "`!ls`",
    "%sc files=ls": "`!ls`",
    "files = %sx ls": "`!ls`",
    "%shell ls": "`%shell ls`",
    "for name in 'ab':\n    !echo {name}": "`!echo {name}`",
    "if True:\n    %pip install numpy": "`%pip install numpy`",
    "get_ipython().system('ls')": "`!ls`",
    f"!echo {'x' * 500}": "x …` is left out",
}
CELLS = ["%%bash\nls", "%%sh\nls", "%%script perl\n1", "%%python\n1", "%%system\nls", "%%!\nls", "%%shell\nls"]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What each line said, in a cell with a class below it."""
    cells = [f"{line}\nclass After:\n    pass\nprint('went on')" for line in LINES]
    return dict(zip(LINES, texts(run(notebook(*cells), tmp_path_factory.mktemp("lines"))), strict=True))


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_left_out_and_the_cell_goes_on(said, line):
    assert said[line].startswith("[No programs run while grading: ") and LINES[line] in said[line]
    assert "went on" in said[line] and "Error" not in said[line]


def test_a_cell_for_another_program_is_left_out(tmp_path):
    said = texts(run(notebook(*CELLS), tmp_path))
    assert all(text.startswith("[No programs run while grading: ") and "Error" not in text for text in said)


def test_what_a_program_would_have_printed_is_empty(tmp_path):
    nb = notebook(
        "x = !ls\nx == [] and x.s == '' and x.n == ''",
        "_exit_code",
        "%%bash --out printed --err said\nls",
        "!ls\n(_exit_code, printed, said)",
    )
    said = texts(run(nb, tmp_path))
    assert "True" in said[0] and "(127, '', '')" in said[3]


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess; subprocess.run(['ls'])",
        "import subprocess; subprocess.check_output('ls', shell=True)",
        "import os; os.popen('ls').read()",
        "import os; os.fork()",
        "import os; os.execv('/bin/ls', ['ls'])",
        "import os; os.posix_spawn('/bin/ls', ['ls'], {})",
        "import asyncio; await asyncio.create_subprocess_shell('ls')",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
    ],
)
def test_what_python_starts_is_refused_with_words(tmp_path, code):
    (said,) = texts(run(notebook(code), tmp_path))
    assert said == "PermissionError: [Errno 1] no programs or processes are started while grading"


def test_os_system_says_why_it_returns_an_error(tmp_path):
    (said,) = texts(run(notebook("import os; os.system('ls') != 0"), tmp_path))
    assert said == "[No programs run while grading: `os.system('ls')` is left out.]\n True"
