"""What an instructor wants to know of a graded class, as one page and as CSV."""

from .facts import ClassFacts, read_class
from .links import FORMGRADER, Links
from .page import write_page
from .table import write_csv

__all__ = ["FORMGRADER", "ClassFacts", "Links", "read_class", "write_csv", "write_page"]
