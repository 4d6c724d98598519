"""`python -m grading collect --undo` takes back the last collection, and touches nobody else's work."""

import os

import pytest

from grading.autograde.class_grader import autograde_class
from grading.lms import undo as undoing
from grading.lms.collect import collect
from grading.lms.undo import CHANGED, REMOVED, RESTORED, UNKNOWN, undo
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT


def canvas(number, *students, text="{}"):
    return {f"name{s}_{s}_{number}{s}_07_optimizers.ipynb": text.replace("{}", f'{{"n": {number}}}') for s in students}


def state(course):
    """What is in submitted/, and what the gradebook says of the students."""
    submitted = course.root / "submitted"
    files = {str(path.relative_to(submitted)): path.read_bytes() for path in submitted.rglob("*") if path.is_file()}
    with course.gradebook() as gradebook:
        people = {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students}
    return files, people


def enter(course, student, **about):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student, **about)


def test_several_in_a_row(course, pack):
    enter(course, "ada", first_name="Ada", last_name="Lovelace", lms_user_id="1")
    before = [state(course)]
    for number, students in ((1, "12"), (2, "13"), (3, "123")):
        collect(course, pack(canvas(number, *students), f"{number}.zip"))
        before.append(state(course))
    (course.folder("submitted", "bystander")).mkdir(parents=True)
    bystander = course.folder("submitted", "bystander") / "mine.txt"
    bystander.write_text("mine")
    for number in (3, 2, 1):
        undone = undo(course)
        assert undone.archive == f"{number}.zip" and CHANGED not in undone.students.values()
        files, people = state(course)
        assert files.pop(f"bystander/{ASSIGNMENT}/mine.txt") == b"mine"
        assert (files, people) == before[number - 1]
    assert not (course.root / "submitted" / "2").exists(), "no empty folder stays"
    with pytest.raises(CourseError, match="nothing to take back"):
        undo(course)


def test_what_was_taken_back_can_be_collected_again(course, pack):
    archive = pack(canvas(1, "1"))
    collect(course, archive)
    there = state(course)
    undo(course)
    collect(course, archive)
    assert state(course) == there


def test_who_has_changed_since_is_left_alone_and_named(course, pack, grading):
    enter(course, "ada", first_name="Ada", last_name="Lovelace", lms_user_id="1")
    collect(course, pack(canvas(1, "1", "2"), "1.zip"))
    collect(course, pack(canvas(2, "1", "2", "3"), "2.zip"))
    course.notebook("submitted", "ada").write_text("mended by hand")
    course.notebook("submitted", "3").unlink()
    status, out, err = grading("collect", "--undo", "--course", course.root)
    assert (status, err) == (0, "")
    rows = {cells[0]: cells[1:] for line in out.splitlines() if (cells := [c.strip() for c in line.split("│")[1:-1]])}
    assert rows == {"ada": ["Ada Lovelace", CHANGED], "2": ["name2", RESTORED], "3": ["name3", CHANGED]}
    assert course.notebook("submitted", "ada").read_text() == "mended by hand"
    (kept,) = (course.root / "downloaded" / ASSIGNMENT).glob("left-*/ada/*.ipynb")
    assert kept.read_text() == '{"n": 1}' and str(kept.parents[1]) in out
    assert undo(course).archive == "1.zip", "the one before is next"


def test_a_notebook_that_was_only_opened_has_not_changed(course, pack):
    collect(course, pack(canvas(1, "1")))
    checkpoints = course.folder("submitted", "1") / ".ipynb_checkpoints"
    checkpoints.mkdir()
    (checkpoints / "x.ipynb").write_text("{}")
    assert undo(course).students == {"1": REMOVED}


def test_a_link_that_somebody_has_put_there_is_not_followed(course, pack, tmp_path):
    collect(course, pack(canvas(1, "1")))
    there = course.folder("submitted", "1")
    there.rename(tmp_path / "elsewhere")
    there.symlink_to(tmp_path / "elsewhere")
    assert undo(course).students == {"1": CHANGED} and (tmp_path / "elsewhere").is_dir()


def test_students_whom_it_has_entered_go_unless_somebody_has_done_more_with_them(course, pack):
    collect(course, pack(canvas(1, "1", "2", "3")))
    enter(course, "2", first_name="By hand")
    autograde_class(course, feedback=False)
    undone = undo(course)
    assert undone.removed == [] and undone.graded == ["1", "2", "3"], "they have a grade"
    collect(course, pack(canvas(2, "4", "5"), "b.zip"))
    enter(course, "5", email="five@example.edu")
    assert undo(course).removed == ["4"]
    with course.gradebook() as gradebook:
        assert {s.id for s in gradebook.students} == {"1", "2", "3", "5"}


def test_a_collection_that_changes_nothing_is_none(course, pack):
    archive = pack(canvas(1, "1"))
    collect(course, archive)
    collect(course, archive)
    assert undo(course).students == {"1": REMOVED}


@pytest.mark.parametrize("stops_at", range(1, 8))
def test_stopped_anywhere_and_run_again_it_ends_the_same(course, pack, monkeypatch, stops_at):
    collect(course, pack(canvas(1, "1", "2"), "1.zip"))
    before = state(course)
    collect(course, pack(canvas(2, "1", "2", "3"), "2.zip"))
    count, replace = iter(range(1, 100)), os.replace

    def stop(source, target):
        if next(count) == stops_at:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(undoing.os, "replace", stop)
        try:
            undo(course)
        except KeyboardInterrupt:
            undo(course)
    assert state(course) == before


def test_what_a_stopped_collection_was_about_is_left_alone(course, pack, monkeypatch):
    from grading.lms.journal import Journal

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Journal, "after", stop)
        collect(course, pack(canvas(1, "1")))
    assert undo(course).students == {"1": UNKNOWN} and course.notebook("submitted", "1").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--undo"], "nothing to take back"),
        (["--undo", "07_optimizers"], "nothing to take back"),
        (["--undo", "a.zip"], "no assignment is called 'a.zip'"),
        (["a.zip", "07_optimizers", "--undo"], "needs no archive"),
        ([], "which archive?"),
    ],
)
def test_what_cannot_be_done_is_one_line(course, grading, arguments, said):
    status, out, err = grading("collect", *arguments, "--course", course.root)
    assert (status, out, len(err.splitlines())) == (2, "", 1) and said in err


@pytest.mark.parametrize("damage", ["{}}\n{}\n", "[1]\n"])
def test_a_damaged_journal_is_one_line(course, pack, damage):
    collect(course, pack(canvas(1, "1")))
    (lines,) = course.root.glob("downloaded/*/collections/*/changes.jsonl")
    lines.write_text(damage + lines.read_text())
    with pytest.raises(CourseError, match="is damaged"):
        undo(course)
    assert course.notebook("submitted", "1").exists()
