"""What workers hand back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failed:
    """Stands in place of a result: the work could not be done, for this reason."""

    reason: str
