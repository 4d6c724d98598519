"""The sizing function, against what the ZeRO paper prints and what tensors of this machine weigh."""

import numpy as np
import pytest

from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.sizing import training_memory

# Rajbhandari et al. (2020), table 1: GB on each device, by devices, for models of 7.5 B, 128 B and 1 T parameters, with
# the state, the gradients too, and the parameters too shared out. Some entries are rounded, some cut off.
TABLE_1 = """
1     120   120   120    2048 2048 2048   16000 16000 16000
4     52.5  41.3  30     896  704  512    7000  5500  4000
16    35.6  21.6  7.5    608  368  128    4750  2875  1000
64    31.4  16.6  1.88   536  284  32     4187  2218  250
256   30.4  15.4  0.47   518  263  8      4046  2054  62.5
1024  30.1  15.1  0.12   513  257  2      4011  2013  15.6
"""
ENTRIES = [
    (parameters, int(devices), zero, printed)
    for devices, *row in map(str.split, TABLE_1.strip().splitlines())
    for (parameters, zero), printed in zip(
        [(parameters, zero) for parameters in (7.5e9, 128e9, 1e12) for zero in (1, 2, 3)], row, strict=True
    )
]


@pytest.mark.parametrize(("parameters", "devices", "zero", "printed"), ENTRIES)
def test_the_papers_table(parameters, devices, zero, printed):
    last_digit = 10.0 ** -len(printed.partition(".")[2])
    held = training_memory(parameters, "Adam", "mixed", devices, zero)
    assert abs(held.total / 1e9 - float(printed)) < last_digit


@pytest.mark.parametrize(("zero", "printed"), [(0, 120.0), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_the_papers_first_figure(zero, printed):
    assert round(training_memory(7.5e9, "Adam", "mixed", 64, zero).total / 1e9, 1) == printed


@pytest.mark.parametrize(
    ("name", "make"), [("SGD", SGD), ("SGD + momentum", lambda p: SGD(p, momentum=0.9)), ("Adam", Adam)]
)
def test_float32_is_what_a_tensor_of_a_thousand_parameters_holds(name, make):
    w = Tensor(np.zeros(1000), requires_grad=True)
    w.grad = Tensor(np.ones(1000))
    optimizer = make([w])
    optimizer.step()
    lists = [held for attribute, held in vars(optimizer).items() if attribute.endswith("_buffers")]
    state = sum(buffer.nbytes for held in lists for buffer in held if buffer is not None)
    held = training_memory(1000, name)
    assert (held.parameters, held.gradients, held.state) == (w.nbytes, w.grad.nbytes, state)


def test_without_sharding_more_devices_change_nothing():
    assert training_memory(1e9, devices=64) == training_memory(1e9)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"parameters": 0}, "parameters"),
        ({"parameters": float("nan")}, "parameters"),
        ({"parameters": "7B"}, "parameters"),
        ({"optimizer": "adam"}, "optimizer must be one of SGD, SGD"),
        ({"precision": "fp8"}, "precision must be one of float32"),
        ({"devices": 0}, "devices"),
        ({"devices": 1.5}, "devices"),
        ({"zero": 4}, "zero"),
    ],
)
def test_what_cannot_be_meant_is_named(arguments, named):
    with pytest.raises(ValueError, match=f"^{named}"):
        training_memory(**{"parameters": 1e9, **arguments})
