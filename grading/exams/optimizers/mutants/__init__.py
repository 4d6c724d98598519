"""Wrong optimizers on purpose, and the misconception that each stands for."""

from .registry import MISCONCEPTIONS, MUTANTS

__all__ = ["MISCONCEPTIONS", "MUTANTS"]
