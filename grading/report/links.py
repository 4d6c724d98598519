"""Where a report links to: pages of feedback beside it, and the formgrader."""

import os
from pathlib import Path
from urllib.parse import quote

from ..course.course import Course

FORMGRADER = "http://localhost:8888/formgrader"  # where JupyterLab has it, unless it is told another port


class Links:
    """The links of a report.

    Parameters
    ----------
    course : Course
    page : Path
        The report's own.
    formgrader : str
        The address of the formgrader.
    names : bool
        Whether a link may lead to a student's own page; without, there is none that does.
    """

    def __init__(self, course: Course, page: Path, formgrader: str = FORMGRADER, names: bool = False) -> None:
        self.course, self.folder, self.names = course, page.resolve().parent, names
        self.formgrader = formgrader.rstrip("/")

    def feedback(self, student: str) -> str:
        """The page of feedback of a student, relative to the report; empty if there is none, or if nobody is named."""
        if not self.names:
            return ""
        pages = (self.course.page(student, name) for name in self.course.lesson_paths)
        page = next(filter(Path.is_file, pages), None)
        return quote(os.path.relpath(page, self.folder)) if page else ""

    def by_hand(self, notebook: str) -> str:
        """The formgrader's list of submissions of a notebook, which are numbered."""
        return self.address("gradebook", self.course.assignment, notebook)

    def submissions(self) -> str:
        """The formgrader's list of who has handed in what."""
        return self.address("manage_submissions", self.course.assignment) if self.names else ""

    def address(self, *parts: str) -> str:
        return "/".join([self.formgrader, *(quote(part, safe="") for part in parts)])
