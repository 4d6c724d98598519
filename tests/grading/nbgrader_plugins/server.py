"""A Jupyter server in a course folder, as an instructor starts one."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "secret"


@contextlib.contextmanager
def jupyter(folder, kind="server", *options):
    """Start ``jupyter server`` or ``jupyter lab`` in a folder; its address, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        Path(sys.executable).with_name("jupyter"), kind, "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", *options,
    ]  # fmt: skip
    address, log = f"http://127.0.0.1:{port}", folder / "server.log"
    with open(log, "w") as file, subprocess.Popen(command, cwd=folder, stdout=file, stderr=file) as server:
        try:
            deadline = time.monotonic() + 60
            while not answers(f"{address}/api/status?token={TOKEN}"):
                assert server.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
