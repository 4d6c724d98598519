"""What nbgrader does to a submission before and while it is graded, where its own steps are not enough."""

from .confined_execute import ConfinedExecute
from .restore_cells import RestoreCells
from .save_cells import SaveCells

__all__ = ["ConfinedExecute", "RestoreCells", "SaveCells"]
