"""`python -m grading collect`: from an archive into submitted/, through nbgrader's zip_collect."""

import json
import os
import shutil
from pathlib import Path

import pytest

from grading.course.paths import DEFAULT_COURSE
from grading.lms import collect as collecting
from grading.lms.collect import COLLECTED, OLDER, REPLACED, UNCHANGED, collect
from grading.util.errors import CourseError
from tests import forked
from tests.course07 import ASSIGNMENT


def notebook(version):
    """Something that can be told from others; whether it is a notebook is for grading to say."""
    return f'{{"version": "{version}"}}'


def submitted(course):
    """What is in submitted/, by student."""
    return {student: course.notebook("submitted", student).read_text() for student in course.students()}


def older(course, student):
    folder = course.root / "downloaded" / ASSIGNMENT / "older" / student
    return sorted(path.read_text() for path in folder.glob(f"*/{ASSIGNMENT}.ipynb"))


def reasons(result):
    return {refused.entry: refused.reason for refused in result.refused}


def enter(course, student, **about):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student, **about)


def files(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_class_is_collected_and_the_hostile_part_of_it_is_not(course, pack, tmp_path):
    outside = set(tmp_path.rglob("*"))
    archive = pack(
        {
            "doejane_1_10_07_optimizers.ipynb": notebook("jane's first"),
            "doejane_1_12_07_optimizers-1.ipynb": notebook("jane's last"),
            "doejane_1_11_notes.txt": "notes",
            "xiann_LATE_2_13_07_optimizers (1).ipynb": notebook("ann's"),
            "müllerjürgen_3_14_müller.ipynb": notebook("jürgen's"),
            "yubo_4_15_work.zip": b"PK\x03\x04",
            "../../evil_5_16_07_optimizers.ipynb": notebook("evil"),
            "evil_5_17_07_optimizers.ipynb": bytes(51 * 2**20),
            "07_optimizers.ipynb": notebook("whose?"),
            "__MACOSX/._doejane_1_10_07_optimizers.ipynb": "junk",
        }
    )
    result = collect(course, archive)
    assert submitted(course) == {"1": notebook("jane's last"), "2": notebook("ann's"), "3": notebook("jürgen's")}
    assert result.outcomes() == {"1": REPLACED, "2": COLLECTED, "3": COLLECTED}
    assert [remark for *_, remark in result.students] == ["", "late", ""]
    assert older(course, "1") == [notebook("jane's first")]
    assert reasons(result) == {
        "yubo_4_15_work.zip": "not a notebook but an archive inside the archive; ask for the notebook itself",
        "../../evil_5_16_07_optimizers.ipynb": "a path that leads upward",
        "evil_5_17_07_optimizers.ipynb": "larger than 50 MiB",
        "07_optimizers.ipynb": "not named as Canvas names a submission",
    }
    new = {path for path in set(tmp_path.rglob("*")) - outside - {archive} if not path.is_relative_to(course.root)}
    assert new == set(), "written outside the course"
    assert not (course.root / ".collecting").exists()


def test_the_same_archive_again_changes_nothing(course, pack):
    archive = pack({"doejane_1_10_07_optimizers.ipynb": notebook("a")})
    collect(course, archive)
    before = course.notebook("submitted", "1").stat().st_mtime_ns
    assert collect(course, archive).outcomes() == {"1": UNCHANGED}
    assert course.notebook("submitted", "1").stat().st_mtime_ns == before


def test_what_the_instructor_mended_by_hand_is_left_alone(course, pack):
    archive = pack({"doejane_1_10_07_optimizers.ipynb": notebook("a")})
    collect(course, archive)
    course.notebook("submitted", "1").write_text("mended")
    assert collect(course, archive).outcomes() == {"1": UNCHANGED}
    assert submitted(course) == {"1": "mended"}


def test_a_newer_archive_replaces_and_an_older_one_does_not(course, pack):
    first = pack({"doejane_1_10_07_optimizers.ipynb": notebook("first")}, "first.zip")
    second = pack({"doejane_1_20_07_optimizers-1.ipynb": notebook("second")}, "second.zip")
    collect(course, first)
    (course.folder("submitted", "1") / "data.csv").write_text("kept too")
    assert collect(course, second).outcomes() == {"1": REPLACED}
    assert submitted(course) == {"1": notebook("second")}
    assert older(course, "1") == [notebook("first")]
    assert [path.read_text() for path in course.root.glob("downloaded/*/older/1/*/data.csv")] == ["kept too"]
    assert collect(course, first).outcomes() == {"1": OLDER}
    assert submitted(course) == {"1": notebook("second")}
    second.replace(first)  # systems often give every archive the same name
    collect(course, first)
    kept = sorted(path.name for path in (course.root / "downloaded" / ASSIGNMENT / "archive").iterdir())
    assert kept == ["first-2.zip", "first.zip", "second.zip"]


@pytest.mark.parametrize("content", ["{", "[1]", '{"1": 2}', '{"1": {"order": 3, "digest": ""}}'])
def test_a_damaged_record_gets_one_line(course, pack, content):
    record = course.root / "downloaded" / ASSIGNMENT / "collected.json"
    record.parent.mkdir(parents=True)
    record.write_text(content)
    with pytest.raises(CourseError, match="collected.json is damaged; remove it"):
        collect(course, pack({"doejane_1_10_07_optimizers.ipynb": notebook("a")}))
    assert submitted(course) == {}


def test_times_become_nbgraders_timestamps(course, pack):
    name = "Optimizers_jane_attempt_2026-10-0{}-12-30-45_07_optimizers.ipynb"
    result = collect(course, pack({name.format(2): notebook("last"), name.format(1): notebook("first")}))
    assert submitted(course) == {"jane": notebook("last")} and result.outcomes() == {"jane": REPLACED}
    assert (course.folder("submitted", "jane") / "timestamp.txt").read_text() == "2026-10-02 12:30:45"


def test_people_are_found_in_the_gradebook(course, pack):
    enter(course, "jdoe", lms_user_id="1")
    enter(course, "axi", first_name="Ann", last_name="Xi")
    enter(course, "3")
    result = collect(
        course,
        pack(
            {
                "whatever_1_10_07_optimizers.ipynb": notebook("by the id of the system"),
                "xiann_2_11_07_optimizers.ipynb": notebook("by name"),
                "someone_3_12_07_optimizers.ipynb": notebook("by id"),
                "stranger_4_13_07_optimizers.ipynb": notebook("not there"),
            }
        ),
    )
    assert {student: remark for student, _, _, remark in result.students} == {
        "jdoe": "",
        "axi": "found by name",
        "3": "",
        "4": "not in the gradebook yet",
    }
    with course.gradebook() as gradebook:
        assert {s.id: s.lms_user_id for s in gradebook.students} == {"jdoe": "1", "axi": "2", "3": "3", "4": "4"}


def test_by_email_on_gradescope_and_a_group_is_all_of_its_members(course, pack):
    enter(course, "jdoe", email="Jane@example.edu")
    metadata = """
submission_7:
  :submitters:
  - {":name": Jane Doe, ":sid": '55', ":email": jane@example.edu}
  - {":name": Bo Yu, ":sid": '56', ":email": bo@example.edu}
  :created_at: 2026-10-01 12:30:45 Z
"""
    collect(course, pack({"submission_metadata.yml": metadata, "submission_7/07_optimizers.ipynb": notebook("both")}))
    assert submitted(course) == {"jdoe": notebook("both"), "56": notebook("both")}


def test_nobody_becomes_another_by_taking_their_name(course, pack):
    """Two of one name are told apart by nobody; and whoever is known by id keeps a namesake out."""
    enter(course, "jdoe", first_name="Jane", last_name="Doe")
    both = {
        "doejane_1_10_07_optimizers.ipynb": notebook("jane's"),
        "doejane_66_11_07_optimizers.ipynb": notebook("mallory's"),
    }
    result = collect(course, pack(both))
    assert submitted(course) == {}
    assert all("could be the student jdoe, and so could" in reason for reason in reasons(result).values())
    enter(course, "jdoe", lms_user_id="1")
    result = collect(course, pack(both))
    assert submitted(course) == {"66": notebook("mallory's"), "jdoe": notebook("jane's")}


def test_ids_that_are_no_folders_or_the_same_folder_are_refused(course, pack):
    metadata = "\n".join(
        f'submission_{number}:\n  ":submitters": [{{":sid": "{sid}"}}]'
        for number, sid in enumerate(("../../x", "anna", "ANNA", "good", "CON"))
    )
    notebooks = {f"submission_{number}/07_optimizers.ipynb": notebook(number) for number in range(5)}
    result = collect(course, pack({"submission_metadata.yml": metadata, **notebooks}))
    assert set(submitted(course)) == {"anna", "good"}
    assert [("cannot be the name of a folder" in r, "one folder" in r) for r in sorted(reasons(result).values())] == [
        (False, True),
        (True, False),
        (True, False),
    ]


def test_many_notebooks_by_one_student_are_cut_off(course, pack):
    result = collect(course, pack({f"doejane_1_{n}_07_optimizers-{n}.ipynb": notebook(n) for n in range(100, 130)}))
    assert submitted(course) == {"1": notebook(129)}
    assert len(older(course, "1")) == 19 and len(result.refused) == 10


def test_a_damaged_newest_falls_back_to_the_one_before(course, pack):
    archive = pack(
        {"doejane_1_10_07_optimizers.ipynb": notebook("whole"), "doejane_1_20_07_optimizers.ipynb": "DAMAGE"}
    )
    data = bytearray(archive.read_bytes())
    at = data.index(b"doejane_1_20") + len("doejane_1_20_07_optimizers.ipynb")
    data[at] ^= 0xFF
    archive.write_bytes(data)
    result = collect(course, archive)
    assert submitted(course) == {"1": notebook("whole")}
    assert "damaged" in reasons(result)["doejane_1_20_07_optimizers.ipynb"]


def test_a_folder_that_is_a_link_out_of_the_course_is_not_written_to(course, pack, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "1").symlink_to(elsewhere)
    result = collect(course, pack({"doejane_1_10_07_optimizers.ipynb": notebook("a")}))
    assert list(elsewhere.iterdir()) == []
    assert "leads out of the course" in next(iter(reasons(result).values()))


@pytest.mark.parametrize("stops_at", range(1, 9))
def test_interrupted_anywhere_it_leaves_nothing_half_written(course, pack, monkeypatch, stops_at):
    """Stop at every renaming in turn: each student has the old or the new, or the old is kept; a second run ends it."""
    old = {f"s_{n}_1{n}_07_optimizers.ipynb": notebook(f"old {n}") for n in (1, 2)}
    new = {f"s_{n}_2{n}_07_optimizers.ipynb": notebook(f"new {n}") for n in (1, 2)}
    collect(course, pack(old, "old.zip"))
    archive, renamed, replace = pack(new, "new.zip"), [], os.replace

    def stop(source, target):
        renamed.append(target)
        if len(renamed) == stops_at:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(collecting.os, "replace", stop)
        try:
            collect(course, archive)
        except KeyboardInterrupt:
            pass
        else:
            assert len(renamed) < stops_at
    for n in ("1", "2"):
        path = course.notebook("submitted", n)
        there = path.read_text() if path.exists() else None
        assert there in (notebook(f"new {n}"), notebook(f"old {n}"), None)
        assert there == notebook(f"old {n}") or notebook(f"old {n}") in older(course, n)
    collect(course, archive)
    assert submitted(course) == {"1": notebook("new 1"), "2": notebook("new 2")}
    assert not (course.root / ".collecting").exists()
    assert not list(course.root.rglob("*.partial"))


def test_the_command_says_what_it_did(course, pack, grading):
    archive = pack({"doejane_1_10_07_optimizers.ipynb": notebook("a"), "[red]x[/red]_2_3_y.zip": "x"})
    status, out, err = grading("collect", archive, "--course", course.root)
    assert (status, err) == (0, "")
    assert "doejane_1_10_07_optimizers.ipynb" in out and "collected" in out
    assert "[red]x[/red]_2_3_y.zip" in out and "an archive inside the archive" in out


@pytest.mark.parametrize("content", [None, b"no zip at all"])
def test_a_malformed_archive_gets_one_line_and_status_2(course, tmp_path, grading, content):
    archive = tmp_path / "a.zip"
    if content:
        archive.write_bytes(content)
    before = files(course.root)
    status, out, err = grading("collect", archive, "--course", course.root)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert str(archive) in err
    assert files(course.root) == before


def test_an_archive_without_any_notebook_is_an_error(course, pack, grading):
    status, out, err = grading("collect", pack({"doejane_1_10_a.zip": "x"}), "--course", course.root)
    assert status == 2 and "doejane_1_10_a.zip" in out and "nobody's notebook" in err


def test_nbgraders_own_command_takes_archives_apart_as_safely(course, generated, pack, tmp_path):
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", course.root)
    shutil.copytree(generated.root / "release", course.root / "release")
    waiting = course.root / "downloaded" / ASSIGNMENT / "archive"
    waiting.mkdir(parents=True)
    archive = pack({"doejane_1_10_07_optimizers.ipynb": notebook("a"), "../evil_2_3_07_optimizers.ipynb": "x"})
    Path(archive).rename(waiting / "all.zip")
    done = forked.run("nbgrader", "zip_collect", ASSIGNMENT, cwd=course.root)
    assert done.returncode == 0, done.stderr
    assert submitted(course) == {"1": notebook("a")}
    assert "leads upward" in done.stderr
    assert not list(tmp_path.rglob("*evil*"))


def test_an_archive_of_another_assignment_is_suspected(course, pack):
    other, ours = (json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}) for cells in (
        [{"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [], "execution_count": None}],
        json.loads((DEFAULT_COURSE / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text())["cells"],
    ))  # fmt: skip
    files = {"doejane_1_10_a.ipynb": other, "xiann_2_11_a.ipynb": "half of"}
    suspected = f"no notebook in this archive has cells of {ASSIGNMENT}"
    assert any(note.startswith(suspected) for note in collect(course, pack(files)).notes)
    files["yubo_3_12_a.ipynb"] = ours
    assert not any(note.startswith(suspected) for note in collect(course, pack(files)).notes)
