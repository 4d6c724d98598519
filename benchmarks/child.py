"""What a confined process costs: ``python -m benchmarks.child``.

Prints the time from the request for a child to the output of its first cell, and the memory of the template, of a
zygote, and of a child that runs the lesson: of these two, what is their own, and not shared with others.
"""

import statistics
import time
from pathlib import Path

import nbformat
import typer

from grading.sandbox.host import Child, zygote
from grading.sandbox.limits import Limits
from grading.sandbox.template import template
from tests.course07 import LESSON, PROFILE

from .classes import machine


def main(times: int = 50) -> None:
    """Start children, one after the other."""
    typer.echo(machine())
    parent = zygote(PROFILE)
    starts = []
    for _ in range(times):
        before = time.perf_counter()
        child = Child(parent, Limits())
        child.run("1 + 1", receive=lambda message: None)
        starts.append(1000 * (time.perf_counter() - before))
        child.close()
    starts.sort()
    typer.echo(
        f"child to first cell   {statistics.median(starts):.0f} ms (median of {times}; fastest {starts[0]:.0f} ms, "
        f"slowest {starts[-1]:.0f} ms)"
    )
    typer.echo(f"template              {memory_of(template().process.pid, 'Rss'):.0f} MB resident")
    typer.echo(f"zygote                {own_memory(parent.pid):.0f} MB of its own")
    child = Child(parent, Limits(), LESSON.parent)
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.cell_type == "code" and "explore" not in cell.metadata.get("tags", []) and "examine" not in cell.source:
            child.run(cell.source, receive=lambda message: None)
    typer.echo(f"child, after the lesson  {own_memory(child.pid):.0f} MB of its own")
    child.close()


def own_memory(pid: int) -> float:
    """MB that a process shares with no other."""
    return memory_of(pid, "Private_Clean") + memory_of(pid, "Private_Dirty")


def memory_of(pid: int | str, kind: str) -> float:
    """MB of one kind, as the kernel counts them: ``VmRSS`` of a process's status, or a field of its smaps_rollup."""
    name = "status" if kind.startswith("Vm") else "smaps_rollup"
    for entry in Path(f"/proc/{pid}/{name}").read_text().splitlines():
        if entry.startswith(f"{kind}:"):
            return int(entry.split()[1]) / 1000
    raise ValueError(f"the kernel counts no {kind}")


if __name__ == "__main__":
    typer.run(main)
