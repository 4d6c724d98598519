"""The student's page of feedback: nbgrader's own, with what the examiner found above the cells."""

from .exporter import FeedbackExporter
from .preprocessor import FeedbackPage

__all__ = ["FeedbackExporter", "FeedbackPage"]
