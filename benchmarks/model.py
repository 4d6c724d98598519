"""How fast a cluster of so many workers grades, and what an evening's class needs.

``python -m benchmarks.model --each 0.22 --write 0.01 [--core 0.5 --cores 2]``, with what ``throughput`` and
``coordinator`` have measured. ``python -m benchmarks.model --check 60`` measures instead: it grades a class of so many
with 1, 2 and 4 workers, in turn, and prints the model's rate beside each. What the model needs it takes from the run
with one worker, and what a command takes that grades one submission is taken off.

A worker grades a submission in `each` seconds and gets its next one while its result is written. The coordinator takes
`write` seconds for each submission, whoever graded it. So n workers grade min(n / each, 1 / write) a second, if they
have cores enough. On one core, a submission takes `core` seconds with all that belongs to it; on a machine with so many
`cores`, no more than cores / core can be graded in a second, whatever the number of workers.
"""

import math
import os
import statistics
from typing import Annotated

import typer

from .classes import machine
from .throughput import ours

PRICE = 0.05  # dollars for an hour of one core, as large clouds ask for machines of general use


CREWS = (1, 2, 4)  # numbers of workers that are measured


def main(
    each: Annotated[float, typer.Option(help="Seconds that one worker takes for a submission.")] = 0.22,
    write: Annotated[float, typer.Option(help="Seconds that the coordinator takes for one.")] = 0.01,
    core: Annotated[float, typer.Option(help="Seconds for a submission where all is done on one core.")] = 0.0,
    cores: Annotated[float, typer.Option(help="How many there are.", show_default="enough")] = math.inf,
    submissions: Annotated[int, typer.Option(help="Of one evening.")] = 100_000,
    hours: Annotated[float, typer.Option(help="How long the evening is.")] = 4,
    check: Annotated[int | None, typer.Option(min=2, help="Grade a class of so many, and compare.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often, with --check.")] = 3,
) -> None:
    """Print both."""
    if check:
        compare(check, write, rounds)
        return
    for workers in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000):
        a_second = min(rate(workers, each, write), cores / core if core else math.inf)
        typer.echo(f"{workers:5} workers  {60 * a_second:7.0f} a minute")
    workers = math.ceil(submissions * each / (3600 * hours))
    seconds = submissions / rate(workers, each, write)
    cost = workers * seconds / 3600 * PRICE
    typer.echo(
        f"{submissions} submissions in {hours:g} h: {workers} cores for {seconds / 3600:.1f} h, "
        f"about {cost:.2f} dollars at {PRICE} a core and hour"
    )


def compare(students: int, write: float, rounds: int) -> None:
    """Measure what some numbers of workers grade in a second, and print it beside the model."""
    typer.echo(machine())
    cores, found, core = len(os.sched_getaffinity(0)), {workers: [] for workers in CREWS}, []
    for _ in range(rounds):
        for workers in CREWS:
            start, taken = ours(1, workers), ours(students, workers)
            found[workers].append((students - 1) / (taken.seconds - start.seconds))
            if workers == 1:
                core.append((taken.cpu - start.cpu) / (students - 1))
    each, on_one_core = 1 / statistics.median(found[1]), statistics.median(core)
    typer.echo(f"one worker takes {each:.3f} s for a submission, and {on_one_core:.3f} core seconds; {cores} cores")
    for workers, rates in found.items():
        model, measured = min(rate(workers, each, write), cores / on_one_core), statistics.median(rates)
        typer.echo(
            f"{workers:2} workers  {60 * measured:5.0f} a minute ({60 * min(rates):.0f} to {60 * max(rates):.0f}), "
            f"the model says {60 * model:5.0f}, measured / model {measured / model:.2f}"
        )
    two, four = statistics.median(found[2]), statistics.median(found[4])
    typer.echo(f"4 workers grade {four / two:.2f} times what 2 do")


def rate(workers: int, each: float, write: float) -> float:
    """Submissions a second."""
    return min(workers / each, 1 / write)


if __name__ == "__main__":
    typer.run(main)
