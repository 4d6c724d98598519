"""Wrong optimizers on purpose, and the misconception that each stands for."""

from .registry import MISCONCEPTIONS, MUTANTS, Misconception, Mutant

__all__ = ["MISCONCEPTIONS", "MUTANTS", "Misconception", "Mutant"]
