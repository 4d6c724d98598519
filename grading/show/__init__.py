"""What a student was asked, what the code did call by call, and what is right: for a talk in office hours."""

from .run import Shown, run_again
from .screen import print_failed, print_shown

__all__ = ["Shown", "print_failed", "print_shown", "run_again"]
