"""Where the course lives, and what to say of a mistake of its user. Loads nothing."""

from pathlib import Path

ASSIGNMENT = "07_optimizers"
HOME = Path(__file__).resolve().parent
LESSON = HOME / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


class CourseError(Exception):
    """Something the user can mend, said in one line."""
