"""Read what students have handed in, as it lies in ``submitted/``: with care, whoever put it there."""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..sandbox.limits import Limits
from ..util.untrusted_files import (
    Bounds,
    Contents,
    NotPermitted,
    TooMuch,
    Unacceptable,
    UntrustedFolder,
    ignoring,
    is_plain_name,
)
from .lesson import Lesson
from .reader import NotGradable, read_time
from .renamed import ReadNotebooks, raised, read_notebooks
from .submission import Submission, listed_reasons


@dataclass(frozen=True)
class HandedIn:
    """What a student has handed in.

    Attributes
    ----------
    submission : Submission
    time : datetime or None
        When, in UTC, if a file beside the notebook says so.
    left_out : str
        What was not read and why, in one line; empty if nothing was.
    remarks : tuple of str
        What the instructor should know of its notebooks, each in one line: those under other names.
    paths : Mapping of str to str
        Where those notebooks are that have another name or place, by the assignment's names for them.
    """

    submission: Submission
    time: datetime | None
    left_out: str
    remarks: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)


class SubmittedReader:
    """Reads the submissions of an assignment.

    Parameters
    ----------
    submitted : Path
        The folder with a folder for each student.
    assignment : str
    limits : Limits
        Of these, how much may be beside a notebook: as much as a submission may write.
    ignored : iterable of str
        Patterns of the files that nbgrader does not copy with a folder.
    lessons : Mapping of str to Lesson
        The assignment's notebooks, by which one under another name is recognised; without them, none is.
    """

    def __init__(
        self,
        submitted: Path,
        assignment: str,
        limits: Limits,
        ignored: Iterable[str],
        lessons: Mapping[str, Lesson] | None = None,
    ) -> None:
        self.submitted, self.assignment, self.lessons = submitted, assignment, lessons or {}
        self.bounds = Bounds(limits.scratch_size, limits.scratch_files)
        self.skipped, self.ignored = ignoring(ignored), ignoring([*ignored, "*.ipynb"])

    def read(self, student: str, *names: str, hard_links: bool = False) -> HandedIn:
        """Read a submission: some notebooks of the assignment, or all.

        Parameters
        ----------
        student : str
        *names : str
            The assignment's notebooks.
        hard_links : bool
            Whether files may have other names, as a backup by ``cp -al`` gives them.

        Raises
        ------
        NotGradable
            If there is no notebook that can be read, or if all of it is far too large.
        NotPermitted
            If whoever grades may not read it.
        """
        try:
            with self.folder(student) as folder:
                beside = self.beside(folder, hard_links)
                found = self.notebooks(folder, names, hard_links)
                time = read_time(folder, hard_links=hard_links)
                files = folder.read_all(beside)
        except NotPermitted:  # no fault of the student's
            raise
        except Unacceptable as error:
            raise NotGradable(self.submitted / student / self.assignment, str(error)) from None
        submission = Submission(student, found.notebooks, raised(files, found.inner_folders), found.refused)
        return HandedIn(submission, time, beside.left_out, tuple(found.remarks), found.paths)

    def notebooks(self, folder: UntrustedFolder, names: Iterable[str], hard_links: bool = False) -> ReadNotebooks:
        """Read the notebooks of a submission that can be read.

        Raises
        ------
        NotPermitted
            If whoever grades may not read one.
        Unacceptable
            If there is none to read.
        """
        found = read_notebooks(folder, list(names), self.lessons, self.skipped, hard_links)
        if not found.notebooks:
            raise Unacceptable(listed_reasons(found.refused, several=len(found.refused) > 1))
        return found

    def last_change(self, student: str) -> float | None:
        """When anything of a submission was last written or put there, in seconds since 1970; None if it is unclear.

        That is what the kernel says. What a file says of itself came with it, and may be the same as before.
        """
        try:
            with self.folder(student) as folder:
                found = self.beside(folder)
        except Unacceptable:
            return None
        return found.changed

    def folder(self, student: str) -> UntrustedFolder:
        """Open the folder of a submission.

        Raises
        ------
        Unacceptable
            If there is none, or if no student can have such a name.
        """
        if not is_plain_name(student):
            raise Unacceptable("the name of the student's folder is not plain text")
        return UntrustedFolder(self.submitted, student, self.assignment)

    def beside(self, folder: UntrustedFolder, hard_links: bool = False) -> Contents:
        """Measure the files beside a notebook; raises Unacceptable if they are too much, or cannot be looked at."""
        try:
            return folder.measure(self.bounds, self.ignored, hard_links)
        except TooMuch as error:
            raise TooMuch(f"the files beside the notebook are too much: {error}") from None


def students_in(submitted: Path, assignment: str) -> list[str]:
    """Return who has handed in an assignment, whatever that is, in alphabetical order."""
    names = os.listdir(submitted) if submitted.is_dir() else []
    return sorted(name for name in names if not name.startswith(".") and has_handed_in(submitted / name, assignment))


def has_handed_in(folder: Path, assignment: str) -> bool:
    """Whether there is an assignment in a folder, or something of which reading it will say why it is none."""
    try:
        if stat.S_ISDIR(folder.lstat().st_mode):
            (folder / assignment).lstat()
            return True
        return not folder.is_file()  # somebody's notes about the class
    except FileNotFoundError:
        return False
    except OSError:
        return True
