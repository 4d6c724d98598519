"""What an instructor wants to know of a graded class, as one page and as CSV."""

from .facts import ClassFacts, read_class
from .page import write_page
from .table import write_csv

__all__ = ["ClassFacts", "read_class", "write_csv", "write_page"]
