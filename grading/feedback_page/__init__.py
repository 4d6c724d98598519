"""The page that a student gets: nbgrader's own, extended by what the examiner found."""

from .exporter import FeedbackExporter
from .preprocessor import FeedbackPage

__all__ = ["FeedbackExporter", "FeedbackPage"]
