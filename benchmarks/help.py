"""How long every command takes to print its help: ``python -m benchmarks.help [--rounds 5]``.

Beside them stands ``python -c pass``, in turn. The core seconds say what it would be on a machine that does nothing
else.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import typer

from grading.cli import app as grading
from nbs_export.__main__ import app as nbs_export

from .classes import machine

HERE = Path(__file__).resolve().parent.parent


def main(rounds: int = 5) -> None:
    """Ask every command for its help."""
    typer.echo(machine())
    reference, slowest = [], (0.0, "")
    for module, app in (("grading", grading), ("nbs_export", nbs_export)):
        for command in ["", *sorted(typer.main.get_command(app).commands)]:
            words = ["-m", module, *filter(None, [command]), "--help"]
            taken = []
            for _ in range(rounds):
                reference.append(run(["-c", "pass"]))
                taken.append(run(words))
            name = f"python {' '.join(words)}"
            typer.echo(f"{name:48} {line(taken)}")
            slowest = max(slowest, (statistics.median(cpu for _, cpu in taken), name))
    typer.echo(f"{'python -c pass':48} {line(reference)}")
    typer.echo(f"slowest, by core seconds: {slowest[1]}, {slowest[0]:.2f}")


def run(words: list[str]) -> tuple[float, float]:
    """Run Python; its time by the clock, and its core seconds."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], cwd=HERE, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"python {' '.join(words)} failed")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def line(taken: list[tuple[float, float]]) -> str:
    """The medians, and what lies beside them."""
    seconds, cpu = zip(*taken, strict=True)
    return (
        f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), "
        f"{statistics.median(cpu):.2f} core seconds"
    )


if __name__ == "__main__":
    typer.run(main)
