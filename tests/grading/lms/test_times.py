"""The times of handing in, from the files that platforms give besides their archives."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from grading.lms.collect import TIMED, UNCHANGED, collect
from grading.lms.times import read_times, time_zone
from grading.lms.written_times import moments
from grading.util.errors import CourseError

BERLIN = ZoneInfo("Europe/Berlin")
NOTEBOOK = "{}"
WORKSHEET = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (submission)"
"Participant 2000001","Nora North",nora@example.edu,"Submitted for grading",-,100.00,"Monday, 5 October 2026, 11:59 PM"
"Participant 2000002","Sam South",sam@example.edu,"Submitted for grading",-,100.00,"Tuesday, 6 October 2026, 12:05 AM"
"Participant 2000003","Eve East",eve@example.edu,"No submission",-,100.00,-
"""
LOG = """Time,"User full name","Affected user","Event context",Component,"Event name",Description
"25/10/26, 09:00:07","Nora North",-,"Assignment: Module 07",Assignment,"The status of the submission has been viewed.",x
"6/10/26, 00:05:30","Nora North",-,"Assignment: Module 07",Assignment,"A submission has been submitted.",x
"5/10/26, 23:00:00","Nora North",-,"Assignment: Module 07","File submissions","Submission created.",x
"5/10/26, 22:00:00","Sam South",-,"Assignment: Module 07","File submissions","A file has been uploaded.",x
"""
GRADESCOPE = """First Name,Last Name,SID,Email,Total Score,Status,Submission ID,Submission Time
Nora,North,n1,nora@example.edu,,Ungraded,1,2026-10-05 14:59:00 -0700
Sam,South,,sam@example.edu,,Missing,,
"""
CANVAS = "while(1);" + json.dumps(
    [
        {"user_id": 1, "submitted_at": "2026-10-05T21:59:00Z", "late": False},
        {"user_id": 2, "submitted_at": None},
        {"user_id": 1, "submitted_at": "2026-10-01T00:00:00Z"},
    ]
)


def moodle(*names):
    return {
        f"{name}_{2000001 + at}_assignsubmission_file_/07_optimizers.ipynb": NOTEBOOK for at, name in enumerate(names)
    }


CLASS = moodle("Nora North", "Sam South", "Eve East")


@pytest.fixture
def file(tmp_path):
    def file(text, name="times.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return file


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Monday, 5 October 2026, 11:59 PM",
        "5 October 2026, 23:59",
        "October 5, 2026 at 11:59 pm",
        "Oct 5, 2026, 11:59\u202fp.m.",
        "2026-10-05 23:59",
        "2026-10-05T23:59:00",
        "5.10.26, 23:59",
        "2026-10-05T21:59:00Z",
        "2026-10-05 14:59:00 -0700",
    ],
)
def test_a_time_is_that_moment(text):
    assert moments([("line 2", text)], BERLIN) == [utc(2026, 10, 5, 21, 59)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Montag, 5. Oktober 2026, 23:59", "is no time that is understood: take the file in English"),
        ("5 October 2026, 23:59 CEST", "is no time that is understood"),
        ("31 February 2026, 12:00", "is no time"),
        ("5 October 2026, 13:59 PM", "is no time"),
        ("yesterday\x1b[2J", "is no time"),
        ("5/10/26, 23:59", "could be day/month or month/day"),
    ],
)
def test_what_is_no_certain_moment_is_one_line_that_says_where(text, reason):
    with pytest.raises(CourseError, match=reason) as told:
        moments([("times.csv, line 7", text)], BERLIN)
    assert str(told.value).startswith("times.csv, line 7: ") and "\x1b" not in str(told.value)


def test_other_lines_tell_whether_the_day_comes_first():
    first = ("line 2", "5/10/26, 12:00")
    assert moments([first, ("line 3", "25/10/26, 12:00")], UTC)[0] == utc(2026, 10, 5, 12)
    assert moments([first, ("line 3", "5/13/26, 12:00")], UTC)[0] == utc(2026, 5, 10, 12)


def test_a_time_without_a_zone_is_never_taken_for_utc(file):
    with pytest.raises(CourseError, match=r"line 2: 'Monday.*names no time zone: say which .*--zone Europe/Berlin"):
        read_times([file(WORKSHEET)])


def test_moodles_worksheet_becomes_timestamps(course, pack, file):
    archive, sheet = pack(CLASS), file(WORKSHEET)
    result = collect(course, archive, times=[sheet], zone="Europe/Berlin")
    assert stamps(course) == {"2000001": "2026-10-05 21:59:00", "2000002": "2026-10-05 22:05:00", "2000003": None}
    assert result.notes == [f"{sheet} has no time of 2000003: they are never late, and no points are taken off"]


def stamps(course):
    folders = {student: course.folder("submitted", student) / "timestamp.txt" for student in course.students()}
    return {student: path.read_text() if path.exists() else None for student, path in folders.items()}


