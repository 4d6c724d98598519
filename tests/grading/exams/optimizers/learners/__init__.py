"""Wrong optimizers as learners write them: each in another style, with one typical mistake.

They share no code with the mutants, so that they show whether a hint finds those who made the mistake in their own
words.
"""

from . import adam, adamw, first_tries, optimizer, sgd, sgd_gradients, sgd_state, slips  # noqa: F401 - they fill the table
from .registry import LEARNERS

__all__ = ["LEARNERS"]
