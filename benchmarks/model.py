"""How fast a cluster of so many workers grades, and what an evening's class needs.

``python -m benchmarks.model --each 0.43 --write 0.01 [--core 0.5 --cores 2]``, with what ``throughput`` and
``coordinator`` have measured.

A worker grades a submission in `each` seconds and gets its next one while its result is written. The coordinator takes
`write` seconds for each submission, whoever graded it. So n workers grade min(n / each, 1 / write) a second, if they
have cores enough. On one core, a submission takes `core` seconds with all that belongs to it; on a machine with so many
`cores`, no more than cores / core can be graded in a second, whatever the number of workers.
"""

import math
from typing import Annotated

import typer

PRICE = 0.05  # dollars for an hour of one core, as large clouds ask for machines of general use


def main(
    each: Annotated[float, typer.Option(help="Seconds that one worker takes for a submission.")],
    write: Annotated[float, typer.Option(help="Seconds that the coordinator takes for one.")],
    core: Annotated[float, typer.Option(help="Seconds for a submission where all is done on one core.")] = 0.0,
    cores: Annotated[float, typer.Option(help="How many there are.", show_default="enough")] = math.inf,
    submissions: Annotated[int, typer.Option(help="Of one evening.")] = 100_000,
    hours: Annotated[float, typer.Option(help="How long the evening is.")] = 4,
) -> None:
    """Print both."""
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


def rate(workers: int, each: float, write: float) -> float:
    """Submissions a second."""
    return min(workers / each, 1 / write)


if __name__ == "__main__":
    typer.run(main)
