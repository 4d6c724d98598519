"""An assignment without an exam: plain asserts, in a course where another one has an exam."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.report import read_class, write_page
from grading.util.errors import CourseError


def role(name, **more):
    given = {"grade_id": name, "grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**given, **more}}


def lesson(test="assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"):
    solution = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    return new_notebook(
        cells=[
            new_markdown_cell("# Doubling\n\n## Part 1. Twice", id="title"),
            new_code_cell(solution, id="double", metadata=role("double", solution=True)),
            new_code_cell(test, id="test", metadata=role("test-double", grade=True, locked=True, points=3)),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


class TwoAssignments(Course):
    """A course with an assignment of its own beside the one that the package brings."""

    def settings(self):
        config = super().settings()
        config.CourseDirectory.source_directory = str(self.root / "source")
        return config


@pytest.fixture
def two(tmp_path, monkeypatch):
    """The course's class, and a folder for it with the assignment ps1 in it."""
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    nbformat.write(lesson(), tmp_path / "source" / "ps1" / "ps1.ipynb")
    return lambda name="ps1": TwoAssignments(tmp_path, name)


def hand_in(course, student, wrong=""):
    nb = nbformat.read(course.notebook("release", "."), as_version=4)
    nb.cells[1].source = f"def double(x):\n    return {wrong or '2 * x'}"
    path = course.notebook("submitted", student)
    path.parent.mkdir(parents=True)
    nbformat.write(nb, path)


def test_it_is_graded_reported_and_its_students_get_a_page(two, tmp_path):
    course = two()
    course.run(GenerateAssignment)
    hand_in(course, "right")
    hand_in(course, "wrong", "4")
    assert [outcome.problem for outcome in autograde_class(course)] == ["", ""]
    with course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("ps1")}
    assert scores == {"right": 3.0, "wrong": 0.0}
    assert course.page("wrong").exists() and course.page("right").exists()
    write_page(read_class(course), tmp_path / "report.html")


@pytest.mark.parametrize(
    ("result", "score"), [("2.5", 2.5), ("99", 3.0), ("10**400", 3.0), ("float('nan')", 3.0), ("Odd()", 3.0)]
)
def test_no_result_of_a_test_cell_stops_its_grading(two, result, score, tmp_path):
    """A test may end in a value, which nbgrader takes for partial credit, and raises at one that is too large."""
    nbformat.write(lesson("double(0)"), tmp_path / "source" / "ps1" / "ps1.ipynb")
    course = two()
    course.run(GenerateAssignment)
    odd = "\n\nclass Odd:\n    def _repr_mimebundle_(self, **kwargs):\n        return {'text/html': '<b>1</b>'}\n"
    hand_in(course, "odd", f"{result}{odd}")
    assert [outcome.problem for outcome in autograde_class(course, feedback=False)] == [""]
    with course.gradebook() as gradebook:
        assert gradebook.find_submission("ps1", "odd").score == score


def test_without_a_name_the_only_assignment_is_meant(two, tmp_path):
    assert two(None).assignment == "ps1"
    (tmp_path / "source" / "ps2").mkdir()
    nbformat.write(lesson(), tmp_path / "source" / "ps2" / "ps2.ipynb")
    with pytest.raises(CourseError, match="Name one of ps1, ps2"):
        _ = two(None).assignment
    course = two("ps2")
    course.run(GenerateAssignment)
    assert two(None).assignment == "ps2", "of two, the one that was generated"
    with pytest.raises(CourseError, match="no assignment is called 'ps3': there is ps1, ps2"):
        _ = two("ps3").assignment


def test_a_check_that_no_exam_has_is_told_before_anybody_is_graded(two, tmp_path):
    asking = lesson('from grading.examiner import examine\nexamine("ps1.double", double)')
    nbformat.write(asking, tmp_path / "source" / "ps1" / "ps1.ipynb")
    course = two()
    course.run(GenerateAssignment)
    hand_in(course, "right")
    with pytest.raises(CourseError, match="the cell test-double asks examine.'ps1.double'., and there is no exam"):
        autograde_class(course)
    assert not course.notebook("autograded", "right").exists()


LOOK = """
import gc
gc.unfreeze()
texts = set()
for thing in gc.get_objects():
    keys = thing if type(thing) is dict else ()  # which are no referents where all are texts
    texts.update(text for text in [*gc.get_referents(thing), *keys] if isinstance(text, str))
word = " ".join(["assert", "double(3)", "=="])  # not as one text, which would be found
print("looked at", len(texts) > 10_000, "found", [text for text in texts if word in text and word != text])
"""


def test_no_hidden_test_is_in_the_memory_of_a_submission_before_its_turn(two):
    course = two()
    course.run(GenerateAssignment)
    hand_in(course, "reader", f"2 * x\n{LOOK}")
    autograde_class(course)
    graded = nbformat.read(course.notebook("autograded", "reader"), as_version=4)
    assert graded.cells[1].outputs[0].text == "looked at True found []\n"
    assert "HIDDEN TESTS" in graded.cells[2].source  # there is one


def test_what_is_learned_before_is_what_students_were_given(two):
    course = two()
    known = course.lesson.given_code
    assert not any("HIDDEN" in source or "SOLUTION" in source for source in known)
    assert set(known) <= {cell.source for cell in course.lesson.released_cells}
