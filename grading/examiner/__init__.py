"""Ask a submission's classes and functions on drawn inputs, and judge them outside the process that runs them.

The engine. It knows no assignment: what to ask, and what must come out, is in an exam, a folder in ``grading/exams/``.
An exam imports from the engine only what is named here.
"""

from ..sandbox.profile import SandboxProfile
from ..sandbox.untrusted import Malformed, expect
from ..util.files import atomic_write
from .answers import NumericAnswer
from .check import Check, Examination, Judgement, seed_of
from .exam import Exam, Family
from .in_process import CheckFailed, examine
from .verdict import FAR, Deviation, Misconception, Mutant, Variant, Verdict

__all__ = [
    "FAR",
    "Check",
    "CheckFailed",
    "Deviation",
    "Exam",
    "Examination",
    "Family",
    "Judgement",
    "Malformed",
    "Misconception",
    "Mutant",
    "NumericAnswer",
    "SandboxProfile",
    "Variant",
    "Verdict",
    "atomic_write",
    "examine",
    "expect",
    "seed_of",
]
