"""The exam of the example ps1: what its hidden tests ask, and the slips that they know by name."""

import numpy as np

from grading.examiner import answer, call, check, new, slip


@check("ps1.softmax", about="softmax of a matrix, row by row")
def softmax_cases(rng):
    yield call(rng.normal(size=(3, 4)))
    yield call(rng.normal(size=(1, 5)))
    yield call(np.full((2, 2), 1000.0))  # must not overflow


@slip(
    "ps1.softmax", hint="What is np.exp(1000)? Which number can you take away from a row without changing its softmax?"
)
def no_shift(x):
    """the exponential of a large number overflows"""
    powers = np.exp(x)
    return powers / powers.sum(axis=1, keepdims=True)


@slip("ps1.softmax", hint="What does each row add up to? And the whole matrix?")
def one_sum(x):
    """one sum for the whole matrix, where each row needs its own"""
    powers = np.exp(x - x.max())
    return powers / powers.sum()


@check("ps1.gradient", about="slopes by central differences", relative=1e-8, absolute=1e-9)
def gradient_cases(rng):
    yield call(np.prod, rng.normal(size=3))  # a function of NumPy travels by its name
    yield call(np.var, rng.normal(size=5))


@slip("ps1.gradient", hint="You look to one side only. What is the slope between x - h and x + h?")
def one_sided(f, x, h=1e-5):
    """a difference to one side, where one to both sides is asked"""
    slopes = np.zeros_like(x)
    for i in range(x.size):
        moved = x.copy()
        moved[i] += h
        slopes[i] = (f(moved) - f(x)) / h
    return slopes


@slip("ps1.gradient", hint="What is in x after your function has ended?")
def leaves_x_moved(f, x, h=1e-5):
    """x is moved, and never moved back"""
    slopes = np.zeros_like(x)
    for i in range(x.size):
        before = x[i]
        x[i] = before + h
        above = f(x)
        x[i] = before - h
        slopes[i] = (above - f(x)) / (2 * h)
    return slopes


@check("ps1.running_mean", about="a mean that grows with each number")
def running_mean_cases(rng):
    first, second = rng.normal(size=2)
    yield new().call("add", first).call("mean").call("add", second).call("mean").get("count")
    yield new().call("add", 2.0).call("mean")  # another one, which knows nothing of the first
    yield new().call("mean").raises(ValueError)


@slip("ps1.running_mean", hint="What should mean() do before any number was added? The text above the class says it.")
class MeanOfNothing:
    """without any number, the mean is 0"""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value):
        self.total += value
        self.count += 1

    def mean(self):
        return self.total / max(self.count, 1)


answer("ps1.jacobian", 100, "numbers", slips=[(10, "Each of the 10 results depends on each of the 10 numbers.")])
