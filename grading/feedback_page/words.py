"""The checks' names for students. They say what is looked at, and not what is right: that is for the hints to ask."""

import re

from ..examiner import ANSWERS
from ..examiner.checks import CHECKS

NAMES = {
    "optimizer.zero_grad": "zero_grad()",
    "optimizer.interface": "the base class itself",
    "sgd.defaults": "arguments and defaults",
    "sgd.step": "a plain step",
    "sgd.momentum": "momentum",
    "sgd.weight_decay": "weight decay",
    "sgd.gradients": "gradients, also missing",
    "sgd.get_state": "taking the state out",
    "sgd.set_state": "putting a state in",
    "adam.defaults": "arguments and defaults",
    "adam.moments": "the two averages",
    "adam.bias_correction": "bias correction",
    "adam.epsilon": "epsilon",
    "adam.weight_decay": "weight decay",
    "adam.gradients": "gradients, also missing",
    "adamw.defaults": "arguments and defaults",
    "adamw.step": "a step without decay",
    "adamw.decay": "decay",
    "adamw.moments": "the two averages",
    "adamw.gradients": "gradients, also missing",
}
CELLS = {"test-" + re.sub("[._]", "-", name): name for name in (*CHECKS, *ANSWERS)}  # a cell is called after its check


def name_of(grade_id: str) -> str:
    """What a graded cell asks for, in a few words."""
    check = CELLS.get(grade_id)
    if check in CHECKS:
        return f"{CHECKS[check].subject}: {NAMES[check]}"
    if check in ANSWERS:
        return check.replace(".", "_")  # the variable that holds the answer
    return grade_id.replace("-", " ")
