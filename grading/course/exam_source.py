"""Where the exam of an assignment is, as data that can travel to another machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .lesson import Lesson


@dataclass(frozen=True)
class ExamSource:
    """The exam of an assignment: a package that is installed everywhere, or the text of one file.

    Attributes
    ----------
    assignment : str
    module : str
        The name of the package; empty if it is a file.
    path, text : str
        Where the file lies, for messages, and what stands in it.
    lessons : tuple of Lesson
        The instructor's notebooks, whose solutions a file's checks compare with.
    files : Mapping of str to bytes
        What stands beside them, by relative path.
    """

    assignment: str
    module: str = ""
    path: str = ""
    text: str = ""
    lessons: tuple[Lesson, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> tuple:
        """All that it consists of, to tell one from another."""
        lessons = tuple((lesson.notebook, lesson.text) for lesson in self.lessons)
        return self.assignment, self.module, self.path, self.text, lessons, tuple(sorted(self.files.items()))
