"""The times at which submissions came: read as they are written, in UTC, or refused in one line."""

import os
import tracemalloc
from datetime import datetime, timedelta

import pytest
from dateutil.tz import gettz
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment

from grading.course.course import Course
from grading.course.generation_time import first_generated, note_generation
from grading.course.reader import NotGradable, read_timestamp
from grading.course.timestamps import SKEW, as_text, doubt, parse_time, utc_now
from tests import forked
from tests.course07 import ASSIGNMENT

NOON = datetime(2026, 11, 10, 11, 30)
BERLIN = gettz("Europe/Berlin")


def written(tmp_path, data):
    path = tmp_path / "timestamp.txt"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-10 11:30:00 UTC",
        "2026-11-10 11:30:00 GMT",
        "2026-11-10 11:30:00",
        "2026-11-10 11:30",
        "2026-11-10 12:30:00 +0100",
        "2026-11-10 12:30:00 +01:00",
        "2026-11-10 12:30:00+01",
        "2026-11-10 06:30:00 -0500",
        "2026-11-10 17:00:00 +0530",
        "2026-11-10T11:30:00Z",
        "20261110T113000Z",
        "2026-11-10 11:30:00.000000 UTC\r\n",
        "\ufeff2026-11-10 11:30:00 UTC",
    ],
)
def test_a_time_with_a_zone_is_that_moment_in_utc(tmp_path, text):
    assert read_timestamp(written(tmp_path, text.encode())) == NOON


@pytest.mark.parametrize("name", ["CEST", "CET", "PST", "IST", "EST5EDT", "UTC+3", "Europe/Berlin", "Z+1"])
def test_a_zone_that_is_not_known_for_certain_is_refused(tmp_path, name):
    with pytest.raises(NotGradable) as refused:
        read_timestamp(written(tmp_path, f"2026-07-10 13:30:00 {name}".encode()))
    assert refused.value.reason == (
        f"timestamp.txt, beside the notebook, names a zone, {name!r}, that is not known for certain: "
        "write the time as 2026-11-10 11:30:00 UTC"
    )


def test_the_names_of_the_exchanges_own_zone_are_known():
    assert parse_time("2026-07-10 13:30:00 CEST", BERLIN) == datetime(2026, 7, 10, 11, 30)
    assert parse_time("2026-10-25 02:30:00 CEST", BERLIN) == datetime(2026, 10, 25, 0, 30)
    assert parse_time("2026-10-25 02:30:00 CET", BERLIN) == datetime(2026, 10, 25, 1, 30)
    for impossible in ("2026-07-10 13:30:00 CET", "2026-07-10 13:30:00 PST"):
        with pytest.raises(ValueError, match="not known for certain"):
            parse_time(impossible, BERLIN)


@pytest.mark.parametrize(
    "data",
    [
        b"yesterday", b"7", b"2026-11-10", b"10.11.2026 11:30", b"2026-13-10 11:30:00", b"2026-11-10 25:00:00",
        b"0001-01-01 00:00:00 +0100", b"9999-12-31 23:59:59 -0100", b"2026-11-10 11:30:00 +9900",
        b"\xff\xfe2\x000\x00", b"\xff", "٢٠٢٦-11-10 11:30".encode(), b"2026-11-10 11:30:00 UTC 2026-11-11 11:30:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_one_line(tmp_path, data):
    with pytest.raises(NotGradable) as refused:
        read_timestamp(written(tmp_path, data))
    said = refused.value.reason
    assert said.startswith("timestamp.txt, beside the notebook, ") and said.endswith("as 2026-11-10 11:30:00 UTC")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["LMT", "CET"])
def test_the_first_and_the_last_year_are_no_times(name):
    for text in (f"0001-01-01 00:00:00 {name}", f"9999-12-31 23:59:59 {name}"):
        for zone in (BERLIN, gettz("America/New_York"), gettz("Pacific/Auckland")):
            try:
                parse_time(text, zone)
            except ValueError as error:
                assert "write" in str(error)


def test_no_file_and_an_empty_one_are_no_time(tmp_path):
    assert read_timestamp(tmp_path / "timestamp.txt") is None
    assert read_timestamp(tmp_path / "nowhere" / "timestamp.txt") is None
    assert read_timestamp(written(tmp_path, b" \n")) is None


def test_a_file_of_300_megabytes_is_not_read(tmp_path):
    path = written(tmp_path, b"")
    with open(path, "wb") as file:
        file.truncate(300 * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(NotGradable, match="timestamp.txt is larger than 200 bytes"):
            read_timestamp(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_pipe_and_a_link_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "timestamp.txt")
    with pytest.raises(NotGradable, match="timestamp.txt is a pipe, not a file"):
        read_timestamp(tmp_path / "timestamp.txt")
    (tmp_path / "timestamp.txt").unlink()
    (tmp_path / "real").write_text("2026-11-10 11:30:00 UTC")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "real")
    with pytest.raises(NotGradable, match="timestamp.txt is a link, not a file"):
        read_timestamp(tmp_path / "timestamp.txt")


def test_what_is_written_is_what_is_read():
    time = datetime(2026, 11, 10, 11, 30, 0, 123456)
    assert parse_time(as_text(time)) == time


def test_times_at_which_nobody_can_have_handed_in():
    assert doubt(NOON, None, NOON) == doubt(NOON, NOON, NOON) == doubt(NOON + SKEW, NOON, NOON) == ""
    assert doubt(NOON + timedelta(hours=1), None, NOON) == "which is still to come"
    assert "before the assignment was first generated (2026-11-10 11:30:00 UTC)" in doubt(
        datetime(1999, 1, 1), NOON, NOON
    )


def test_the_first_generation_is_noted_and_no_later_one(tmp_path):
    course, before = Course(tmp_path), utc_now()
    course.run(GenerateAssignment)
    with course.gradebook() as gradebook:
        first = first_generated(gradebook, ASSIGNMENT)
        assert before <= first <= utc_now() and first_generated(gradebook, "another") is None
    course.run(GenerateAssignment, force=True)
    with course.gradebook() as gradebook:
        note_generation(gradebook, ASSIGNMENT, utc_now())
        assert first_generated(gradebook, ASSIGNMENT) == first


def test_a_gradebook_from_before_that_was_noted(tmp_path):
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        assert first_generated(gradebook, ASSIGNMENT) is None


def test_without_a_gradebook_nothing_is_noted(tmp_path):
    """As nbgrader has it: ``--no-db`` writes no gradebook."""
    for name in ("nbgrader_config.py", "source"):
        (tmp_path / name).symlink_to(Course().root / name)
    command = ("nbgrader", "generate_assignment", ASSIGNMENT, "--no-db")
    done = forked.run(*command, f"--CourseDirectory.root={tmp_path}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "release").exists() and not (tmp_path / "gradebook.db").exists()
