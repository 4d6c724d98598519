"""Workers that grade each kind of submission once, and hand out the recorded result from then on."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from grading.autograde.grade import grade_submission
from grading.course.assignment import Assignment
from grading.course.submission import GradingResult, Submission
from grading.workers.local_pool import LocalPool
from grading.workers.pool import Work

RECORDED: dict[tuple[bytes, ...], GradingResult] = {}  # of this worker, by the notebooks


def recorded(assignment: Assignment, submission: Submission) -> GradingResult:
    notebooks = tuple(submission.notebooks.values())
    if notebooks not in RECORDED:
        RECORDED[notebooks] = grade_submission(assignment, submission)
    return replace(RECORDED[notebooks], student=submission.student)


class RecordedPool(LocalPool):
    """A pool in which grading takes no time. Everything else is as it always is."""

    def map(self, work: Work, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        return super().map(recorded, items)
