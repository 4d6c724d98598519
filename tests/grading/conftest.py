import pytest

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from tests.course07 import make_sample_class


@pytest.fixture(scope="session")
def sample_class(tmp_path_factory):
    """The sample class, graded in a folder of its own: the course and what became of each student."""
    course = Course(tmp_path_factory.mktemp("course"))
    make_sample_class(course)
    outcomes = autograde_class(course)
    return course, {outcome.student: outcome.problem for outcome in outcomes}
