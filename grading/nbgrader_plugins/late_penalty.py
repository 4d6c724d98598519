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
    grace_minutes = Float(
        0.0, min=0.0, help="Minutes after the due date that cost nothing; days are counted from their end."
    ).tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        late = total_seconds_late - 60 * self.grace_minutes
        if late <= 0:
            return None
        if not self.points_per_day:
            return super().late_submission_penalty(student_id, score, late)
        return self.points_per_day * ceil(late / DAY)
