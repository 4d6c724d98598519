"""What it costs a training step to notice an array that was changed in place: ``python -m benchmarks.autograd``.

Autograd takes a fingerprint of each parameter when an operation uses it, and again in ``backward()``. Each network is
trained with and without that, in turns, and the shortest step of each counts, in the processor's time. The last lines
are about one array: its fingerprint beside reading it once (its sum), and beside a checksum of all its bytes.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import typer

from tinytorch import SGD, Adam, CrossEntropyLoss, Linear, ReLU, Sequential, Tensor
from tinytorch.core import autograd, tensor

from .classes import machine

SHAPES = (((64, 32, 10), 64), ((784, 256, 10), 64), ((1000, 1000, 1000, 10), 64), ((1000, 1000, 1000, 10), 1))


@contextmanager
def without_fingerprints() -> Iterator[None]:
    """Autograd that does not look whether an array has been changed."""
    kept = tensor.fingerprint
    tensor.fingerprint = autograd.fingerprint = lambda array: b""
    try:
        yield
    finally:
        tensor.fingerprint = autograd.fingerprint = kept


def training_step(sizes: tuple[int, ...], batch: int, make: Callable) -> Callable[[], None]:
    """A function that trains a network of linear layers for one step."""
    layers = [layer for i, size in enumerate(sizes[1:]) for layer in (Linear(sizes[i], size, seed=i), ReLU())]
    network, loss_function = Sequential(*layers[:-1]), CrossEntropyLoss()
    optimizer = make(network.parameters(), lr=1e-4)
    rng = np.random.default_rng(0)
    x, classes = Tensor(rng.normal(size=(batch, sizes[0]))), rng.integers(0, sizes[-1], batch)

    def step() -> None:
        loss_function(network(x), classes).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def shortest(function: Callable, seconds: float) -> float:
    """The shortest of the runs that fit into so many seconds."""
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.process_time()
        function()
        best = min(best, time.process_time() - begin)
    return best


def main(rounds: int = 20, seconds: float = 0.2) -> None:
    """Train each network in so many rounds, each so many seconds with fingerprints and as long without."""
    typer.echo(machine())
    for sizes, batch in SHAPES:
        for make in (SGD, Adam):
            step = training_step(sizes, batch, make)
            looking = blind = float("inf")
            for _ in range(rounds):
                looking = min(looking, shortest(step, seconds))
                with without_fingerprints():
                    blind = min(blind, shortest(step, seconds))
            network = " - ".join(map(str, sizes))
            typer.echo(
                f"{network:<26} batch {batch:>2}  {make.__name__:<5}{1e3 * blind:8.3f} ms a step, with fingerprints "
                f"{1e3 * looking:8.3f} ms: {looking / blind - 1:+.1%}"
            )
    for count in (1_000, 100_000, 1_000_000):
        array = np.random.default_rng(0).normal(size=count).astype(np.float32)
        ways = {"fingerprint": tensor.fingerprint, "sum": np.sum, "CRC-32": zlib.crc32}
        spent = {name: 1e6 * shortest(partial(way, array), rounds * seconds / 10) for name, way in ways.items()}
        typer.echo(f"{count:>9,} numbers: " + ", ".join(f"{name} {each:,.1f} µs" for name, each in spent.items()))


if __name__ == "__main__":
    typer.run(main)
