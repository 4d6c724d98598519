"""What a cell gets in the place of a program, such as ``!pip install numpy``: no program runs while grading.

In Jupyter a line for the shell raises nothing, whatever becomes of it, and the cell goes on. So it does here: such a
line only says that it was left out. What Python itself starts, by ``subprocess`` and the like, raises what the kernel
makes of it, with words to it. Nothing here keeps a program from running: the kernel does.
"""

import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList

NOT_FOUND = 127  # a shell's status for a program that is not there
INSTALLERS = ("pip", "conda", "mamba", "micromamba", "uv")  # IPython's magics that run one
VARIABLE = re.compile(r"--(?:out|err)(?:=|\s+)([^\W\d]\w*)")  # where a cell of a script puts what it prints
REFUSED = "no programs or processes are started while grading"
LONGEST = 100  # characters of a command in a note


def note(command: str) -> str:
    """What stands in the output of a cell for a line that would run a program."""
    line = " ".join(command.split())
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
    return f"[No programs run while grading: `{line}` is left out.]"


class NoPrograms(InteractiveShell):
    """IPython whose lines and cells for programs say that they are left out."""

    def system(self, cmd: str) -> None:
        print(note(f"!{cmd}"))
        self.user_ns["_exit_code"] = NOT_FOUND

    system_raw = system_piped = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | LSString:
        """Return what a program has printed, which is nothing."""
        print(note(f"!{cmd}"))
        return SList() if split else LSString("")

    def init_magics(self) -> None:
        super().init_magics()
        for name in INSTALLERS:
            if self.find_line_magic(name):
                self.register_magic_function(self.left_out_line(name), "line", name)
        scripts = self.magics_manager.registry["ScriptMagics"]
        scripts.shebang = self.left_out_script  # what %%bash and the others call
        self.register_magic_function(self.left_out_script, "cell", "script")
        self.register_magic_function(self.left_out_shell, "line_cell", "shell")  # Colab's

    def left_out_line(self, name: str) -> Callable[[str], None]:
        def magic(line: str) -> None:
            print(note(f"%{name} {line}"))

        return magic

    def left_out_script(self, line: str, cell: str) -> None:
        print(note(f"%%{line}"))
        self.user_ns.update(dict.fromkeys(VARIABLE.findall(line), ""))

    def left_out_shell(self, line: str, cell: str = "") -> None:
        print(note(f"{'%%' if cell else '%'}shell {line}"))


def explain_refusals() -> None:
    """Give words to what the kernel says to Python's own ways to start a program."""
    for module, name in [
        (os, "fork"),
        (os, "forkpty"),
        (os, "posix_spawn"),
        (os, "posix_spawnp"),
        (os, "execv"),
        (os, "execve"),
        (subprocess, "_fork_exec"),
    ]:
        if hasattr(module, name):
            setattr(module, name, explained(getattr(module, name)))
    os.system = told(os.system)


def explained(start: Callable) -> Callable:
    """The same function, with words in the exception that a refusal raises."""

    def started(*arguments: Any, **keywords: Any) -> Any:
        try:
            return start(*arguments, **keywords)
        except PermissionError as error:
            raise PermissionError(error.errno, REFUSED) from None

    return started


def told(system: Callable[[str], int]) -> Callable[[str], int]:
    """``os.system``, with a note where it says nothing but a number."""

    def started(command: str) -> int:
        status = system(command)
        if status:
            print(note(f"os.system({command!r})"))
        return status

    return started
