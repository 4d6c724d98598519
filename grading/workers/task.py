"""What workers hand back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failed:
    """Stands in place of a result: the work could not be done, for this reason, by no fault of the submission.

    Attributes
    ----------
    reason : str
    interrupted : bool
        Whether something outside the grader ended the submission's process, so that it is worth another try.
    """

    reason: str
    interrupted: bool = False
