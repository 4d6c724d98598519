"""Makes of an autograded notebook what its page of feedback shows."""

from functools import cache, lru_cache
from pathlib import Path

from jupyterlab_pygments import JupyterStyle
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task
from pygments.formatters import HtmlFormatter
from traitlets import Unicode
from traitlets.config import Config

from ..course.exam_source import ExamSource
from ..course.hand_grades import commented_earlier
from ..course.lesson import Lesson, grade_id, is_students_own, is_test, read_lesson
from ..course.own_answers import is_unanswered
from ..course.scores import SubmissionScores, gradebook_cells
from ..examiner.course_exam import configured_source
from ..examiner.exam import load_exam
from .cells import PageCells
from .facts import anchor, comment_text, facts
from .texts import ENGLISH, Texts, load_texts

OURS = "feedback_page"  # what the template reads of a cell's metadata: written here, whatever a submission has there


class FeedbackPage(NbGraderPreprocessor):
    """Keeps what the student wrote, and gives the template the facts; test cells, hidden or not, stay out.

    Comes after nbgrader's GetGrades.
    """

    language = Unicode(ENGLISH, help="The language of the page's own texts: a file in feedback_page/texts/.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        context, texts = resources["nbgrader"], load_texts(self.language)
        notebook, assignment = context["notebook"], context["assignment"]
        lesson = context.get("lesson") or read_lesson(self.config, assignment, notebook)
        scores = context.get("scores")  # where there is no gradebook
        if scores is None:
            with Gradebook(context["db_url"]) as gradebook:
                submitted = gradebook.find_submission_notebook(notebook, assignment, context["student"])
                earlier = commented_earlier(gradebook.db.connection(), submitted)
                scores = SubmissionScores.of(submitted, gradebook_cells(gradebook, assignment), earlier)
                names = [entry.name for entry in gradebook.find_assignment(assignment).notebooks]
            context["missing"] = missing_notebooks(self.config, context["student"], assignment, names)
        exam = load_exam(context["exam"] if "exam" in context else configured_source(self.config, assignment))
        shown = {grade_id(cell) for cell in nb.cells if grade_id(cell) in lesson.places and not is_test(cell)}
        untouched = {grade_id(cell) for cell in nb.cells if is_solution(cell) and is_unanswered(cell)}
        cells = PageCells(lesson, exam, shown, untouched)
        resources["feedback"], resources["texts"] = facts(nb, lesson, scores, exam, texts, cells), texts
        resources["highlight_css"] = highlight_css()
        nb.cells, released = [cell for cell in nb.cells if is_work(cell, lesson)], released_tasks(lesson)
        for cell in nb.cells:
            if is_task(cell) and grade_id(cell) in released:
                cell.source = released[grade_id(cell)]  # without what is for whoever marks it
            cell.metadata[OURS] = heading(cell, scores, cells, texts)
        return nb, resources


def get_ready(lesson: Lesson, exam: ExamSource | None) -> None:
    """Work out what is the same on every page of a lesson, before this process is copied to make one."""
    highlight_css()
    load_texts()
    released_tasks(lesson)
    PageCells(lesson, load_exam(exam), ()).get_ready()


@lru_cache(maxsize=32)
def released_tasks(lesson: Lesson) -> dict[str, str]:
    """Return the sources of a lesson's tasks as students get them, by their ids."""
    return {grade_id(cell): cell.source for cell in lesson.released_cells if is_task(cell)}


@cache
def highlight_css() -> str:
    """Return the colors of code."""
    return HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")


def is_work(cell: NotebookNode, lesson: Lesson) -> bool:
    """Whether a cell is the student's: a solution, an answer, a task, or one that the lesson does not have."""
    if is_test(cell):
        return False  # a test: what it found stands above, and its source holds what is hidden
    return is_solution(cell) or is_task(cell) or is_students_own(cell, lesson)


def heading(cell: NotebookNode, scores: SubmissionScores, cells: PageCells, texts: Texts) -> dict | None:
    """Return what stands above and below a cell of the lesson; None for a cell of the student's own."""
    name = grade_id(cell)
    if not (is_solution(cell) or is_task(cell)) or not name:
        return None
    graded = is_task(cell) or is_grade(cell)
    kind = "your_task" if is_task(cell) else "your_answer" if graded else "your_code"
    grade, comment = scores.grades.get(name), scores.comments.get(name)
    earned = ""
    if graded and grade:
        earned = texts("score", score=grade.score, count=grade.max_score)
        earned = texts("waits") if grade.needs_manual_grade and not grade.voided else earned
    return {
        "anchor": anchor(name),
        "title": texts(kind, what=cells.title(name)),
        "earned": earned,
        "comment": comment_text(comment, texts) if comment else "",
    }


def configured_texts(config: Config) -> Texts:
    """Return the texts in the language of the settings; CourseError if there are none."""
    settings = Config(FeedbackPage=config.get("FeedbackPage", Config()))
    return load_texts(FeedbackPage(config=settings).language)


def missing_notebooks(config: Config, student: str, assignment: str, names: list[str]) -> list[str]:
    """Return the notebooks of an assignment of which a student has no autograded one."""
    directory = CourseDirectory(config=config)
    folder = Path(directory.format_path(directory.autograded_directory, student, assignment))
    return sorted(name for name in names if not (folder / f"{name}.ipynb").exists())
