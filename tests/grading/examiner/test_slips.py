"""A hint is given to those whom it is true of."""

import math

import pytest

from tests.grading.examiner.test_solutions import exam_of, verdict

PRIMES = """
from grading.examiner import call, check, slip
@check("nb.f", about="whether a number is prime")
def cases(rng):
    for number in (7, 9, 4, 1, 25):
        yield call(number)
@slip("nb.f", hint="Does your loop come to the root itself?")
def root_is_left_out(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5)))
"""
MEANS = """
from grading.examiner import call, check, slip
@check("nb.f", about="a mean without the smallest")
def cases(rng):
    for count in (1, 5, 9):
        yield call(rng.normal(size=count).tolist())
    yield call([]).raises(ValueError)
@slip("nb.f", hint="By how many do you divide?")
def divides_by_all(xs):
    if not xs:
        raise ValueError
    return (sum(xs) - min(xs)) / len(xs)
@slip("nb.f", hint="What is to happen without any number?")
def nothing_is_0(xs):
    return (sum(xs) - min(xs)) / max(len(xs) - 1, 1) if xs else 0.0
"""
IS_PRIME = "def f(n):\n    return n > 1 and all(n % d for d in range(2, n))"
MEAN = (
    "def f(xs):\n    if not xs:\n        raise ValueError('none')\n    return (sum(xs) - min(xs)) / max(len(xs) - 1, 1)"
)


def mean(xs, less=1, none=ValueError):
    if not xs:
        if none is ValueError:
            raise ValueError
        return none
    return (sum(xs) - min(xs)) / max(len(xs) - less, 1)


SUBMITTED = {
    "the slip itself": (PRIMES, lambda n: n > 1 and all(n % d for d in range(2, math.ceil(n**0.5))), "to the root"),
    "always true": (PRIMES, lambda n: True, ""),
    "odd numbers": (PRIMES, lambda n: n % 2 == 1, ""),
    "divides by all": (MEANS, lambda xs: mean(xs, 0), "how many"),
    "two slips": (MEANS, lambda xs: mean(xs, 0, 0.0), "how many"),
    "two slips, one unknown": (MEANS, lambda xs: mean(xs, 0, "x"), "how many"),
    "no exception": (MEANS, lambda xs: mean(xs, 1, 0), "without any number"),
    "another value": (MEANS, lambda xs: mean(xs, 1, None), ""),
    "another mistake": (MEANS, lambda xs: mean(xs, 2), ""),
    "always nought": (MEANS, lambda xs: 0.0, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBMITTED)
def test_a_hint_is_true_of_whom_it_is_given_to(name):
    text, subject, hint = SUBMITTED[name]
    said = verdict(exam_of(IS_PRIME if text is PRIMES else MEAN, text=text), subject)
    assert said and (hint in said if hint else "Hint" not in said), said
