"""Where an instructor's solution runs: in a folder of its own, and without a trace in the process that grades."""

import contextlib
import os
import shutil
import sys
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import numpy as np

NOWHERE = "agg"  # matplotlib's name for what draws into memory


class Workplace:
    """A folder with the files of an assignment, kept as long as this object is.

    Parameters
    ----------
    files : Mapping of str to bytes
        By relative path.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="grading-solution-"))
        weakref.finalize(self, remove, self.folder, os.getpid())
        for name, data in files.items():
            path = Path(self.folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.modules: dict[str, ModuleType] = {}  # those that were imported from the folder
        self.recursion = sys.getrecursionlimit()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Stand in the folder, and print and draw nothing; what code changes in this process is put back after it.

        That is how deep it may recurse, its warnings and those of NumPy, where it looks for modules, and where it is.
        """
        before, path, recursion = os.getcwd(), sys.path[:], sys.getrecursionlimit()
        with contextlib.ExitStack() as stack:
            nowhere = stack.enter_context(open(os.devnull, "w"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            stack.enter_context(contextlib.redirect_stderr(nowhere))
            stack.enter_context(warnings.catch_warnings())
            stack.enter_context(np.errstate())
            stack.enter_context(drawing_nowhere())
            sys.setrecursionlimit(self.recursion)
            sys.path.insert(0, self.folder)
            sys.modules.update(self.modules)
            os.chdir(self.folder)
            try:
                yield
            finally:
                os.chdir(before)
                sys.path[:] = path
                self.recursion = sys.getrecursionlimit()
                sys.setrecursionlimit(recursion)
                self.modules |= {name: module for name, module in sys.modules.copy().items() if self.has(module)}
                for name in self.modules:  # another notebook may have one of the same name
                    sys.modules.pop(name, None)

    def has(self, module: ModuleType) -> bool:
        """Whether a module was imported from the folder."""
        return str(getattr(module, "__file__", None)).startswith(f"{self.folder}{os.sep}")


def remove(folder: str, process: int) -> None:
    """Remove the folder, unless this is a fork of the process that made it."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def drawing_nowhere() -> Iterator[None]:
    """See to it that no figure opens a window and waits for somebody to close it; then draw as before."""
    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = NOWHERE
    loaded = sys.modules.get("matplotlib")
    chosen = dict.get(loaded.rcParams, "backend") if loaded else before
    if loaded:
        loaded.use(NOWHERE)
    try:
        yield
    finally:
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")
        del os.environ["MPLBACKEND"]
        os.environ |= {"MPLBACKEND": before} if before else {}
        if isinstance(chosen, str) and (loaded := sys.modules.get("matplotlib")):
            loaded.use(chosen)
