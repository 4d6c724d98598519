"""What nbgrader loads by name, and belongs to no other room: preprocessors, exchange, late penalty, HTML filters."""

from .confined_execute import ConfinedExecute
from .get_grades import GetGrades
from .restore_cells import RestoreCells
from .save_auto_grades import SaveAutoGrades
from .save_cells import SaveCells

__all__ = ["ConfinedExecute", "GetGrades", "RestoreCells", "SaveAutoGrades", "SaveCells"]
