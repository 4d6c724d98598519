"""How the lesson's own cells look on a page: made once, before a process is copied to make pages.

A cell is found by all of its text. Only the instructor's notebook comes in here: nothing that a submission holds does,
and what is made of that is gone with the process that has made the page.
"""

from functools import lru_cache

from nbformat import NotebookNode

from ..course.lesson import Lesson
from .html_filters import LOOKS, PICTURE, clean_markdown, highlight_code

MOST_LESSONS = 8  # that are kept


def show_lesson(lesson: Lesson, only_answers: bool = False) -> None:
    """Have the pages that are made from now on show a lesson's cells as they were made once.

    Parameters
    ----------
    lesson : Lesson
    only_answers : bool
        Whether only the cells that students fill in are needed, as they were released.
    """
    LOOKS.clear()
    LOOKS.update(looks_of(lesson, only_answers))


@lru_cache(maxsize=2 * MOST_LESSONS)
def looks_of(lesson: Lesson, only_answers: bool) -> dict[tuple[str, str], str]:
    """Return the HTML of a lesson's cells, by the names of filters and by sources."""
    LOOKS.clear()
    answers = [cell for cell in lesson.released_cells if is_answer(cell)]
    given = [] if only_answers else [cell for cell in lesson.cells if not is_answer(cell)]
    code = {cell.source for cell in answers + given if cell.cell_type == "code"}
    texts = {cell.source for cell in answers + given if cell.cell_type == "markdown" and not cell.get("attachments")}
    texts |= set() if only_answers else set(lesson.marking_schemes.values())
    found = {("highlight_code", source): highlight_code(source) for source in code}
    return found | {("markdown2html", text): clean_markdown({}, text) for text in texts if not PICTURE.search(text)}


def is_answer(cell: NotebookNode) -> bool:
    role = cell.metadata.get("nbgrader", {})
    return bool(role.get("solution") or role.get("task"))
