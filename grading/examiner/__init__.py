"""Ask a submission's classes and functions on drawn inputs, and judge them outside the process that runs them.

The engine. It knows no assignment: what to ask, and what must come out, is in an exam, a folder in ``grading/exams/``.
An exam imports from the engine only what is named here.
"""

from ..sandbox.profile import SandboxProfile
from ..sandbox.untrusted import Malformed, expect
from ..util.files import atomic_write
from .answers import NumericAnswer
from .cases import answer, call, check, new, slip
from .exam import Exam, Family
from .examination import Check, Examination, Judgement, seed_of
from .explanation import CallExplained, CaseExplained, Compared
from .in_process import CheckFailed, examine
from .verdict import FAR, Deviation, Misconception, Mutant, Variant, Verdict

__all__ = [
    "FAR",
    "CallExplained",
    "CaseExplained",
    "Check",
    "CheckFailed",
    "Compared",
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
    "answer",
    "atomic_write",
    "call",
    "check",
    "examine",
    "expect",
    "new",
    "seed_of",
    "slip",
]
