"""Show the progress of grading: how many are done, how fast, and how many could not be graded."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ..workers.task import Failed


class RateColumn(ProgressColumn):
    """A progress column that shows items per minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:.0f} a minute" if task.speed else "")


def show_progress(
    console: Console, what: str, done: Iterator[tuple[Any, Any]], total: int
) -> Iterator[tuple[Any, Any]]:
    """Yield results as they come, and show a progress bar.

    Parameters
    ----------
    console : Console
    what : str
        What is being done.
    done : iterator of (item, result)
        Results with a ``problem``, and those that are Failed, are counted as such.
    total : int
        How many there will be.
    """
    if not total:
        yield from done
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        task, failed = progress.add_task(what, total=total, failed=""), 0
        for item, result in done:
            yield item, result
            failed += isinstance(result, Failed) or bool(getattr(result, "problem", ""))
            progress.update(task, advance=1, failed=f"[yellow]{failed} not graded[/yellow]" if failed else "")