def test_times_can_be_added_later_and_no_persons_time_is_changed(course, pack, file):
    archive = pack(CLASS)
    (note,) = collect(course, archive).notes
    assert note.startswith("Moodle's archive does not say when anybody has handed in") and "--times FILE" in note
    mended = course.folder("submitted", "2000002") / "timestamp.txt"
    mended.write_text("2026-10-05 20:00:00 UTC")
    result = collect(course, archive, times=[file(WORKSHEET)], zone="Europe/Berlin")
    assert result.outcomes() == {"2000001": TIMED, "2000002": UNCHANGED, "2000003": UNCHANGED}
    assert stamps(course)["2000001"] == "2026-10-05 21:59:00"
    assert mended.read_text() == "2026-10-05 20:00:00 UTC"
    again = collect(course, archive, times=[file(WORKSHEET)], zone="Europe/London")  # the first zone was wrong
    assert again.outcomes()["2000001"] == TIMED and stamps(course)["2000001"] == "2026-10-05 22:59:00"


def test_moodles_log(file):
    found = read_times([file(LOG)], BERLIN)
    assert found.by_name == {"noranorth": utc(2026, 10, 5, 22, 5, 30), "samsouth": utc(2026, 10, 5, 20)}
    with pytest.raises(CourseError, match="log of several assignments"):
        read_times([file(LOG.replace('Module 07",Assignment,"A sub', 'Module 06",Assignment,"A sub'))], BERLIN)
    with pytest.raises(CourseError, match="take the log in English"):
        read_times([file("Time,User full name,Event name\n1/1/26 10:00,Nora,Abgabe\n")], BERLIN)


def test_gradescopes_grades_and_canvas_api(course, pack, file):
    assert read_times([file(GRADESCOPE)]).by_id == {"n1": utc(2026, 10, 5, 21, 59)}
    canvas = file(CANVAS, "submissions.json")
    more = file('[{"user_id": 3, "submitted_at": "2026-10-06T00:00:00+02:00"}]', "page-2.json")
    names = {f"student_{n}_1{n}_07_optimizers.ipynb": NOTEBOOK for n in (1, 2, 3)}
    result = collect(course, pack(names), times=[canvas, more])
    assert stamps(course) == {"1": "2026-10-05 21:59:00", "2": None, "3": "2026-10-05 22:00:00"}
    assert "has no time of 2:" in result.notes[0]


def test_canvas_says_once_that_it_has_no_times(course, pack, grading):
    archive = pack({f"student_LATE_{n}_1{n}_07_optimizers.ipynb": NOTEBOOK for n in (1, 2)})
    status, out, err = grading("collect", archive, "--course", course.root)
    assert (status, err) == (0, "") and out.count("does not say when anybody has handed in") == 1


def test_blackboards_times_are_of_the_zone_that_is_named(course, pack):
    archive = pack({"HW_jane_attempt_2026-07-01-12-30-45_07_optimizers.ipynb": NOTEBOOK})
    result = collect(course, archive, zone="America/New_York")
    assert stamps(course) == {"jane": "2026-07-01 16:30:45"} and result.notes == []


def test_without_a_zone_blackboards_are_utc_and_that_is_said(course, pack):
    archive = pack({"HW_jane_attempt_2026-07-01-12-30-45_07_optimizers.ipynb": NOTEBOOK})
    (note,) = collect(course, archive).notes
    assert stamps(course) == {"jane": "2026-07-01 12:30:45"} and "taken for UTC" in note and "--zone" in note


def test_the_times_of_another_class_are_refused_before_anything_is_collected(course, pack, file):
    other = file(WORKSHEET.replace("20000", "30000").replace("Nora", "N").replace("Sam", "S"))
    with pytest.raises(CourseError, match="says of nobody in .* when they have handed in"):
        collect(course, pack(CLASS), times=[other], zone="UTC")
    assert course.students() == []


def test_two_of_one_name_have_no_time_by_it(file):
    rows = "Full name,Submitted\nNora North,2026-10-05 10:00 UTC\nNora North,2026-10-06 10:00 UTC\n"
    assert read_times([file(rows)]).by_name == {"noranorth": None}


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "Name,Submitted\n", "[", "[1]", '{"user_id": 1}', "while(1);", "\0" * 9, "Name,Time\nA,-\n"],
)
def test_what_is_no_file_of_times_is_one_line(file, text):
    with pytest.raises(CourseError) as told:
        read_times([file(text)], UTC)
    assert str(told.value).count("\n") == 0 and "times.csv" in str(told.value)


@pytest.mark.parametrize("name", ["Mars", "../etc/passwd", "Europe/Atlantis", "\0", "/etc/passwd"])
def test_a_zone_that_is_none(name):
    with pytest.raises(CourseError, match="no time zone is called"):
        time_zone(name)
