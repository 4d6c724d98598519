"""Due dates of the class and of single students, read with care."""

from datetime import datetime, timedelta

import pytest

from grading.course.due_dates import change_due_date, due_date, parse_extension
from grading.course.extensions import Extension
from grading.course.sample import generate_assignment
from grading.util.errors import CourseError
from tests.grading.course.own_course import make_course

DUE = datetime(2026, 11, 10, 11)


@pytest.mark.parametrize(
    ("text", "longer"),
    [
        ("2d", timedelta(days=2)),
        ("12h", timedelta(hours=12)),
        ("1d12h", timedelta(days=1.5)),
        ("1 week", timedelta(days=7)),
        ("90 min", timedelta(minutes=90)),
        ("2 days 1 hour", timedelta(days=2, hours=1)),
        ("1.5D", timedelta(hours=36)),
    ],
)
def test_how_much_longer(text, longer):
    assert parse_extension(text, DUE) == Extension(longer=longer)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-11-12 12:00:00 +0100", datetime(2026, 11, 12, 11)),
        ("2026-11-12T12:00+01:00", datetime(2026, 11, 12, 11)),
        ("2026-11-12 12:00 UTC", datetime(2026, 11, 12, 12)),
    ],
)
def test_until_when(text, until):
    extension = parse_extension(text, DUE)
    assert extension == Extension(until=until) and extension.after(DUE) == until - DUE
    assert extension.after(until + timedelta(days=1)) == timedelta(0), "never less than the others have"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0d",
        "-2d",
        "2",
        "d",
        "2x",
        "2d3",
        "99999d",
        "tomorrow",
        "2026-11-12",
        "2026-13-12 12:00:00 UTC",
        "1" * 400 + "d",
    ]
    + ["2026-11-10 11:00:00 UTC", "2026-11-12 12:00:00 CET"],
)
def test_what_is_no_extension_is_said_in_one_line(text):
    with pytest.raises(CourseError) as raised:
        parse_extension(text, DUE)
    assert "\n" not in str(raised.value)


def test_a_due_date_can_be_set_before_the_assignment_is_generated(tmp_path):
    course = make_course(tmp_path / "algebra")
    assert due_date(course) is None
    for due in (None, DUE):
        assert change_due_date(course, due) == []
    generate_assignment(course)
    assert due_date(course) == DUE
