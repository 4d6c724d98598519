"""The assignment that most tests grade, and submissions of it."""

from grading.course.course import Course
from grading.course.lesson import Lesson
from grading.course.paths import DEFAULT_COURSE
from grading.course.sample import fill_in as fill_in_from
from grading.course.sample import make_sample_class as make_class
from grading.examiner.exam import import_exam, sandbox_profile
from grading.exams.optimizers import sample_class
from grading.sandbox.readable import hiding_course

ASSIGNMENT = "07_optimizers"
LESSON = DEFAULT_COURSE / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
EXAM = import_exam(ASSIGNMENT)
PROFILE = hiding_course(sandbox_profile(ASSIGNMENT), DEFAULT_COURSE)
SAMPLE_CLASS, cell_of = sample_class.SAMPLE_CLASS, sample_class.cell_of


def lesson() -> Lesson:
    """The lesson as it is in the course."""
    return Course(assignment=ASSIGNMENT).lesson


def fill_in(released):
    """The release version, or a part of it, with the lesson's own solutions in it."""
    return fill_in_from(released, lesson())


def mistake(grade_id, right, wrong):
    """Fills in the release version, with one line of a solution turned into a mistake."""
    make = sample_class.mistake(grade_id, right, wrong)
    return lambda released: make(released, fill_in(released))


def handed_in(kind, released):
    """The submission of one kind of the sample class."""
    return SAMPLE_CLASS[kind](released, fill_in(released))


def epsilon_in_root(released):
    """The release version, filled in by somebody who adds epsilon under the root."""
    return sample_class.EPSILON_IN_ROOT(released, fill_in(released))


def make_sample_class(course):
    """Write the sample class into a course."""
    return make_class(course, SAMPLE_CLASS)


def examination(name, student="ada"):
    """What a student is asked by a check."""
    return EXAM.checks[name].examination(ASSIGNMENT, student)


def judge_class(name, subject, student="ada"):
    """The verdict of a check on a class, in this process."""
    return EXAM.judge(name, subject, student)
