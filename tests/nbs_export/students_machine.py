"""A student's machine: a clone of the student folder, a clean environment made by Binder's very steps, JupyterLab."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from fastcore.xtras import working_directory
from repo2docker.app import Repo2Docker


def binders_steps(folder):
    """What Binder runs in a clone: to install, and when that is done."""
    app = Repo2Docker()
    with working_directory(folder):
        pack = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
        return [script for _, script in pack.get_assemble_scripts()], pack.get_post_build_scripts()


def readme_steps(folder):
    """The lines that the README has a student type."""
    return re.search(r"```bash\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)[1].splitlines()


class Machine:
    """A clone of a student folder in `folder`, and nobody's settings.

    Attributes
    ----------
    seconds : dict of str to float
        What each step took.
    changed : str
        What `git status` said had changed once everything was installed.
    """

    def __init__(self, origin, root):
        self.origin, self.folder, self.home = origin, root / "clone", root / "home"
        self.home.mkdir()
        python = Path(sys.executable).parent
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")} | {
            "HOME": str(self.home),
            "KERNEL_PYTHON_PREFIX": str(self.folder / ".venv"),
            "PATH": f"{self.folder}/.venv/bin:{python}:{os.environ['PATH']}",
        }
        self.seconds = {}

    def run(self, command, folder=None):
        """Run a line of shell in the clone."""
        begin = time.perf_counter()
        done = subprocess.run(
            command, shell=True, cwd=folder or self.folder, env=self.environment, capture_output=True, text=True
        )
        self.seconds[command] = time.perf_counter() - begin
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def clone(self):
        """Clone the folder, as pushed. Of an earlier clone the environment stays; what Jupyter remembers goes."""
        fresh = self.folder.with_name("fresh")
        self.run(f"git clone --quiet '{self.origin}' '{fresh}'", folder=self.origin)
        if self.folder.exists():
            os.replace(self.folder / ".venv", fresh / ".venv")
            shutil.rmtree(self.folder)
        os.replace(fresh, self.folder)
        shutil.rmtree(self.home / ".jupyter", ignore_errors=True)

    def install(self):
        """Take Binder's steps in the clone."""
        self.run(readme_steps(self.folder)[0])  # Binder's base image has made an environment, this machine has not
        installing, afterwards = binders_steps(self.folder)
        for step in installing + afterwards:
            self.run(step)
        self.changed = self.run("git status --porcelain")

    def size(self):
        """Bytes of the environment."""
        return sum(path.stat().st_size for path in (self.folder / ".venv").rglob("*") if not path.is_symlink())


class Lab:
    """JupyterLab, started as the README says; `url` is its page with the file list."""

    def __init__(self, machine):
        *_, command = readme_steps(machine.folder)
        self.process = subprocess.Popen(
            f"exec {command} --no-browser --allow-root --ServerApp.port=0",
            shell=True, cwd=machine.folder, env=machine.environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = deque(maxlen=50)
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\?token=\S+", line):
                self.url = found[0]
                break
        else:
            raise AssertionError("JupyterLab has ended:\n" + "".join(said))
        threading.Thread(target=deque, args=(self.process.stderr, 0), daemon=True).start()  # lest the pipe fill up

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(60)
        self.process.stderr.close()
