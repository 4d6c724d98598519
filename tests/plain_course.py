"""A course of plain nbgrader assignments: one of three notebooks, one of a single one, and submissions of both."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.course.course import Course
from grading.course.sample import fill_in, generate_assignment

NAMES = ("p1_code", "p2_words", "p3_again")
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
MARK_SCHEME = "two points for a plot, one for its labels"


def role(name, **more):
    given = {"grade_id": name, "grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**given, **more}}


def code(name, source, **more):
    return new_code_cell(source, id=name, metadata=role(name, **more))


def solution(name, text, body):
    return code(name, f"{text}\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION", solution=True)


def test_cell(name, source, points):
    return code(name, source, grade=True, locked=True, points=points)


test_cell.__test__ = False  # for pytest, which goes by names


def title(text):
    return new_markdown_cell(text, id=f"title-{len(text)}")


def p1_code():
    """Asserts, hidden ones too, partial credit, and a file beside."""
    hidden = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
    return [
        title("# Numbers\n\n## Part 1. Twice"),
        solution("double", "def double(x):", "return 2 * x"),
        test_cell("test-double", hidden, 3),
        title("## Part 2. A file"),
        solution("total", "def total(path):", "return sum(int(line) for line in open(path))"),
        test_cell("test-total", "assert total('data/numbers.txt') == 6", 2),
        test_cell("test-partial", "2.0 if double(0) == 0 and double(-1) == -2 else 0.5", 2),
    ]


def p2_words():
    """An answer in words and a task, and no code at all."""
    answer = "### BEGIN SOLUTION\nBecause it is even.\n### END SOLUTION"
    task = f"Draw it, below.\n### BEGIN MARK SCHEME\n{MARK_SCHEME}\n### END MARK SCHEME"
    return [
        title("# Words"),
        new_markdown_cell(answer, id="why", metadata=role("why", grade=True, solution=True, points=4)),
        new_markdown_cell(task, id="draw", metadata=role("draw", task=True, locked=True, points=3)),
    ]


def p3_again():
    """Cells that are called as those of the first notebook are."""
    return [
        title("# Again\n\n## Part 1. Twice"),
        solution("double", "def double(text):", "return text + text"),
        test_cell("test-double", "assert double('ab') == 'abab'", 1),
        solution("shout", "def shout(text):", "return text.upper()"),
        test_cell("test-shout", "assert shout('ab') == 'AB', 'it is not loud'", 2),
    ]


def ps2():
    """The notebook of the other assignment."""
    return [
        title("# Halves\n\n## Part 1. Half"),
        solution("half", "def half(x):", "return x / 2"),
        test_cell("test-half", "assert half(3) == 1.5", 5),
    ]


def write_sources(source):
    """Write both assignments into a folder."""
    for assignment, notebooks in (("ps1", (p1_code, p2_words, p3_again)), ("ps2", (ps2,))):
        (source / assignment).mkdir(parents=True)
        for make in notebooks:
            nb = new_notebook(cells=make(), metadata=copy.deepcopy(KERNEL))
            nbformat.write(nb, source / assignment / f"{make.__name__}.ipynb")
    (source / "ps1" / "data").mkdir()
    (source / "ps1" / "data" / "numbers.txt").write_text("1\n2\n3\n")


@pytest.fixture
def plain_source(tmp_path, monkeypatch):
    """The ``source/`` that every course of the test has."""
    source, settings = tmp_path / "source", Course.settings
    write_sources(source)

    def elsewhere(course):
        config = settings(course)
        config.CourseDirectory.source_directory = str(source)
        return config

    monkeypatch.setattr(Course, "settings", elsewhere)
    return source


@pytest.fixture
def plain_course(plain_source, tmp_path):
    """The assignment of three notebooks, generated; nobody has handed anything in."""
    (tmp_path / "course").mkdir()
    course = Course(tmp_path / "course", "ps1")
    generate_assignment(course)
    return course


def released(course, name):
    return nbformat.read(course.notebook("release", ".", name), as_version=4)


def filled_in(course, name):
    return fill_in(released(course, name), course.lessons[name])


def cell_of(nb, name):
    return next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def with_source(nb, name, source):
    """A notebook with another text in one cell."""
    nb = copy.deepcopy(nb)
    cell_of(nb, name).source = source
    return nb


def hand_in(course, student, notebooks, files=()):
    """Hand in notebooks, or texts that are none, by name, and files by relative path."""
    folder = course.folder("submitted", student)
    folder.mkdir(parents=True, exist_ok=True)
    for name, nb in notebooks.items():
        text = nb if isinstance(nb, str) else nbformat.writes(nb)
        (folder / f"{name}.ipynb").write_text(text)
    for path, text in dict(files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def submissions(course):
    """What a class hands in that stock nbgrader can grade, too: by student, notebooks by name."""
    right = {name: filled_in(course, name) for name in NAMES}
    p1, p2, p3 = NAMES
    return {
        "perfect": right,
        "untouched": {name: released(course, name) for name in NAMES},
        "partial": right | {p1: with_source(right[p1], "double", "def double(x):\n    return 2 * abs(x)")},
        "quiet": right | {p3: with_source(right[p3], "shout", "def shout(text):\n    return text")},
        "unexplained": right | {p2: released(course, p2)},
        "first-only": {p1: right[p1]},
        "without-first": {p2: right[p2], p3: right[p3]},
        "broken-cell": right | {p1: with_source(right[p1], "double", "def double(x:\n")},
    }


SCORES = {  # of p1_code, p2_words, p3_again, before a person has graded anything
    "perfect": (7.0, 0.0, 3.0),
    "untouched": (0.0, 0.0, 0.0),
    "partial": (5.5, 0.0, 3.0),
    "quiet": (7.0, 0.0, 1.0),
    "unexplained": (7.0, 0.0, 3.0),
    "first-only": (7.0, 0.0, 0.0),
    "without-first": (0.0, 0.0, 3.0),
    "broken-cell": (2.0, 0.0, 3.0),
}


def grades_in(course):
    """What stands in the gradebook of a course, as `grades_of` has it."""
    with course.gradebook() as gradebook:
        return grades_of(gradebook, course.assignment)


def grades_of(gradebook, assignment):
    """What stands in a gradebook, by student: of each notebook the penalty, each cell's grade, and each comment."""
    return {
        submission.student.id: {
            notebook.name: {
                "penalty": notebook.late_submission_penalty,
                "grades": {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades},
                "comments": {c.name: (c.auto_comment, c.manual_comment) for c in notebook.comments},
            }
            for notebook in submission.notebooks
        }
        for submission in gradebook.assignment_submissions(assignment)
    }


def scores_in(course):
    """The score of each notebook, in the order of their names, by student."""
    with course.gradebook() as gradebook:
        return {
            submission.student.id: tuple(n.score for n in sorted(submission.notebooks, key=lambda n: n.name))
            for submission in gradebook.assignment_submissions(course.assignment)
        }
