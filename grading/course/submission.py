"""What a student handed in, and what grading made of it: bytes and numbers that can travel."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Submission:
    """What a student handed in: a notebook and its name, and the files beside it by relative path."""

    student: str
    name: str
    notebook: bytes
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A digest of all of it, to tell one submission from another."""
        parts = {f"{self.name}.ipynb": self.notebook, **self.files}
        digests = [f"{name!r} {hashlib.sha256(parts[name]).hexdigest()}" for name in sorted(parts)]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()


@dataclass(frozen=True)
class GradingResult:
    """The result of grading one submission.

    Attributes
    ----------
    student : str
    problem : str
        Why it could not be graded; empty if it is.
    notebook : bytes
        As nbgrader's autograde leaves it; its metadata also hold the ``submission``'s digest.
    files : dict of str to bytes
        What stands beside it, by relative path.
    scores : dict of str to (float or None)
        By the names of the graded cells; None where a person has to say.
    unanswered : frozenset of str
        The solution cells that are as they were released.
    """

    student: str
    problem: str = ""
    notebook: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    scores: dict[str, float | None] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()


def not_in_the_way(theirs: Iterable[str], ours: Iterable[str]) -> list[str]:
    """Return the files of a submission that can stand beside ours: no file is also a folder, and none is there twice.

    Parameters
    ----------
    theirs, ours : iterable of str
        Relative paths.
    """
    files = set(ours)
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    return [
        path
        for path in theirs
        if path not in files | folders and not any(str(parent) in files for parent in PurePosixPath(path).parents)
    ]
