"""The exam of Module 07: Optimizers.

``public/`` is the package ``diagnosis``, which students get too. The rest they never get. This file is the light part,
which says for which assignment the exam is and what a submission finds in its sandbox; ``exam`` is all of it.
"""

from grading.examiner import SandboxProfile

ASSIGNMENT = "07_optimizers"

GIVEN = ("tensor", "activations", "layers", "losses", "dataloader", "autograd")
PROFILE = SandboxProfile(
    modules=(
        "diagnosis",
        *(f"tinytorch.core.{name}" for name in GIVEN),
        "tinytorch.checkpoint",
        "tinytorch.sizing",
        "tinytorch.viz",
    ),
    readable=("diagnosis", "tinytorch"),
    hidden=("tinytorch", "modules", "nbs_export"),
    masked=("tinytorch.core.optimizers",),  # what the student writes
)
