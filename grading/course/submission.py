"""What a student handed in, and what grading made of it: bytes and numbers that can travel."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .answers import Answer

if TYPE_CHECKING:  # it takes long to load, and workers do not need it
    from .grading_record import GradingRecord


@dataclass(frozen=True)
class Submission:
    """What a student handed in for an assignment.

    Attributes
    ----------
    student : str
    notebooks : dict of str to bytes
        By name, as nbgrader has it: without ``.ipynb``.
    files : dict of str to bytes
        What stands beside them, by relative path.
    refused : dict of str to str
        The notebooks of the assignment that are missing or cannot be read, and why.
    """

    student: str
    notebooks: dict[str, bytes]
    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A digest of all of it, to tell one submission from another."""
        parts = {f"{name}.ipynb": data for name, data in self.notebooks.items()} | self.files
        digests = [f"{name!r} {hashlib.sha256(parts[name]).hexdigest()}" for name in sorted(parts)]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()


@dataclass(frozen=True)
class GradedNotebook:
    """One notebook of a submission, graded.

    Attributes
    ----------
    data : bytes
        As nbgrader's autograde leaves it; its metadata also hold the digests of the ``submission``, and of what it was
        ``judged_by``.
    scores : dict of str to (float or None)
        By the names of the graded cells; None where a person has to say.
    unanswered : frozenset of str
        The solution cells that are as they were released.
    answers : dict of str to Answer
        What the student wrote, by the names of the cells that have points or comments.
    """

    data: bytes
    scores: dict[str, float | None] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True)
class GradingResult:
    """The result of grading one submission.

    Attributes
    ----------
    student : str
    problem : str
        Why none of it could be graded; empty if some of it is.
    notebooks : dict of str to GradedNotebook
        By name.
    files : dict of str to bytes
        What stands beside them, by relative path.
    refused : dict of str to str
        The notebooks of the assignment that could not be graded, and why.
    kept : frozenset of str
        Those of the refused whose older grade stays.
    record : GradingRecord or None
        What the grades were made from, without the answers; None if that is not known.
    """

    student: str
    problem: str = ""
    notebooks: dict[str, GradedNotebook] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    record: "GradingRecord | None" = None


def listed_reasons(refused: Mapping[str, str], several: bool) -> str:
    """List why notebooks were refused, in one line.

    Parameters
    ----------
    refused : Mapping of str to str
        Reasons, by the names of notebooks.
    several : bool
        Whether the assignment has several notebooks, so that they need to be named.
    """
    if not several:
        return "; ".join(refused.values())
    names = defaultdict(list)
    for name in sorted(refused):
        names[refused[name]].append(f"{name}.ipynb")
    return "; ".join(f"{', '.join(files)}: {reason}" for reason, files in names.items())


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
