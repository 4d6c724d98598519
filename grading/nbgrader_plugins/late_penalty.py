"""The penalty for late submissions, in points per day."""

from math import ceil

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

DAY = 24 * 60 * 60  # seconds


class PointsPerDay(LateSubmissionPlugin):
    """Take points off for each day begun after the due date; without any, nbgrader's own rule applies."""

    points_per_day = Float(
        0.0, min=0.0, help="Points that each day begun after the due date costs, in each notebook."
    ).tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        if not self.points_per_day:
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        return self.points_per_day * ceil(total_seconds_late / DAY)
