"""How fast a step of Adam can be in NumPy alone: ``OPENBLAS_NUM_THREADS=1 python -m benchmarks.optimizer_step``.

The lesson's first Adam, its FastAdam with whole arrays and in blocks, and PyTorch's Adam in its three ways, where it
is installed, take steps on the same number of parameters, on one thread, in turns; the shortest step of each counts,
in the processor's time. Its bytes alone are the 28 that a step must move for each parameter, at the speed of copying a
large array in the same run. A step can be faster where caches, or the machine, treat it better than a copy.

With 50 million parameters it needs 2 GB of memory.
"""

import time
from collections.abc import Callable

import numpy as np
import typer

from tinytorch.core.optimizers import Adam, FastAdam
from tinytorch.core.tensor import Tensor

from .classes import machine

MOVED = 28  # bytes for a parameter: value, gradient, m and v are read, value, m and v are written, in float32


def shortest(function: Callable[[], None], times: int) -> float:
    """The shortest of so many runs in seconds of the processor, after one that does not count."""
    function()
    spent = []
    for _ in range(times):
        begin = time.process_time()
        function()
        spent.append(time.process_time() - begin)
    return min(spent)


def ours(make: Callable, size: int, block: int | None = None) -> Callable[[], None]:
    """The step of an optimizer of the lesson."""
    w = Tensor(np.zeros(size, dtype=np.float32), requires_grad=True)
    w.grad = np.random.default_rng(0).standard_normal(size, dtype=np.float32)
    optimizer = make([w])
    if block:
        optimizer.BLOCK = block
    return optimizer.step


def theirs(torch, size: int, **way: bool) -> Callable[[], None]:
    """The step of PyTorch's Adam."""
    w = torch.zeros(size, requires_grad=True)
    w.grad = torch.randn(size)
    return torch.optim.Adam([w], **way).step


def copying(size: int) -> Callable[[], None]:
    """What moves 8 bytes for each number and does nothing else."""
    source, target = np.ones(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    return lambda: np.copyto(target, source)


def contenders(size: int) -> dict[str, Callable[[], Callable[[], None]]]:
    """What makes a step, by its name."""
    makes = {
        "the listing, Adam": lambda: ours(Adam, size),
        "FastAdam, whole arrays": lambda: ours(FastAdam, size, size),
        "FastAdam, in blocks": lambda: ours(FastAdam, size),
        "copying": lambda: copying(size),
    }
    try:
        import torch
    except ModuleNotFoundError:
        return makes
    torch.set_num_threads(1)
    ways = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
    return makes | {f"PyTorch, {name}": lambda way=way: theirs(torch, size, **way) for name, way in ways.items()}


def main(size: int = 50_000_000, rounds: int = 5, times: int = 3) -> None:
    """Let all of them take so many steps in each round, one after the other."""
    typer.echo(f"{machine()}; {size:,} parameters, one thread")
    makes = contenders(size)
    best = dict.fromkeys(makes, float("inf"))
    for _ in range(rounds):
        for name, make in makes.items():
            best[name] = min(best[name], shortest(make(), times))
    best["its bytes alone"] = best.pop("copying") * MOVED / 8
    listing, default = best["the listing, Adam"], best.get("PyTorch, default")
    for name, spent in best.items():
        beside = f", {default / spent:5.2f} times as fast as PyTorch's default" if default else ""
        typer.echo(f"{name:<24}{1e3 * spent:8.1f} ms: {listing / spent:5.2f} times as fast as the listing{beside}")


if __name__ == "__main__":
    typer.run(main)
