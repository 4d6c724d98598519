"""Wrong optimizers on purpose, and the misconception that each stands for.

A misconception, made by ``registry.misconception``, decorates the classes that stand for it.
"""

from . import adam, adamw, first_tries, optimizer, sgd, shared, slips, typical, typical_adam, typical_sgd  # noqa: F401 - they fill them
from .registry import MISCONCEPTIONS, MUTANTS

__all__ = ["MISCONCEPTIONS", "MUTANTS"]
